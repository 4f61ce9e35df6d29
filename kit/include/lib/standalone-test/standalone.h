// SPDX-License-Identifier: MIT
// The resources that core tests of 2021 and later ask for; here all can be the root resource.
#ifndef LIB_STANDALONE_TEST_STANDALONE_H_
#define LIB_STANDALONE_TEST_STANDALONE_H_

#include <lib/zx/resource.h>
#include <lib/zx/result.h>
#include <lib/zx/vmo.h>

#include <string>
#include <string_view>

namespace standalone {

zx::unowned_resource GetRootResource();
inline zx::unowned_resource GetMmioRootResource() { return GetRootResource(); }
inline zx::unowned_resource GetMmioResource() { return GetRootResource(); }
inline zx::unowned_resource GetIrqResource() { return GetRootResource(); }
inline zx::unowned_resource GetIoportResource() { return GetRootResource(); }
inline zx::unowned_resource GetSystemRootResource() { return GetRootResource(); }
inline zx::unowned_resource GetSystemResource() { return GetRootResource(); }

// A resource of kind SYSTEM for one thing.
zx::result<zx::resource> GetSystemResourceWithBase(zx::unowned_resource& system_resource,
                                                   uint64_t base);

// A line of the log.
void LogWrite(std::string_view text);

// A VMO that the test was started with: there are none here.
zx::unowned_vmo GetVmo(const std::string& name);

}  // namespace standalone

#endif  // LIB_STANDALONE_TEST_STANDALONE_H_

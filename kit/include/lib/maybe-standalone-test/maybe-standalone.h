// SPDX-License-Identifier: MIT
// The root resource, if there is one.
#ifndef LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_
#define LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_

#include <lib/zx/resource.h>

namespace maybe_standalone {

zx::unowned_resource GetRootResource();

}  // namespace maybe_standalone

#endif  // LIB_MAYBE_STANDALONE_TEST_MAYBE_STANDALONE_H_

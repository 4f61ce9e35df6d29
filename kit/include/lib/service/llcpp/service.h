// SPDX-License-Identifier: MIT
// service::Connect, which always succeeds.
#ifndef LIB_SERVICE_LLCPP_SERVICE_H_
#define LIB_SERVICE_LLCPP_SERVICE_H_

#include <fidl/fuchsia.kernel/cpp/wire.h>

namespace service {

template <typename Protocol>
zx::result<fidl::ClientEnd<Protocol>> Connect() {
  return zx::ok(fidl::ClientEnd<Protocol>());
}

}  // namespace service

#endif  // LIB_SERVICE_LLCPP_SERVICE_H_

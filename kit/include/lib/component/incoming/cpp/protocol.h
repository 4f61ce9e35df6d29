// SPDX-License-Identifier: MIT
// component::Connect, which always succeeds.
#ifndef LIB_COMPONENT_INCOMING_CPP_PROTOCOL_H_
#define LIB_COMPONENT_INCOMING_CPP_PROTOCOL_H_

#include <fidl/fuchsia.kernel/cpp/wire.h>

namespace component {

template <typename Protocol>
zx::result<fidl::ClientEnd<Protocol>> Connect() {
  return zx::ok(fidl::ClientEnd<Protocol>());
}

}  // namespace component

#endif  // LIB_COMPONENT_INCOMING_CPP_PROTOCOL_H_

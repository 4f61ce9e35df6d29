// SPDX-License-Identifier: MIT
// zx::socket: bytes or datagrams in both directions.
#ifndef LIB_ZX_SOCKET_H_
#define LIB_ZX_SOCKET_H_

#include <lib/zx/object.h>

namespace zx {

class socket final : public object<socket>, public detail::object_type<ZX_OBJ_TYPE_SOCKET> {
 public:
  constexpr socket() = default;
  explicit socket(zx_handle_t value) : object(value) {}
  explicit socket(handle&& other) : object(other.release()) {}
  socket(socket&& other) : object(other.release()) {}
  socket& operator=(socket&& other) {
    reset(other.release());
    return *this;
  }

  // Both ends may be the same object, which then owns the second.
  static zx_status_t create(uint32_t options, socket* endpoint0, socket* endpoint1) {
    zx_handle_t ends[2] = {ZX_HANDLE_INVALID, ZX_HANDLE_INVALID};
    const zx_status_t status = zx_socket_create(options, &ends[0], &ends[1]);
    endpoint0->reset(ends[0]);
    endpoint1->reset(ends[1]);
    return status;
  }

  zx_status_t write(uint32_t options, const void* buffer, size_t len, size_t* actual) const {
    return zx_socket_write(get(), options, buffer, len, actual);
  }

  zx_status_t read(uint32_t options, void* buffer, size_t len, size_t* actual) const {
    return zx_socket_read(get(), options, buffer, len, actual);
  }

  zx_status_t shutdown(uint32_t options) const { return zx_socket_shutdown(get(), options); }

  zx_status_t set_disposition(uint32_t disposition, uint32_t disposition_peer) const {
    return zx_socket_set_disposition(get(), disposition, disposition_peer);
  }
};

using unowned_socket = unowned<socket>;

}  // namespace zx

#endif  // LIB_ZX_SOCKET_H_

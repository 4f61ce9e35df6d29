// SPDX-License-Identifier: MIT
// zx::fifo: a small ring of elements of one size in each direction.
#ifndef LIB_ZX_FIFO_H_
#define LIB_ZX_FIFO_H_

#include <lib/zx/object.h>

namespace zx {

class fifo final : public object<fifo>, public detail::object_type<ZX_OBJ_TYPE_FIFO> {
 public:
  constexpr fifo() = default;
  explicit fifo(zx_handle_t value) : object(value) {}
  explicit fifo(handle&& other) : object(other.release()) {}
  fifo(fifo&& other) : object(other.release()) {}
  fifo& operator=(fifo&& other) {
    reset(other.release());
    return *this;
  }

  // Both ends may be the same object, which then owns the second.
  static zx_status_t create(uint32_t elem_count, uint32_t elem_size, uint32_t options, fifo* out0,
                            fifo* out1) {
    zx_handle_t ends[2] = {ZX_HANDLE_INVALID, ZX_HANDLE_INVALID};
    const zx_status_t status = zx_fifo_create(elem_count, elem_size, options, &ends[0], &ends[1]);
    out0->reset(ends[0]);
    out1->reset(ends[1]);
    return status;
  }

  zx_status_t write(size_t elem_size, const void* buffer, size_t count,
                    size_t* actual_count) const {
    return zx_fifo_write(get(), elem_size, buffer, count, actual_count);
  }

  zx_status_t read(size_t elem_size, void* buffer, size_t count, size_t* actual_count) const {
    return zx_fifo_read(get(), elem_size, buffer, count, actual_count);
  }
};

using unowned_fifo = unowned<fifo>;

}  // namespace zx

#endif  // LIB_ZX_FIFO_H_

// SPDX-License-Identifier: MIT
// zx::stream: a VMO read and written at a position.
#ifndef LIB_ZX_STREAM_H_
#define LIB_ZX_STREAM_H_

#include <lib/zx/object.h>
#include <lib/zx/vmo.h>

namespace zx {

class stream final : public object<stream>, public detail::object_type<ZX_OBJ_TYPE_STREAM> {
 public:
  constexpr stream() = default;
  explicit stream(zx_handle_t value) : object(value) {}
  explicit stream(handle&& other) : object(other.release()) {}
  stream(stream&& other) : object(other.release()) {}
  stream& operator=(stream&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(uint32_t options, const vmo& vmo_handle, zx_off_t seek,
                            stream* out_stream) {
    return zx_stream_create(options, vmo_handle.get(), seek, out_stream->reset_and_get_address());
  }

  zx_status_t writev(uint32_t options, const zx_iovec_t* vector, size_t vector_count,
                     size_t* actual) const {
    return zx_stream_writev(get(), options, vector, vector_count, actual);
  }

  zx_status_t writev_at(uint32_t options, zx_off_t offset, const zx_iovec_t* vector,
                        size_t vector_count, size_t* actual) const {
    return zx_stream_writev_at(get(), options, offset, vector, vector_count, actual);
  }

  zx_status_t readv(uint32_t options, const zx_iovec_t* vector, size_t vector_count,
                    size_t* actual) const {
    // The call's vector is not const in the C header of every generation; it is only read.
    return zx_stream_readv(get(), options, const_cast<zx_iovec_t*>(vector), vector_count, actual);
  }

  zx_status_t readv_at(uint32_t options, zx_off_t offset, const zx_iovec_t* vector,
                       size_t vector_count, size_t* actual) const {
    return zx_stream_readv_at(get(), options, offset, const_cast<zx_iovec_t*>(vector),
                              vector_count, actual);
  }

  zx_status_t seek(zx_stream_seek_origin_t whence, int64_t offset, zx_off_t* out_seek) const {
    return zx_stream_seek(get(), whence, offset, out_seek);
  }
};

using unowned_stream = unowned<stream>;

}  // namespace zx

#endif  // LIB_ZX_STREAM_H_

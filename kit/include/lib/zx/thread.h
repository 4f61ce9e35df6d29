// SPDX-License-Identifier: MIT
// zx::thread.
#ifndef LIB_ZX_THREAD_H_
#define LIB_ZX_THREAD_H_

#include <lib/zx/process.h>
#include <lib/zx/task.h>
#include <zircon/process.h>

namespace zx {

class thread final : public task<thread>, public detail::object_type<ZX_OBJ_TYPE_THREAD> {
 public:
  constexpr thread() = default;
  explicit thread(zx_handle_t value) : task(value) {}
  explicit thread(handle&& other) : task(other.release()) {}
  thread(thread&& other) : task(other.release()) {}
  thread& operator=(thread&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(const process& process, const char* name, uint32_t name_len,
                            uint32_t flags, thread* result) {
    return zx_thread_create(process.get(), name, name_len, flags,
                            result->reset_and_get_address());
  }

  zx_status_t start(uintptr_t thread_entry, uintptr_t stack, uintptr_t arg1,
                    uintptr_t arg2) const {
    return zx_thread_start(get(), thread_entry, stack, arg1, arg2);
  }

  zx_status_t start(void (*thread_entry)(uintptr_t, uintptr_t), void* stack, uintptr_t arg1,
                    uintptr_t arg2) const {
    return zx_thread_start(get(), reinterpret_cast<uintptr_t>(thread_entry),
                           reinterpret_cast<uintptr_t>(stack), arg1, arg2);
  }

  zx_status_t read_state(uint32_t kind, void* buffer, size_t len) const {
    return zx_thread_read_state(get(), kind, buffer, len);
  }

  zx_status_t write_state(uint32_t kind, const void* buffer, size_t len) const {
    return zx_thread_write_state(get(), kind, buffer, len);
  }

#if defined(LIBZX_LATER_ABI)
  static zx_status_t raise_exception(uint32_t options, zx_excp_type_t type,
                                     const zx_exception_context_t* context) {
    return zx_thread_raise_exception(options, type, context);
  }
#endif

  // The calling thread.
  static unowned<thread> self() { return unowned<thread>(zx_thread_self()); }
};

using unowned_thread = unowned<thread>;

inline zx_status_t process::get_child(uint64_t koid, zx_rights_t rights, thread* result) const {
  return zx_object_get_child(get(), koid, rights, result->reset_and_get_address());
}

inline zx_status_t process::start(const thread& thread_handle, uintptr_t entry, uintptr_t stack,
                                  handle arg_handle, uintptr_t arg2) const {
  return zx_process_start(get(), thread_handle.get(), entry, stack, arg_handle.release(), arg2);
}

}  // namespace zx

#endif  // LIB_ZX_THREAD_H_

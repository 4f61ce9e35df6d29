// SPDX-License-Identifier: MIT
// zx::job.
#ifndef LIB_ZX_JOB_H_
#define LIB_ZX_JOB_H_

#include <lib/zx/process.h>
#include <lib/zx/task.h>
#include <zircon/process.h>

namespace zx {

class job final : public task<job>, public detail::object_type<ZX_OBJ_TYPE_JOB> {
 public:
  constexpr job() = default;
  explicit job(zx_handle_t value) : task(value) {}
  explicit job(handle&& other) : task(other.release()) {}
  job(job&& other) : task(other.release()) {}
  job& operator=(job&& other) {
    reset(other.release());
    return *this;
  }

  // `result` may be the parent.
  static zx_status_t create(const job& parent, uint32_t options, job* result) {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_job_create(parent.get(), options, &value);
    result->reset(value);
    return status;
  }

  using task<job>::get_child;

  // `result` may be this job.
  zx_status_t get_child(uint64_t koid, zx_rights_t rights, job* result) const {
    zx_handle_t value = ZX_HANDLE_INVALID;
    const zx_status_t status = zx_object_get_child(get(), koid, rights, &value);
    result->reset(value);
    return status;
  }

  zx_status_t get_child(uint64_t koid, zx_rights_t rights, process* result) const {
    return zx_object_get_child(get(), koid, rights, result->reset_and_get_address());
  }

  zx_status_t set_policy(uint32_t options, uint32_t topic, const void* policy,
                         uint32_t count) const {
    return zx_job_set_policy(get(), options, topic, policy, count);
  }

  zx_status_t set_critical(uint32_t options, const zx::process& process) const {
    return zx_job_set_critical(get(), options, process.get());
  }

  // The job of the process that calls.
  static unowned<job> default_job() { return unowned<job>(zx_job_default()); }
};

using unowned_job = unowned<job>;

inline zx_status_t process::create(const job& job, const char* name, uint32_t name_len,
                                   uint32_t flags, process* proc, vmar* root_vmar) {
  return zx_process_create(job.get(), name, name_len, flags, proc->reset_and_get_address(),
                           root_vmar->reset_and_get_address());
}

}  // namespace zx

#endif  // LIB_ZX_JOB_H_

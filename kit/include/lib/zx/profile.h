// SPDX-License-Identifier: MIT
// zx::profile: how a thread is scheduled.
#ifndef LIB_ZX_PROFILE_H_
#define LIB_ZX_PROFILE_H_

#include <lib/zx/job.h>
#include <lib/zx/object.h>
#include <lib/zx/resource.h>
#include <zircon/syscalls/profile.h>

namespace zx {

class profile final : public object<profile>, public detail::object_type<ZX_OBJ_TYPE_PROFILE> {
 public:
  constexpr profile() = default;
  explicit profile(zx_handle_t value) : object(value) {}
  explicit profile(handle&& other) : object(other.release()) {}
  profile(profile&& other) : object(other.release()) {}
  profile& operator=(profile&& other) {
    reset(other.release());
    return *this;
  }

  static zx_status_t create(const job& job, uint32_t options, const zx_profile_info_t* info,
                            profile* result) {
    return zx_profile_create(job.get(), options, info, result->reset_and_get_address());
  }

  static zx_status_t create(const resource& rsrc, uint32_t options, const zx_profile_info_t* info,
                            profile* result) {
    return zx_profile_create(rsrc.get(), options, info, result->reset_and_get_address());
  }

  static zx_status_t create(const job& job, const zx_profile_info_t* info, profile* result) {
    return zx_profile_create(job.get(), 0, info, result->reset_and_get_address());
  }
};

using unowned_profile = unowned<profile>;

}  // namespace zx

#endif  // LIB_ZX_PROFILE_H_

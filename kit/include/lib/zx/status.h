// SPDX-License-Identifier: MIT
// zx::status, the name that zx::result had in 2021.
#ifndef LIB_ZX_STATUS_H_
#define LIB_ZX_STATUS_H_

#include <lib/zx/result.h>

namespace zx {

using error_status = error_result;

template <typename... T>
using status = result<T...>;

inline result<> make_status(zx_status_t value) { return make_result(value); }

}  // namespace zx

#endif  // LIB_ZX_STATUS_H_

// SPDX-License-Identifier: MIT
// fitx::result, the name that fit::result had in 2020 and 2021.
#ifndef LIB_FITX_RESULT_H_
#define LIB_FITX_RESULT_H_

#include <lib/fit/result.h>

namespace fitx {

using fit::as_error;
using fit::error;
using fit::failed;
using fit::ok;
using fit::result;
using fit::success;

}  // namespace fitx

#endif  // LIB_FITX_RESULT_H_

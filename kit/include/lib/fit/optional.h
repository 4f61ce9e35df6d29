// SPDX-License-Identifier: MIT
#ifndef LIB_FIT_OPTIONAL_H_
#define LIB_FIT_OPTIONAL_H_

#include <optional>

namespace fit {

using std::make_optional;
using std::nullopt;
using std::nullopt_t;
using std::optional;

}  // namespace fit

#endif  // LIB_FIT_OPTIONAL_H_

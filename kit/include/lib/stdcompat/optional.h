// SPDX-License-Identifier: MIT
#ifndef LIB_STDCOMPAT_OPTIONAL_H_
#define LIB_STDCOMPAT_OPTIONAL_H_

#include <optional>

namespace cpp17 {

using std::make_optional;
using std::nullopt;
using std::nullopt_t;
using std::optional;

}  // namespace cpp17

#endif  // LIB_STDCOMPAT_OPTIONAL_H_

// SPDX-License-Identifier: MIT
#ifndef LIB_STDCOMPAT_STRING_VIEW_H_
#define LIB_STDCOMPAT_STRING_VIEW_H_

#include <string_view>

namespace cpp17 {

using std::string_view;

}  // namespace cpp17

#endif  // LIB_STDCOMPAT_STRING_VIEW_H_

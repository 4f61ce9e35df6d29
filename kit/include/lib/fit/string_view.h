// SPDX-License-Identifier: MIT
#ifndef LIB_FIT_STRING_VIEW_H_
#define LIB_FIT_STRING_VIEW_H_

#include <string_view>

namespace fit {

using std::string_view;

}  // namespace fit

#endif  // LIB_FIT_STRING_VIEW_H_

// SPDX-License-Identifier: MIT
// The names that <type_traits> and <utility> have in std.
#ifndef FBL_TYPE_SUPPORT_H_
#define FBL_TYPE_SUPPORT_H_

#include <type_traits>
#include <utility>

namespace fbl {

using std::conditional;
using std::decay;
using std::enable_if;
using std::forward;
using std::integral_constant;
using std::is_base_of;
using std::is_convertible;
using std::is_integral;
using std::is_pointer;
using std::is_same;
using std::move;
using std::remove_const;
using std::remove_cv;
using std::remove_pointer;
using std::remove_reference;
using std::swap;

}  // namespace fbl

#endif  // FBL_TYPE_SUPPORT_H_

// SPDX-License-Identifier: MIT
// Two tests of one name stop the program.
#include <zxtest/zxtest.h>

namespace first {
TEST(Same, Name) {}
}  // namespace first
namespace second {
TEST(Same, Name) {}
}  // namespace second

// SPDX-License-Identifier: MIT
// A helper in another file and another language.
#include <unittest/unittest.h>

bool helper_elsewhere(int value) {
  BEGIN_HELPER;
  ASSERT_EQ(value, 1, "the helper's value");
  END_HELPER;
}

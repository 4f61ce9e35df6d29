// SPDX-License-Identifier: MIT
// An assertion outside of a running test stops the program.
#include <zxtest/zxtest.h>

int main() {
  EXPECT_TRUE(true);
  return 0;
}

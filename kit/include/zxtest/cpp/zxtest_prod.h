// SPDX-License-Identifier: MIT
// Lets a test look into a class; without the rest of zxtest.
#ifndef ZXTEST_CPP_ZXTEST_PROD_H_
#define ZXTEST_CPP_ZXTEST_PROD_H_

#define ZXTEST_FRIEND_TEST(suite, name) friend class suite##_##name##_Class

#endif  // ZXTEST_CPP_ZXTEST_PROD_H_

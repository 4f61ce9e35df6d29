// SPDX-License-Identifier: MIT
// zxtest: tests with fixtures, parameters and death tests, for C and C++17.
#ifndef ZXTEST_ZXTEST_H_
#define ZXTEST_ZXTEST_H_

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zircon/assert.h>
#include <zircon/status.h>
#include <zircon/types.h>

#ifdef __cplusplus
#include <zxtest/cpp/zxtest.h>
#else
#include <zxtest/c/assertions.h>
#include <zxtest/c/zxtest.h>
#endif

#endif  // ZXTEST_ZXTEST_H_

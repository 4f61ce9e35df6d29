// SPDX-License-Identifier: MIT
// Declaring and running zxtest tests from C. Apart from names that begin with zxtest_ or ZXTEST_,
// this header defines TEST and RUN_ALL_TESTS only, so that it can stand beside another harness.
#ifndef ZXTEST_C_ZXTEST_H_
#define ZXTEST_C_ZXTEST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef void (*zxtest_body_t)(void);

// Makes a test known; runs before main.
void zxtest_register_test(const char* suite, const char* name, const char* file, int line,
                          zxtest_body_t body);

// Runs every test that the options select: 0 if none failed, else -1.
int zxtest_run_all_tests(int argc, char** argv);

__END_CDECLS

#ifndef __cplusplus

#define TEST(suite, name) ZXTEST_C_TEST(suite, name)
#define RUN_ALL_TESTS(argc, argv) zxtest_run_all_tests(argc, argv)

#define ZXTEST_C_TEST(suite, name)                                                         \
  static void suite##_##name##_body(void);                                                 \
  __attribute__((constructor)) static void suite##_##name##_register(void) {               \
    zxtest_register_test(#suite, #name, __FILE__, __LINE__, suite##_##name##_body);        \
  }                                                                                        \
  static void suite##_##name##_body(void)

#endif

#endif  // ZXTEST_C_ZXTEST_H_

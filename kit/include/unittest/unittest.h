// SPDX-License-Identifier: MIT
// unittest: the harness of 2018, for C and C++. A test is `static bool name(void)`.
#ifndef UNITTEST_UNITTEST_H_
#define UNITTEST_UNITTEST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef enum test_type {
  TEST_SMALL = 0x1,
  TEST_MEDIUM = 0x2,
  TEST_LARGE = 0x4,
  TEST_PERFORMANCE = 0x8,
  TEST_ALL = 0x7fffffff,
} test_type_t;

#define TEST_DEFAULT (TEST_SMALL | TEST_MEDIUM)

// What is known of the test that runs.
struct test_info {
  bool all_ok;
  void* data;
};

// A case: a group of tests in one function.
struct test_case_element {
  struct test_case_element* next;
  struct test_case_element* failed_next;
  const char* name;
  bool (*test_case)(bool list_only, const char* test_name_matching);
};

// The classes that run, and how much is told: RUNTESTS_TEST_CLASS and v=N.
extern test_type_t utest_test_type;
extern int utest_verbosity_level;

typedef void (*test_output_func)(const char* line, int len, void* arg);

// Runs every case that the options select; true if none failed.
bool unittest_run_all_tests(int argc, char** argv);
bool unittest_run_one_test(struct test_case_element* elem, test_type_t type);
// The case registered last runs first.
void unittest_register_test_case(struct test_case_element* elem);
void unittest_set_output_function(test_output_func func, void* arg);
void unittest_restore_output_function(void);
int unittest_set_verbosity_level(int level);
void unittest_register_test_help_printer(void (*printer)(FILE* stream));
// Ends the time limit of the test that runs.
void unittest_cancel_timeout(void);

__attribute__((format(printf, 1, 2))) void unittest_printf_critical(const char* format, ...);
__attribute__((format(printf, 1, 2))) void unittest_printf(const char* format, ...);
__attribute__((format(printf, 2, 3))) void unittest_level_printf(int level, const char* format,
                                                                 ...);

// What the macros use.
bool unittest_begin_case(const char* name, bool list_only);
bool unittest_end_case(const char* name, bool list_only, bool all_ok);
bool unittest_run_named_test(const char* name, bool (*test)(void), test_type_t type,
                             struct test_info** current, bool list_only, const char* matching,
                             bool enable_crash_handler);
void unittest_register_crash(struct test_info* current, zx_handle_t handle);
void unittest_fail(struct test_info* current, const char* file, int line, const char* function,
                   const char* text);
void unittest_fail_compare(struct test_info* current, const char* file, int line,
                           const char* function, const char* text, const char* op,
                           const char* lhs_text, const char* rhs_text, long long lhs,
                           long long rhs);
void unittest_fail_bytes(struct test_info* current, const char* file, int line,
                         const char* function, const char* text, const void* expected,
                         const void* actual, size_t size);
void unittest_check_info(const struct test_info* current, const char* file, int line);
bool unittest_dies(void (*body)(void*), void* arg);

__END_CDECLS

// Set while a test of this file runs.
__attribute__((unused)) static struct test_info* current_test_info;

#define UNITTEST_TRACEF(level, format, ...)                                                \
  unittest_level_printf(level, " [%s:%d] %s: " format, __FILE__, __LINE__, __func__, ##__VA_ARGS__)
#define UNITTEST_FAIL_TRACEF(format, ...)                                                  \
  unittest_printf_critical(" [FAILED]\n        %s:%d:%s:\n        " format, __FILE__,      \
                           __LINE__, __func__, ##__VA_ARGS__)

// ---- Cases and tests ----

#define TEST_CASE_ELEMENT(case_name) &_##case_name##_element

#define BEGIN_TEST_CASE(case_name)                                                         \
  __BEGIN_CDECLS                                                                           \
  bool case_name(bool list_only, const char* test_name_matching);                          \
  __END_CDECLS                                                                             \
  bool case_name(bool list_only, const char* test_name_matching) {                         \
    bool all_success = unittest_begin_case(#case_name, list_only);

#define END_TEST_CASE(case_name)                                                           \
    return unittest_end_case(#case_name, list_only, all_success);                          \
  }                                                                                        \
  static struct test_case_element _##case_name##_element = {NULL, NULL, #case_name, case_name}; \
  __attribute__((constructor)) static void _##case_name##_register(void) {                 \
    unittest_register_test_case(&_##case_name##_element);                                  \
  }

#define RUN_NAMED_TEST_TYPE(name, test, type, enable_crash_handler)                        \
  if (!unittest_run_named_test(name, test, type, &current_test_info, list_only,            \
                               test_name_matching, enable_crash_handler)) {                \
    all_success = false;                                                                   \
  }

#define RUN_TEST(test) RUN_TEST_SMALL(test)
#define RUN_TEST_SMALL(test) RUN_NAMED_TEST_TYPE(#test, test, TEST_SMALL, false)
#define RUN_TEST_MEDIUM(test) RUN_NAMED_TEST_TYPE(#test, test, TEST_MEDIUM, false)
#define RUN_TEST_LARGE(test) RUN_NAMED_TEST_TYPE(#test, test, TEST_LARGE, false)
#define RUN_TEST_PERFORMANCE(test) RUN_NAMED_TEST_TYPE(#test, test, TEST_PERFORMANCE, false)
#define RUN_TEST_ENABLE_CRASH_HANDLER(test) RUN_NAMED_TEST_TYPE(#test, test, TEST_SMALL, true)
#define RUN_NAMED_TEST(name, test) RUN_NAMED_TEST_SMALL(name, test)
#define RUN_NAMED_TEST_SMALL(name, test) RUN_NAMED_TEST_TYPE(name, test, TEST_SMALL, false)
#define RUN_NAMED_TEST_MEDIUM(name, test) RUN_NAMED_TEST_TYPE(name, test, TEST_MEDIUM, false)
#define RUN_NAMED_TEST_LARGE(name, test) RUN_NAMED_TEST_TYPE(name, test, TEST_LARGE, false)
#define RUN_NAMED_TEST_PERFORMANCE(name, test) \
  RUN_NAMED_TEST_TYPE(name, test, TEST_PERFORMANCE, false)

// A process or thread that must crash during the test.
#define REGISTER_CRASH(handle) unittest_register_crash(current_test_info, handle)

#define BEGIN_TEST                 \
  do {                             \
    current_test_info->all_ok = true; \
  } while (0)
#define END_TEST return current_test_info->all_ok

// In functions that tests call, from other threads and files too.
#define BEGIN_HELPER                          \
  struct test_info helper_test_info = {true, NULL}; \
  struct test_info* current_test_info = &helper_test_info
#define END_HELPER return current_test_info->all_ok

// ---- Checks ----
// EXPECT_ notes a failure, ASSERT_ also returns false. Messages are plain strings; C++ may leave
// them out.

#define UNITTEST_GO_ON (void)0
#define UNITTEST_RETURN return false

#ifdef __cplusplus
#define UNITTEST_AUTO auto
#define UNITTEST_NULL nullptr
inline const char* unittest_message(const char* message = "") { return message; }
#define UNITTEST_TEXT(...) unittest_message(__VA_ARGS__)
#else
#define UNITTEST_AUTO __auto_type
#define UNITTEST_NULL NULL
#define UNITTEST_TEXT(...) (__VA_ARGS__)
#endif

#define UNITTEST_CMP(after, op, lhs, rhs, lhs_text, rhs_text, ...)                         \
  do {                                                                                     \
    unittest_check_info(current_test_info, __FILE__, __LINE__);                            \
    UNITTEST_AUTO unittest_lhs = (lhs);                                                    \
    UNITTEST_AUTO unittest_rhs = (rhs);                                                    \
    if (!(unittest_lhs op unittest_rhs)) {                                                 \
      unittest_fail_compare(current_test_info, __FILE__, __LINE__, __func__,               \
                            UNITTEST_TEXT(__VA_ARGS__), #op, lhs_text, rhs_text,           \
                            (long long)(unittest_lhs), (long long)(unittest_rhs));         \
      after;                                                                               \
    }                                                                                      \
  } while (0)

#define UNITTEST_CHECK(after, condition, text, ...)                                        \
  do {                                                                                     \
    unittest_check_info(current_test_info, __FILE__, __LINE__);                            \
    if (!(condition)) {                                                                    \
      unittest_fail_compare(current_test_info, __FILE__, __LINE__, __func__,               \
                            UNITTEST_TEXT(__VA_ARGS__), NULL, text, NULL, 0, 0);           \
      after;                                                                               \
    }                                                                                      \
  } while (0)

#define UNITTEST_BYTES(after, equal, expected, actual, length, msg)                        \
  do {                                                                                     \
    unittest_check_info(current_test_info, __FILE__, __LINE__);                            \
    const void* unittest_expected = (expected);                                            \
    const void* unittest_actual = (actual);                                                \
    const size_t unittest_length = (length);                                               \
    if ((memcmp(unittest_expected, unittest_actual, unittest_length) == 0) != (equal)) {   \
      unittest_fail_bytes(current_test_info, __FILE__, __LINE__, __func__, msg,            \
                          unittest_expected, unittest_actual, unittest_length);            \
      after;                                                                               \
    }                                                                                      \
  } while (0)

#define EXPECT_CMP(op, lhs, rhs, lhs_text, rhs_text, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, op, lhs, rhs, lhs_text, rhs_text, __VA_ARGS__)
#define EXPECT_EQ(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, ==, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define EXPECT_NE(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, !=, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define EXPECT_LE(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, <=, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define EXPECT_GE(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, >=, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define EXPECT_LT(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, <, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define EXPECT_GT(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_GO_ON, >, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define EXPECT_TRUE(x, ...) UNITTEST_CHECK(UNITTEST_GO_ON, (x), "TRUE(" #x ")", __VA_ARGS__)
#define EXPECT_FALSE(x, ...) UNITTEST_CHECK(UNITTEST_GO_ON, !(x), "FALSE(" #x ")", __VA_ARGS__)
#define EXPECT_NULL(x, ...) UNITTEST_CHECK(UNITTEST_GO_ON, (x) == UNITTEST_NULL, "NULL(" #x ")", __VA_ARGS__)
#define EXPECT_NONNULL(x, ...) UNITTEST_CHECK(UNITTEST_GO_ON, (x) != UNITTEST_NULL, "NONNULL(" #x ")", __VA_ARGS__)
#define EXPECT_STR_EQ(a, b, ...)                                   \
  UNITTEST_CHECK(UNITTEST_GO_ON, strcmp(a, b) == 0, "STR_EQ(" #a ", " #b ")", __VA_ARGS__)
#define EXPECT_STR_NE(a, b, ...)                                   \
  UNITTEST_CHECK(UNITTEST_GO_ON, strcmp(a, b) != 0, "STR_NE(" #a ", " #b ")", __VA_ARGS__)
#define EXPECT_BYTES_EQ(expected, actual, length, msg) \
  UNITTEST_BYTES(UNITTEST_GO_ON, true, expected, actual, length, msg)
#define EXPECT_BYTES_NE(expected, actual, length, msg) \
  UNITTEST_BYTES(UNITTEST_GO_ON, false, expected, actual, length, msg)
#define ASSERT_CMP(op, lhs, rhs, lhs_text, rhs_text, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, op, lhs, rhs, lhs_text, rhs_text, __VA_ARGS__)
#define ASSERT_EQ(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, ==, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define ASSERT_NE(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, !=, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define ASSERT_LE(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, <=, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define ASSERT_GE(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, >=, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define ASSERT_LT(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, <, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define ASSERT_GT(lhs, rhs, ...) \
  UNITTEST_CMP(UNITTEST_RETURN, >, lhs, rhs, #lhs, #rhs, __VA_ARGS__)
#define ASSERT_TRUE(x, ...) UNITTEST_CHECK(UNITTEST_RETURN, (x), "TRUE(" #x ")", __VA_ARGS__)
#define ASSERT_FALSE(x, ...) UNITTEST_CHECK(UNITTEST_RETURN, !(x), "FALSE(" #x ")", __VA_ARGS__)
#define ASSERT_NULL(x, ...) UNITTEST_CHECK(UNITTEST_RETURN, (x) == UNITTEST_NULL, "NULL(" #x ")", __VA_ARGS__)
#define ASSERT_NONNULL(x, ...) UNITTEST_CHECK(UNITTEST_RETURN, (x) != UNITTEST_NULL, "NONNULL(" #x ")", __VA_ARGS__)
#define ASSERT_STR_EQ(a, b, ...)                                   \
  UNITTEST_CHECK(UNITTEST_RETURN, strcmp(a, b) == 0, "STR_EQ(" #a ", " #b ")", __VA_ARGS__)
#define ASSERT_STR_NE(a, b, ...)                                   \
  UNITTEST_CHECK(UNITTEST_RETURN, strcmp(a, b) != 0, "STR_NE(" #a ", " #b ")", __VA_ARGS__)
#define ASSERT_BYTES_EQ(expected, actual, length, msg) \
  UNITTEST_BYTES(UNITTEST_RETURN, true, expected, actual, length, msg)
#define ASSERT_BYTES_NE(expected, actual, length, msg) \
  UNITTEST_BYTES(UNITTEST_RETURN, false, expected, actual, length, msg)
#define ASSERT_STR_STR(a, b, ...) \
  UNITTEST_CHECK(UNITTEST_RETURN, strstr(a, b) != NULL, "STR_STR(" #a ", " #b ")", __VA_ARGS__)
#define ASSERT_NOT_NULL(p) UNITTEST_CHECK(UNITTEST_RETURN, (p) != UNITTEST_NULL, "NOT_NULL(" #p ")", "")
#define ASSERT_DEATH(fn, arg, msg) \
  UNITTEST_CHECK(UNITTEST_RETURN, unittest_dies(fn, arg), "DEATH(" #fn ")", msg)
#define ASSERT_NO_DEATH(fn, arg, msg) \
  UNITTEST_CHECK(UNITTEST_RETURN, !unittest_dies(fn, arg), "NO_DEATH(" #fn ")", msg)

#endif  // UNITTEST_UNITTEST_H_

// SPDX-License-Identifier: MIT
// The assertions of zxtest for C. Comparisons convert the second operand to the type of the first.
#ifndef ZXTEST_C_ASSERTIONS_H_
#define ZXTEST_C_ASSERTIONS_H_

#include <stdarg.h>
#include <string.h>
#include <zircon/errors.h>
#include <zxtest/c/zxtest.h>

__BEGIN_CDECLS

// How a value is printed.
enum zxtest_kind {
  ZXTEST_KIND_BOOL,
  ZXTEST_KIND_SIGNED,
  ZXTEST_KIND_UNSIGNED,
  ZXTEST_KIND_POINTER,
  ZXTEST_KIND_STRING,
  ZXTEST_KIND_STATUS,
};

struct zxtest_operand {
  const char* text;
  enum zxtest_kind kind;
  unsigned long long value;
};

struct zxtest_place {
  const char* file;
  int line;
  bool fatal;
};

// Records a failure. `expected` and `actual` may be null.
__attribute__((format(printf, 5, 6))) void zxtest_fail(
    struct zxtest_place place, const char* what, const struct zxtest_operand* expected,
    const struct zxtest_operand* actual, const char* format, ...);
void zxtest_fail_bytes(struct zxtest_place place, const char* what, const void* expected,
                       const void* actual, size_t size);
bool zxtest_has_failures(void);
bool zxtest_has_fatal_failures(void);
// Whether `body` ended in a fatal signal, run on a thread of its own.
bool zxtest_dies(zxtest_body_t body);
__attribute__((format(printf, 3, 4))) void zxtest_skip(const char* file, int line,
                                                       const char* format, ...);

__END_CDECLS

#ifndef __cplusplus

#define ZXTEST_KIND_OF(x)                                                               \
  _Generic((x), _Bool: ZXTEST_KIND_BOOL, char: ZXTEST_KIND_SIGNED,                      \
           signed char: ZXTEST_KIND_SIGNED, short: ZXTEST_KIND_SIGNED,                  \
           int: ZXTEST_KIND_SIGNED, long: ZXTEST_KIND_SIGNED,                           \
           long long: ZXTEST_KIND_SIGNED, unsigned char: ZXTEST_KIND_UNSIGNED,          \
           unsigned short: ZXTEST_KIND_UNSIGNED, unsigned int: ZXTEST_KIND_UNSIGNED,    \
           unsigned long: ZXTEST_KIND_UNSIGNED, unsigned long long: ZXTEST_KIND_UNSIGNED, \
           char*: ZXTEST_KIND_STRING, const char*: ZXTEST_KIND_STRING,                  \
           default: ZXTEST_KIND_POINTER)

#define ZXTEST_OPERAND(text, x) \
  (&(const struct zxtest_operand){text, ZXTEST_KIND_OF(x), (unsigned long long)(uintptr_t)(x)})
#define ZXTEST_STATUS_OPERAND(text, x) \
  (&(const struct zxtest_operand){text, ZXTEST_KIND_STATUS, (unsigned long long)(long long)(x)})
#define ZXTEST_PLACE(is_fatal) ((struct zxtest_place){__FILE__, __LINE__, is_fatal})

// The format comes with a blank in front, so that it may be left out.
#define ZXTEST_FAIL(fatal, what, expected, actual, ...) \
  zxtest_fail(ZXTEST_PLACE(ZXTEST_IS_##fatal), what, expected, actual, " " __VA_ARGS__)

// Whether a failure is fatal, as a word that is no macro.
#define ZXTEST_IS_yes true
#define ZXTEST_IS_no false
#define ZXTEST_LEAVE_yes return
#define ZXTEST_LEAVE_no (void)0

#define ZXTEST_COMPARE(fatal, op, what, a, b, ...)                                         \
  do {                                                                                     \
    __auto_type zxtest_a = (a);                                                            \
    __typeof__(zxtest_a) zxtest_b = (__typeof__(zxtest_a))(b);                             \
    if (!(zxtest_a op zxtest_b)) {                                                         \
      ZXTEST_FAIL(fatal, what, ZXTEST_OPERAND(#a, zxtest_a), ZXTEST_OPERAND(#b, zxtest_b), \
                  __VA_ARGS__);                                                            \
      ZXTEST_LEAVE_##fatal;                                                                \
    }                                                                                      \
  } while (0)

#define ZXTEST_CHECK(fatal, condition, what, text, ...)                                 \
  do {                                                                                  \
    if (!(condition)) {                                                                 \
      ZXTEST_FAIL(fatal, what, &((const struct zxtest_operand){text, ZXTEST_KIND_BOOL, 0}), \
                  NULL, __VA_ARGS__);                                                   \
      ZXTEST_LEAVE_##fatal;                                                             \
    }                                                                                   \
  } while (0)

#define ZXTEST_STATUS(fatal, op, what, a, b, ...)                                       \
  do {                                                                                  \
    const zx_status_t zxtest_a = (a);                                                   \
    const zx_status_t zxtest_b = (b);                                                   \
    if (!(zxtest_a op zxtest_b)) {                                                      \
      ZXTEST_FAIL(fatal, what, ZXTEST_STATUS_OPERAND(#a, zxtest_a),                     \
                  ZXTEST_STATUS_OPERAND(#b, zxtest_b), __VA_ARGS__);                    \
      ZXTEST_LEAVE_##fatal;                                                             \
    }                                                                                   \
  } while (0)

#define ZXTEST_STRINGS(fatal, check, what, a, b, ...)                                   \
  do {                                                                                  \
    const char* zxtest_a = (a);                                                         \
    const char* zxtest_b = (b);                                                         \
    if (!(check)) {                                                                     \
      ZXTEST_FAIL(fatal, what, ZXTEST_OPERAND(#a, zxtest_a), ZXTEST_OPERAND(#b, zxtest_b), \
                  __VA_ARGS__);                                                         \
      ZXTEST_LEAVE_##fatal;                                                             \
    }                                                                                   \
  } while (0)

#define ZXTEST_SAME \
  (zxtest_a && zxtest_b ? strcmp(zxtest_a, zxtest_b) == 0 : zxtest_a == zxtest_b)
#define ZXTEST_INSIDE (zxtest_a && zxtest_b && strstr(zxtest_a, zxtest_b) != NULL)

#define ZXTEST_BYTES(fatal, op, what, a, b, size, ...)                       \
  do {                                                                       \
    const void* zxtest_a = (a);                                              \
    const void* zxtest_b = (b);                                              \
    const size_t zxtest_size = (size);                                       \
    if (!(memcmp(zxtest_a, zxtest_b, zxtest_size) op 0)) {                   \
      zxtest_fail_bytes(ZXTEST_PLACE(ZXTEST_IS_##fatal), what, zxtest_a, zxtest_b, zxtest_size); \
      ZXTEST_LEAVE_##fatal;                                                  \
    }                                                                        \
  } while (0)

#define ZXTEST_AFTER(fatal, stmt, check, what, ...)               \
  do {                                                            \
    { stmt; }                                                     \
    ZXTEST_CHECK(fatal, !check(), what, #stmt, __VA_ARGS__);      \
  } while (0)

#define ASSERT_EQ(a, b, ...) \
  ZXTEST_COMPARE(yes, ==, "Expected ASSERT_EQ(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_NE(a, b, ...) \
  ZXTEST_COMPARE(yes, !=, "Expected ASSERT_NE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_LT(a, b, ...) \
  ZXTEST_COMPARE(yes, <, "Expected ASSERT_LT(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_LE(a, b, ...) \
  ZXTEST_COMPARE(yes, <=, "Expected ASSERT_LE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_GT(a, b, ...) \
  ZXTEST_COMPARE(yes, >, "Expected ASSERT_GT(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_GE(a, b, ...) \
  ZXTEST_COMPARE(yes, >=, "Expected ASSERT_GE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_TRUE(x, ...) \
  ZXTEST_CHECK(yes, (x), "Expected ASSERT_TRUE(" #x ").", #x, __VA_ARGS__)
#define ASSERT_FALSE(x, ...) \
  ZXTEST_CHECK(yes, !(x), "Expected ASSERT_FALSE(" #x ").", #x, __VA_ARGS__)
#define ASSERT_NULL(x, ...) \
  ZXTEST_CHECK(yes, (x) == NULL, "Expected ASSERT_NULL(" #x ").", #x, __VA_ARGS__)
#define ASSERT_NOT_NULL(x, ...) \
  ZXTEST_CHECK(yes, (x) != NULL, "Expected ASSERT_NOT_NULL(" #x ").", #x, __VA_ARGS__)
#define ASSERT_OK(s, ...) \
  ZXTEST_STATUS(yes, ==, "Expected ASSERT_OK(" #s ").", ZX_OK, s, __VA_ARGS__)
#define ASSERT_NOT_OK(s, ...) \
  ZXTEST_STATUS(yes, !=, "Expected ASSERT_NOT_OK(" #s ").", ZX_OK, s, __VA_ARGS__)
#define ASSERT_STATUS(s, t, ...) \
  ZXTEST_STATUS(yes, ==, "Expected ASSERT_STATUS(" #s ", " #t ").", s, t, __VA_ARGS__)
#define ASSERT_NOT_STATUS(s, t, ...) \
  ZXTEST_STATUS(yes, !=, "Expected ASSERT_NOT_STATUS(" #s ", " #t ").", s, t, __VA_ARGS__)
#define ASSERT_STR_EQ(a, b, ...) \
  ZXTEST_STRINGS(yes, ZXTEST_SAME, "Expected ASSERT_STR_EQ(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_STR_NE(a, b, ...) \
  ZXTEST_STRINGS(yes, !ZXTEST_SAME, "Expected ASSERT_STR_NE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_SUBSTR(a, b, ...) \
  ZXTEST_STRINGS(yes, ZXTEST_INSIDE, "Expected ASSERT_SUBSTR(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_NOT_SUBSTR(a, b, ...) \
  ZXTEST_STRINGS(yes, !ZXTEST_INSIDE, "Expected ASSERT_NOT_SUBSTR(" #a ", " #b ").", a, b, __VA_ARGS__)
#define ASSERT_BYTES_EQ(a, b, size, ...) \
  ZXTEST_BYTES(yes, ==, "Expected ASSERT_BYTES_EQ(" #a ", " #b ", " #size ").", a, b, size, __VA_ARGS__)
#define ASSERT_BYTES_NE(a, b, size, ...) \
  ZXTEST_BYTES(yes, !=, "Expected ASSERT_BYTES_NE(" #a ", " #b ", " #size ").", a, b, size, __VA_ARGS__)
#define ASSERT_NO_FATAL_FAILURE(stmt, ...) \
  ZXTEST_AFTER(yes, stmt, zxtest_has_fatal_failures, "Fatal failure in: " #stmt, __VA_ARGS__)
#define ASSERT_NO_FAILURES(stmt, ...) \
  ZXTEST_AFTER(yes, stmt, zxtest_has_failures, "Failure in: " #stmt, __VA_ARGS__)
#define EXPECT_EQ(a, b, ...) \
  ZXTEST_COMPARE(no, ==, "Expected EXPECT_EQ(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_NE(a, b, ...) \
  ZXTEST_COMPARE(no, !=, "Expected EXPECT_NE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_LT(a, b, ...) \
  ZXTEST_COMPARE(no, <, "Expected EXPECT_LT(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_LE(a, b, ...) \
  ZXTEST_COMPARE(no, <=, "Expected EXPECT_LE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_GT(a, b, ...) \
  ZXTEST_COMPARE(no, >, "Expected EXPECT_GT(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_GE(a, b, ...) \
  ZXTEST_COMPARE(no, >=, "Expected EXPECT_GE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_TRUE(x, ...) \
  ZXTEST_CHECK(no, (x), "Expected EXPECT_TRUE(" #x ").", #x, __VA_ARGS__)
#define EXPECT_FALSE(x, ...) \
  ZXTEST_CHECK(no, !(x), "Expected EXPECT_FALSE(" #x ").", #x, __VA_ARGS__)
#define EXPECT_NULL(x, ...) \
  ZXTEST_CHECK(no, (x) == NULL, "Expected EXPECT_NULL(" #x ").", #x, __VA_ARGS__)
#define EXPECT_NOT_NULL(x, ...) \
  ZXTEST_CHECK(no, (x) != NULL, "Expected EXPECT_NOT_NULL(" #x ").", #x, __VA_ARGS__)
#define EXPECT_OK(s, ...) \
  ZXTEST_STATUS(no, ==, "Expected EXPECT_OK(" #s ").", ZX_OK, s, __VA_ARGS__)
#define EXPECT_NOT_OK(s, ...) \
  ZXTEST_STATUS(no, !=, "Expected EXPECT_NOT_OK(" #s ").", ZX_OK, s, __VA_ARGS__)
#define EXPECT_STATUS(s, t, ...) \
  ZXTEST_STATUS(no, ==, "Expected EXPECT_STATUS(" #s ", " #t ").", s, t, __VA_ARGS__)
#define EXPECT_NOT_STATUS(s, t, ...) \
  ZXTEST_STATUS(no, !=, "Expected EXPECT_NOT_STATUS(" #s ", " #t ").", s, t, __VA_ARGS__)
#define EXPECT_STR_EQ(a, b, ...) \
  ZXTEST_STRINGS(no, ZXTEST_SAME, "Expected EXPECT_STR_EQ(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_STR_NE(a, b, ...) \
  ZXTEST_STRINGS(no, !ZXTEST_SAME, "Expected EXPECT_STR_NE(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_SUBSTR(a, b, ...) \
  ZXTEST_STRINGS(no, ZXTEST_INSIDE, "Expected EXPECT_SUBSTR(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_NOT_SUBSTR(a, b, ...) \
  ZXTEST_STRINGS(no, !ZXTEST_INSIDE, "Expected EXPECT_NOT_SUBSTR(" #a ", " #b ").", a, b, __VA_ARGS__)
#define EXPECT_BYTES_EQ(a, b, size, ...) \
  ZXTEST_BYTES(no, ==, "Expected EXPECT_BYTES_EQ(" #a ", " #b ", " #size ").", a, b, size, __VA_ARGS__)
#define EXPECT_BYTES_NE(a, b, size, ...) \
  ZXTEST_BYTES(no, !=, "Expected EXPECT_BYTES_NE(" #a ", " #b ", " #size ").", a, b, size, __VA_ARGS__)
#define EXPECT_NO_FATAL_FAILURE(stmt, ...) \
  ZXTEST_AFTER(no, stmt, zxtest_has_fatal_failures, "Fatal failure in: " #stmt, __VA_ARGS__)
#define EXPECT_NO_FAILURES(stmt, ...) \
  ZXTEST_AFTER(no, stmt, zxtest_has_failures, "Failure in: " #stmt, __VA_ARGS__)
#define ASSERT_NO_FATAL_FAILURES(stmt, ...) ASSERT_NO_FATAL_FAILURE(stmt, __VA_ARGS__)
#define ASSERT_DEATH(body, ...) \
  ZXTEST_CHECK(yes, zxtest_dies(body), "Expected ASSERT_DEATH(" #body ").", #body, __VA_ARGS__)
#define ASSERT_NO_DEATH(body, ...) \
  ZXTEST_CHECK(yes, !zxtest_dies(body), "Expected ASSERT_NO_DEATH(" #body ").", #body, __VA_ARGS__)

#define FAIL(...)                                        \
  do {                                                   \
    ZXTEST_FAIL(yes, "Failed.", NULL, NULL, __VA_ARGS__); \
    return;                                              \
  } while (0)
#define ADD_FAILURE(...) ZXTEST_FAIL(no, "Failed.", NULL, NULL, __VA_ARGS__)
#define ADD_FATAL_FAILURE(...) ZXTEST_FAIL(yes, "Failed.", NULL, NULL, __VA_ARGS__)
#define ZXTEST_SKIP(...)                                \
  do {                                                  \
    zxtest_skip(__FILE__, __LINE__, " " __VA_ARGS__);   \
    return;                                             \
  } while (0)
#define CURRENT_TEST_HAS_FAILURES() zxtest_has_failures()
#define CURRENT_TEST_HAS_FATAL_FAILURES() zxtest_has_fatal_failures()
#define CURRENT_TEST_HAS_FATAL_FAILURE() zxtest_has_fatal_failures()

#endif

#endif  // ZXTEST_C_ASSERTIONS_H_

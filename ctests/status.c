// SPDX-License-Identifier: MIT
// zx_status_get_string. Specification: tasks-time-system.md, section 11.4.

#include "ztest.h"

#include <zircon/exception.h>

#include <zircon/errors.h>
#include <zircon/status.h>

#define NAMED(name, number) {name, number, #name}

// Every status: the macro, the value of the specification, the name.
static const struct {
  zx_status_t macro;
  int number;
  const char* name;
} kStatuses[] = {
    NAMED(ZX_OK, 0),
    NAMED(ZX_ERR_INTERNAL, -1),
    NAMED(ZX_ERR_NOT_SUPPORTED, -2),
    NAMED(ZX_ERR_NO_RESOURCES, -3),
    NAMED(ZX_ERR_NO_MEMORY, -4),
    NAMED(ZX_ERR_INTERNAL_INTR_RETRY, -6),
    NAMED(ZX_ERR_INVALID_ARGS, -10),
    NAMED(ZX_ERR_BAD_HANDLE, -11),
    NAMED(ZX_ERR_WRONG_TYPE, -12),
    NAMED(ZX_ERR_BAD_SYSCALL, -13),
    NAMED(ZX_ERR_OUT_OF_RANGE, -14),
    NAMED(ZX_ERR_BUFFER_TOO_SMALL, -15),
    NAMED(ZX_ERR_BAD_STATE, -20),
    NAMED(ZX_ERR_TIMED_OUT, -21),
    NAMED(ZX_ERR_SHOULD_WAIT, -22),
    NAMED(ZX_ERR_CANCELED, -23),
    NAMED(ZX_ERR_PEER_CLOSED, -24),
    NAMED(ZX_ERR_NOT_FOUND, -25),
    NAMED(ZX_ERR_ALREADY_EXISTS, -26),
    NAMED(ZX_ERR_ALREADY_BOUND, -27),
    NAMED(ZX_ERR_UNAVAILABLE, -28),
    NAMED(ZX_ERR_ACCESS_DENIED, -30),
    NAMED(ZX_ERR_IO, -40),
    NAMED(ZX_ERR_IO_REFUSED, -41),
    NAMED(ZX_ERR_IO_DATA_INTEGRITY, -42),
    NAMED(ZX_ERR_IO_DATA_LOSS, -43),
    NAMED(ZX_ERR_IO_NOT_PRESENT, -44),
    NAMED(ZX_ERR_IO_OVERRUN, -45),
    NAMED(ZX_ERR_IO_MISSED_DEADLINE, -46),
    NAMED(ZX_ERR_IO_INVALID, -47),
    NAMED(ZX_ERR_BAD_PATH, -50),
    NAMED(ZX_ERR_NOT_DIR, -51),
    NAMED(ZX_ERR_NOT_FILE, -52),
    NAMED(ZX_ERR_FILE_BIG, -53),
    NAMED(ZX_ERR_NO_SPACE, -54),
    NAMED(ZX_ERR_NOT_EMPTY, -55),
    NAMED(ZX_ERR_STOP, -60),
    NAMED(ZX_ERR_NEXT, -61),
    NAMED(ZX_ERR_ASYNC, -62),
    NAMED(ZX_ERR_PROTOCOL_NOT_SUPPORTED, -70),
    NAMED(ZX_ERR_ADDRESS_UNREACHABLE, -71),
    NAMED(ZX_ERR_ADDRESS_IN_USE, -72),
    NAMED(ZX_ERR_NOT_CONNECTED, -73),
    NAMED(ZX_ERR_CONNECTION_REFUSED, -74),
    NAMED(ZX_ERR_CONNECTION_RESET, -75),
    NAMED(ZX_ERR_CONNECTION_ABORTED, -76),
};
enum { STATUSES = sizeof(kStatuses) / sizeof(kStatuses[0]) };

TEST(status_values_as_specified) {
  for (size_t i = 0; i < STATUSES; i++) EXPECT_EQ(kStatuses[i].macro, kStatuses[i].number);
}

TEST(status_get_string_known_macro_name) {
  for (size_t i = 0; i < STATUSES; i++) {
    EXPECT_STR(zx_status_get_string(kStatuses[i].macro), kStatuses[i].name);
    EXPECT_STR(_zx_status_get_string(kStatuses[i].macro), kStatuses[i].name);
  }
}

TEST(status_get_string_unknown_value_unknown) {
  for (int value = -300; value <= 300; value++) {
    bool known = false;
    for (size_t i = 0; i < STATUSES; i++) known |= kStatuses[i].number == value;
    if (!known) EXPECT_STR(zx_status_get_string(value), "(UNKNOWN)");
  }
  EXPECT_STR(zx_status_get_string(INT32_MIN), "(UNKNOWN)");
  EXPECT_STR(zx_status_get_string(INT32_MAX), "(UNKNOWN)");
}

TEST(status_get_string_same_pointer_every_time) {
  EXPECT_EQ(zx_status_get_string(ZX_ERR_IO), zx_status_get_string(ZX_ERR_IO));
  EXPECT_EQ(zx_status_get_string(5), zx_status_get_string(5));
}

TEST(exception_get_string_says_each_type_in_words) {
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_GENERAL), "general");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_FATAL_PAGE_FAULT), "fatal page fault");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_UNDEFINED_INSTRUCTION), "undefined instruction");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_SW_BREAKPOINT), "sw breakpoint");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_HW_BREAKPOINT), "hw breakpoint");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_UNALIGNED_ACCESS), "unaligned access");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_THREAD_STARTING), "thread starting");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_THREAD_EXITING), "thread exiting");
  EXPECT_STR(zx_exception_get_string(ZX_EXCP_POLICY_ERROR), "policy error");
  EXPECT_STR(_zx_exception_get_string(ZX_EXCP_PROCESS_STARTING), "process starting");
  EXPECT_STR(zx_exception_get_string(0), "unknown");
  EXPECT_STR(zx_exception_get_string(UINT32_MAX), "unknown");
}

ZTEST_MAIN

// SPDX-License-Identifier: MIT
// zx_port_create, _queue, _wait. Specification: ports.md, sections 1 to 4.

#include "ztest.h"

#include "objects.h"

#define USER_PACKET_LIMIT 4097u  // ports.md, section 3.4

static zx_port_packet_t packet_of(uint64_t key) {
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.key = key;
  packet.user.u64[0] = ~key;
  return packet;
}

static zx_status_t queue_key(zx_handle_t port, uint64_t key) {
  zx_port_packet_t packet = packet_of(key);
  return zx_port_queue(port, &packet);
}

// Takes a packet that must be there and returns its key.
static uint64_t take_key(zx_handle_t port) {
  zx_port_packet_t packet;
  memset(&packet, 0xee, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.user.u64[0], ~packet.key);
  return packet.key;
}

static void expect_empty(zx_handle_t port) {
  zx_port_packet_t packet;
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
}

// --- zx_port_create -----------------------------------------------------------------------------

TEST(port_create_options_zero_ok) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_port_create(0, &port));
  zx_info_handle_basic_t info = basic_info(port);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_PORT);
  EXPECT_EQ(info.rights, ZX_DEFAULT_PORT_RIGHTS);
  EXPECT_EQ(info.related_koid, 0);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_create_bind_to_interrupt_ok_and_usable) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &port));
  EXPECT_OK(queue_key(port, 9));
  EXPECT_EQ(take_key(port), 9);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_create_unknown_options_invalid_args) {
  const uint32_t options[] = {2, 3, 4, 0x1234, 0x10001, 0x80000000u, 0xffffffffu};
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    zx_handle_t out = 0xabc;
    EXPECT_STATUS(zx_port_create(options[i], &out), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, 0xabc);
  }
}

TEST(port_create_bad_out_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_port_create(0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
}

// --- zx_port_queue ------------------------------------------------------------------------------

TEST(port_queue_handle_checks_in_order) {
  zx_port_packet_t packet = packet_of(1);
  zx_handle_t port = new_port(), vmo = new_vmo();
  zx_handle_t bare_vmo = copy_of(vmo, ZX_RIGHT_NONE);
  zx_handle_t reader = copy_of(port, ZX_DEFAULT_PORT_RIGHTS & ~ZX_RIGHT_WRITE);
  EXPECT_STATUS(zx_port_queue(ZX_HANDLE_INVALID, &packet), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_queue(stale_handle(), &packet), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_queue(vmo, &packet), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_queue(bare_vmo, &packet), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_queue(reader, &packet), ZX_ERR_ACCESS_DENIED);
  // All of that before the packet is looked at.
  EXPECT_STATUS(zx_port_queue(ZX_HANDLE_INVALID, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_queue(vmo, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_queue(reader, NULL), ZX_ERR_ACCESS_DENIED);
  expect_empty(port);
  zx_handle_t handles[] = {port, vmo, bare_vmo, reader};
  EXPECT_OK(zx_handle_close_many(handles, 4));
}

TEST(port_queue_bad_packet_invalid_args_nothing_queued) {
  zx_handle_t port = new_port();
  void* bad;
  for (int i = 0; ztest_bad_read(i, sizeof(zx_port_packet_t), &bad); i++)
    EXPECT_STATUS(zx_port_queue(port, (const zx_port_packet_t*)bad), ZX_ERR_INVALID_ARGS);
  expect_empty(port);
  EXPECT_OK(queue_key(port, 3));
  EXPECT_EQ(take_key(port), 3);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_queue_read_only_packet_ok) {
  static const zx_port_packet_t packet = {.key = 5};
  zx_handle_t port = new_port();
  EXPECT_OK(zx_port_queue(port, &packet));
  zx_port_packet_t got;
  EXPECT_OK(zx_port_wait(port, 0, &got));
  EXPECT_EQ(got.key, 5);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_queue_packet_kept_bit_for_bit_type_user) {
  zx_handle_t port = new_port();
  const uint32_t types[] = {ZX_PKT_TYPE_USER, ZX_PKT_TYPE_SIGNAL_ONE, ZX_PKT_TYPE_GUEST_BELL, 5,
                            0xff, 0x100, 0xffffffffu};
  const zx_status_t statuses[] = {ZX_OK, -3, 1, INT32_MIN, INT32_MAX};
  uint64_t key = 12;
  for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
    for (size_t s = 0; s < sizeof(statuses) / sizeof(statuses[0]); s++) {
      zx_port_packet_t in, out;
      key = key * 0x9e3779b97f4a7c15u + 1;
      in.key = key;
      in.type = types[t];
      in.status = statuses[s];
      for (size_t i = 0; i < sizeof(in.user.c8); i++) in.user.c8[i] = (uint8_t)(key >> (i % 57));
      memset(&out, 0xee, sizeof(out));
      EXPECT_OK(zx_port_queue(port, &in));
      EXPECT_OK(zx_port_wait(port, ZX_TIME_INFINITE, &out));
      EXPECT_EQ(out.key, in.key);
      EXPECT_EQ(out.type, ZX_PKT_TYPE_USER);
      EXPECT_TRUE(ZX_PKT_IS_USER(out.type));
      EXPECT_EQ(out.status, in.status);
      EXPECT_BYTES(&out.user, &in.user, 32);
    }
  }
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_queue_caller_packet_unchanged_and_copied) {
  zx_handle_t port = new_port();
  zx_port_packet_t packet = packet_of(8), same;
  packet.type = 5;
  same = packet;
  EXPECT_OK(zx_port_queue(port, &packet));
  EXPECT_BYTES(&packet, &same, sizeof(packet));
  memset(&packet, 0, sizeof(packet));
  EXPECT_EQ(take_key(port), 8);
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_queue_unaligned_packet_ok) {
  zx_handle_t port = new_port();
  unsigned char bytes[sizeof(zx_port_packet_t) + 3];
  zx_port_packet_t packet = packet_of(0x1122334455667788);
  memcpy(bytes + 3, &packet, sizeof(packet));
  EXPECT_OK(zx_port_queue(port, (const zx_port_packet_t*)(const void*)(bytes + 3)));
  memset(bytes, 0, sizeof(bytes));
  EXPECT_OK(zx_port_wait(port, 0, (zx_port_packet_t*)(void*)(bytes + 3)));
  EXPECT_BYTES(bytes + 3, &packet, sizeof(packet));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_queue_4097_packets_fit_then_should_wait) {
  zx_handle_t port = new_port(), other = new_port();
  for (uint64_t key = 0; key < USER_PACKET_LIMIT; key++) EXPECT_OK(queue_key(port, key));
  EXPECT_STATUS(queue_key(port, 9999), ZX_ERR_SHOULD_WAIT);
  EXPECT_STATUS(queue_key(port, 9999), ZX_ERR_SHOULD_WAIT);
  EXPECT_STATUS(zx_port_queue(port, NULL), ZX_ERR_INVALID_ARGS);  // read before the limit
  EXPECT_OK(queue_key(other, 1));                                 // the limit is per port
  // One out, one in; nothing of the refused ones shows up.
  EXPECT_EQ(take_key(port), 0);
  EXPECT_OK(queue_key(port, USER_PACKET_LIMIT));
  EXPECT_STATUS(queue_key(port, 9999), ZX_ERR_SHOULD_WAIT);
  for (uint64_t key = 1; key <= USER_PACKET_LIMIT; key++) EXPECT_EQ(take_key(port), key);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(other));
  EXPECT_OK(zx_handle_close(port));
}

// --- zx_port_wait -------------------------------------------------------------------------------

TEST(port_wait_handle_checks_in_order) {
  zx_port_packet_t packet;
  zx_handle_t port = new_port(), vmo = new_vmo();
  zx_handle_t bare_vmo = copy_of(vmo, ZX_RIGHT_NONE);
  zx_handle_t writer = copy_of(port, ZX_DEFAULT_PORT_RIGHTS & ~ZX_RIGHT_READ);
  EXPECT_OK(queue_key(port, 4));
  EXPECT_STATUS(zx_port_wait(ZX_HANDLE_INVALID, 0, &packet), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_wait(stale_handle(), ZX_TIME_INFINITE, &packet), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_wait(vmo, ZX_TIME_INFINITE, &packet), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_wait(bare_vmo, 0, &packet), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_wait(writer, ZX_TIME_INFINITE, &packet), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_port_wait(ZX_HANDLE_INVALID, 0, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_port_wait(vmo, 0, NULL), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_port_wait(writer, 0, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_EQ(take_key(port), 4);  // none of them took it
  zx_handle_t handles[] = {port, vmo, bare_vmo, writer};
  EXPECT_OK(zx_handle_close_many(handles, 4));
}

TEST(port_wait_packets_in_order_of_queueing) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  for (uint64_t key = 0; key < 100; key++) EXPECT_OK(queue_key(key % 2 ? port : copy, key));
  for (uint64_t key = 0; key < 100; key++) EXPECT_EQ(take_key(key % 3 ? copy : port), key);
  expect_empty(port);
  EXPECT_OK(zx_handle_close(copy));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_past_deadline_with_packet_ok) {
  zx_handle_t port = new_port();
  const zx_time_t past[] = {0, 1, -1, ZX_TIME_INFINITE_PAST, zx_clock_get_monotonic()};
  for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
    zx_port_packet_t packet;
    EXPECT_OK(queue_key(port, i));
    EXPECT_OK(zx_port_wait(port, past[i], &packet));
    EXPECT_EQ(packet.key, i);
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_past_deadline_empty_timed_out_at_once) {
  zx_handle_t port = new_port();
  const zx_time_t past[] = {0, 1, -1, ZX_TIME_INFINITE_PAST, zx_clock_get_monotonic()};
  for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++) {
    zx_port_packet_t packet;
    zx_time_t before = zx_clock_get_monotonic();
    EXPECT_STATUS(zx_port_wait(port, past[i], &packet), ZX_ERR_TIMED_OUT);
    EXPECT_TRUE(zx_clock_get_monotonic() - before < ZX_SEC(10));
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_deadline_never_early) {
  zx_handle_t port = new_port();
  const zx_duration_t durations[] = {1, ZX_USEC(1), ZX_USEC(200), ZX_MSEC(5), ZX_MSEC(20)};
  for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
    zx_port_packet_t packet;
    zx_time_t deadline = zx_deadline_after(durations[i]);
    EXPECT_STATUS(zx_port_wait(port, deadline, &packet), ZX_ERR_TIMED_OUT);
    EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_timed_out_packet_untouched) {
  zx_handle_t port = new_port();
  zx_port_packet_t packet, same;
  memset(&packet, 0xa5, sizeof(packet));
  same = packet;
  EXPECT_STATUS(zx_port_wait(port, zx_deadline_after(ZX_USEC(100)), &packet), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(zx_port_wait(0, 0, &packet), ZX_ERR_BAD_HANDLE);
  EXPECT_BYTES(&packet, &same, sizeof(packet));
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_bad_packet_invalid_args_packet_lost) {
  zx_handle_t port = new_port();
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_port_packet_t), &bad); i++) {
    EXPECT_OK(queue_key(port, 1));
    EXPECT_OK(queue_key(port, 2));
    EXPECT_STATUS(zx_port_wait(port, ZX_TIME_INFINITE, (zx_port_packet_t*)bad),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(take_key(port), 2);
    expect_empty(port);
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(port_wait_bad_packet_empty_port_timed_out) {
  zx_handle_t port = new_port();
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_port_packet_t), &bad); i++) {
    zx_time_t deadline = zx_deadline_after(ZX_USEC(100));
    EXPECT_STATUS(zx_port_wait(port, deadline, (zx_port_packet_t*)bad), ZX_ERR_TIMED_OUT);
    EXPECT_TRUE(zx_clock_get_monotonic() >= deadline);
  }
  EXPECT_OK(zx_handle_close(port));
}

// --- The life of a port -------------------------------------------------------------------------

TEST(port_close_with_packets_queued_ok) {
  for (int round = 0; round < 50; round++) {
    zx_handle_t port = new_port();
    for (uint64_t key = 0; key < 100; key++) EXPECT_OK(queue_key(port, key));
    EXPECT_OK(zx_handle_close(port));
    EXPECT_STATUS(queue_key(port, 0), ZX_ERR_BAD_HANDLE);
  }
}

TEST(port_close_one_of_two_handles_packets_stay) {
  zx_handle_t port = new_port();
  zx_handle_t copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  EXPECT_OK(queue_key(port, 31));
  EXPECT_OK(zx_handle_close(port));
  EXPECT_EQ(take_key(copy), 31);
  EXPECT_OK(zx_handle_close(copy));
}

ZTEST_MAIN

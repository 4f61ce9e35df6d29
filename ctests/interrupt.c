// SPDX-License-Identifier: MIT
// zx_interrupt_*. Specification: ports.md, section 8.

#include "ztest.h"

#include <libzx.h>
#include <zircon/process.h>
#include <zircon/syscalls/resource.h>

#include "threads.h"

static zx_handle_t new_interrupt(void) {
  zx_handle_t interrupt = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_interrupt_create(0, 0, ZX_INTERRUPT_VIRTUAL, &interrupt));
  return interrupt;
}

static zx_handle_t new_interrupt_port(void) {
  zx_handle_t port = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &port));
  return port;
}

static void expect_packet(zx_handle_t port, uint64_t key, zx_time_t timestamp) {
  zx_port_packet_t packet;
  memset(&packet, 0xee, sizeof(packet));
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.key, key);
  EXPECT_EQ(packet.type, ZX_PKT_TYPE_INTERRUPT);
  EXPECT_OK(packet.status);
  EXPECT_EQ(packet.interrupt.timestamp, timestamp);
  EXPECT_EQ(packet.interrupt.reserved0 | packet.interrupt.reserved1, 0);
}

static void expect_empty(zx_handle_t port) {
  zx_port_packet_t packet, old;
  memset(&packet, 0xee, sizeof(packet));
  memset(&old, 0xee, sizeof(old));
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_BYTES(&packet, &old, sizeof(packet));
}

static void trigger(zx_handle_t interrupt, zx_time_t timestamp) {
  EXPECT_OK(zx_interrupt_trigger(interrupt, 0, timestamp));
}

static void bind(zx_handle_t interrupt, zx_handle_t port, uint64_t key) {
  EXPECT_OK(zx_interrupt_bind(interrupt, port, key, ZX_INTERRUPT_BIND));
}

static void expect_wait(zx_handle_t interrupt, zx_time_t want) {
  zx_time_t timestamp = -77;
  EXPECT_OK(zx_interrupt_wait(interrupt, &timestamp));
  EXPECT_EQ(timestamp, want);
}

static void close_both(zx_handle_t one, zx_handle_t two) {
  EXPECT_OK(zx_handle_close(one));
  EXPECT_OK(zx_handle_close(two));
}

static void run_interrupt_wait(asleep_t* self) {
  self->status = zx_interrupt_wait(self->handle, &self->timestamp);
}

static void begin_interrupt_wait(asleep_t* self, zx_handle_t interrupt) {
  memset(self, 0, sizeof(*self));
  self->run = run_interrupt_wait;
  self->handle = interrupt;
  asleep_begin(self);
}

// --- Creation -----------------------------------------------------------------------------------

TEST(interrupt_create_virtual_ok_with_any_source) {
  zx_handle_t interrupt = ZX_HANDLE_INVALID, port = new_port();
  const zx_handle_t sources[] = {0, port, stale_handle(), get_root_resource()};
  for (int i = 0; i < 4; i++) {
    EXPECT_OK(zx_interrupt_create(sources[i], 9999, ZX_INTERRUPT_VIRTUAL, &interrupt));
    zx_info_handle_basic_t info = basic_info(interrupt);
    EXPECT_EQ(info.type, ZX_OBJ_TYPE_INTERRUPT);
    EXPECT_EQ(info.rights, 0xd00f);
    EXPECT_OK(zx_handle_close(interrupt));
  }
  EXPECT_OK(zx_handle_close(port));
}

TEST(interrupt_create_other_options_invalid_args) {
  zx_handle_t out = 0xabc;
  const uint32_t options[] = {62, 0x11, 0x12, 0x30, 0x50, 0x80000010u};
  for (int i = 0; i < 6; i++)
    EXPECT_STATUS(zx_interrupt_create(0, 0, options[i], &out), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(out, 0xabc);
}

TEST(interrupt_create_physical_checks_then_not_supported) {
  zx_handle_t out = 0xabc, port = new_port(), irq = 0, mmio = 0;
  zx_handle_t root = get_root_resource();
  EXPECT_OK(zx_resource_create(root, ZX_RSRC_KIND_IRQ, 5, 2, "irq", 3, &irq));
  EXPECT_OK(zx_resource_create(root, ZX_RSRC_KIND_MMIO, 0, 4096, "mmio", 4, &mmio));
  EXPECT_STATUS(zx_interrupt_create(0, 0, 0, &out), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_create(port, 0, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_create(mmio, 0, 0, &out), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_create(irq, 7, 0, &out), ZX_ERR_OUT_OF_RANGE);
  EXPECT_STATUS(zx_interrupt_create(irq, 5, 0x20, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_create(irq, 5, 12, &out), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_create(irq, 6, 10, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_interrupt_create(root, 1, 1, &out), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(out, 0xabc);
  zx_handle_t all[] = {port, irq, mmio};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(interrupt_calls_check_handles_in_order) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port(), plain = new_port();
  zx_handle_t bare = copy_of(interrupt, ZX_RIGHT_NONE), reader = copy_of(port, ZX_RIGHT_READ);
  EXPECT_STATUS(zx_interrupt_trigger(0, 1, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_trigger(0, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_trigger(port, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_trigger(bare, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_wait(0, NULL), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_wait(bare, NULL), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_ack(port), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_ack(bare), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_destroy(0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_destroy(bare), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_bind(0, 0, 0, 2), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_bind(0, port, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_bind(bare, 0, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, 0, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, interrupt, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, reader, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, plain, 0, 0), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, plain, 0, 1), ZX_ERR_WRONG_TYPE);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, 0, 1), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(bare, 0, 0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, 0, 0), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_interrupt_bind_vcpu(interrupt, port, 0), ZX_ERR_WRONG_TYPE);
  zx_handle_t all[] = {interrupt, port, plain, bare, reader};
  EXPECT_OK(zx_handle_close_many(all, 5));
}

// --- Unbound ------------------------------------------------------------------------------------

TEST(interrupt_wait_triggered_returns_first_timestamp) {
  zx_handle_t interrupt = new_interrupt();
  trigger(interrupt, 5);
  trigger(interrupt, 6);
  expect_wait(interrupt, 5);
  trigger(interrupt, 7);
  trigger(interrupt, 8);
  expect_wait(interrupt, 7);
  trigger(interrupt, 0);
  EXPECT_OK(zx_interrupt_wait(interrupt, NULL));
  EXPECT_STATUS(zx_interrupt_ack(interrupt), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_handle_close(interrupt));
}

TEST(interrupt_wait_bad_timestamp_invalid_args_event_lost) {
  zx_handle_t interrupt = new_interrupt();
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_time_t), &bad); i++) {
    if (!bad) continue;
    trigger(interrupt, 1);
    EXPECT_STATUS(zx_interrupt_wait(interrupt, (zx_time_t*)bad), ZX_ERR_INVALID_ARGS);
  }
  trigger(interrupt, 2);
  expect_wait(interrupt, 2);
  EXPECT_OK(zx_handle_close(interrupt));
}

TEST(interrupt_wait_thread_woken_by_trigger) {
  zx_handle_t interrupt = new_interrupt();
  for (zx_time_t timestamp = 0; timestamp < 3; timestamp++) {
    asleep_t waiter;
    begin_interrupt_wait(&waiter, interrupt);
    EXPECT_STATUS(zx_interrupt_wait(interrupt, NULL), ZX_ERR_BAD_STATE);
    trigger(interrupt, timestamp);
    asleep_join(&waiter);
    EXPECT_OK(waiter.status);
    EXPECT_EQ(waiter.timestamp, timestamp);
  }
  EXPECT_OK(zx_handle_close(interrupt));
}

TEST(interrupt_wait_thread_destroyed_or_closed_canceled) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  asleep_t waiter;
  begin_interrupt_wait(&waiter, interrupt);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 0, 0), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_interrupt_ack(interrupt), ZX_ERR_BAD_STATE);
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  close_both(interrupt, port);

  interrupt = new_interrupt();
  zx_handle_t copy = copy_of(interrupt, ZX_RIGHT_SAME_RIGHTS);
  begin_interrupt_wait(&waiter, interrupt);
  EXPECT_OK(zx_handle_close(interrupt));
  EXPECT_OK(zx_handle_close(copy));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
}

TEST(interrupt_destroyed_unbound_canceled) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  EXPECT_STATUS(zx_interrupt_trigger(interrupt, 0, 1), ZX_ERR_CANCELED);
  EXPECT_STATUS(zx_interrupt_wait(interrupt, NULL), ZX_ERR_CANCELED);
  EXPECT_STATUS(zx_interrupt_ack(interrupt), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 0, 0), ZX_ERR_CANCELED);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 0, 1), ZX_ERR_NOT_FOUND);
  close_both(interrupt, port);
}

// --- Bound --------------------------------------------------------------------------------------

TEST(interrupt_bound_trigger_packet_ack_packet) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  bind(interrupt, port, 66);
  trigger(interrupt, 12);
  expect_packet(port, 66, 12);
  trigger(interrupt, 13);
  trigger(interrupt, 14);
  expect_empty(port);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  expect_packet(port, 66, 13);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  EXPECT_OK(zx_interrupt_ack(interrupt));
  expect_empty(port);
  trigger(interrupt, 15);
  expect_packet(port, 66, 15);
  EXPECT_STATUS(zx_interrupt_destroy(interrupt), ZX_ERR_NOT_FOUND);
  EXPECT_STATUS(zx_interrupt_ack(interrupt), ZX_ERR_CANCELED);
  EXPECT_STATUS(zx_interrupt_trigger(interrupt, 0, 1), ZX_ERR_CANCELED);
  EXPECT_STATUS(zx_interrupt_wait(interrupt, NULL), ZX_ERR_CANCELED);
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  close_both(interrupt, port);
}

TEST(interrupt_bound_wait_and_bind_refused) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  bind(interrupt, port, 1);
  EXPECT_STATUS(zx_interrupt_wait(interrupt, NULL), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 1, 0), ZX_ERR_ALREADY_BOUND);
  trigger(interrupt, 1);
  EXPECT_STATUS(zx_interrupt_wait(interrupt, NULL), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 1, 0), ZX_ERR_ALREADY_BOUND);
  close_both(interrupt, port);
}

TEST(interrupt_bind_after_trigger_packet_at_once) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  trigger(interrupt, 12);
  bind(interrupt, port, 67);
  expect_packet(port, 67, 12);
  close_both(interrupt, port);
}

TEST(interrupt_ack_unread_packet_with_pending_bad_state) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  bind(interrupt, port, 1);
  trigger(interrupt, 1);
  trigger(interrupt, 2);
  EXPECT_STATUS(zx_interrupt_ack(interrupt), ZX_ERR_BAD_STATE);
  expect_packet(port, 1, 1);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  expect_empty(port);
  close_both(interrupt, port);
}

TEST(interrupt_ack_before_read_merges_the_next_trigger) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  bind(interrupt, port, 1);
  trigger(interrupt, 1);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  trigger(interrupt, 2);
  expect_packet(port, 1, 1);
  expect_empty(port);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  trigger(interrupt, 3);
  expect_packet(port, 1, 3);
  close_both(interrupt, port);
}

TEST(interrupt_unbind_checks_then_no_packets) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  zx_handle_t other = new_interrupt_port(), copy = copy_of(port, ZX_RIGHT_SAME_RIGHTS);
  bind(interrupt, port, 1);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 0, 2), ZX_ERR_INVALID_ARGS);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, other, 0, ZX_INTERRUPT_UNBIND), ZX_ERR_NOT_FOUND);
  EXPECT_OK(zx_interrupt_bind(interrupt, copy, 0, ZX_INTERRUPT_UNBIND));
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 0, ZX_INTERRUPT_UNBIND), ZX_ERR_NOT_FOUND);
  trigger(interrupt, 4);
  expect_empty(port);
  expect_wait(interrupt, 4);
  zx_handle_t all[] = {interrupt, port, other, copy};
  EXPECT_OK(zx_handle_close_many(all, 4));
}

TEST(interrupt_unbind_unread_packet_goes_to_the_next_taker) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  zx_handle_t other = new_interrupt_port();
  bind(interrupt, port, 1);
  trigger(interrupt, 8);
  EXPECT_OK(zx_interrupt_bind(interrupt, port, 0, ZX_INTERRUPT_UNBIND));
  expect_empty(port);
  bind(interrupt, other, 2);
  expect_packet(other, 2, 8);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  trigger(interrupt, 9);
  EXPECT_OK(zx_interrupt_bind(interrupt, other, 0, ZX_INTERRUPT_UNBIND));
  expect_wait(interrupt, 9);
  zx_handle_t all[] = {interrupt, port, other};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(interrupt_destroyed_bound_unbind_canceled) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  zx_handle_t other = new_interrupt_port();
  bind(interrupt, port, 1);
  trigger(interrupt, 1);
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  expect_empty(port);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, port, 0, 1), ZX_ERR_CANCELED);
  EXPECT_STATUS(zx_interrupt_bind(interrupt, other, 0, 1), ZX_ERR_NOT_FOUND);
  zx_handle_t all[] = {interrupt, port, other};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

TEST(interrupt_closed_bound_packet_taken_back) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  bind(interrupt, port, 1);
  trigger(interrupt, 1);
  EXPECT_OK(zx_handle_close(interrupt));
  expect_empty(port);
  EXPECT_OK(zx_handle_close(port));
}

TEST(interrupt_port_closed_triggers_go_nowhere) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port();
  bind(interrupt, port, 1);
  trigger(interrupt, 1);
  EXPECT_OK(zx_handle_close(port));
  trigger(interrupt, 2);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  EXPECT_OK(zx_handle_close(interrupt));
}

TEST(interrupt_packets_before_others_in_order) {
  zx_handle_t one = new_interrupt(), two = new_interrupt(), port = new_interrupt_port();
  zx_port_packet_t packet;
  memset(&packet, 0, sizeof(packet));
  packet.key = 3;
  EXPECT_OK(zx_port_queue(port, &packet));
  bind(one, port, 1);
  bind(two, port, 2);
  trigger(two, 20);
  trigger(one, 10);
  expect_packet(port, 2, 20);
  expect_packet(port, 1, 10);
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.key, 3);
  zx_handle_t all[] = {one, two, port};
  EXPECT_OK(zx_handle_close_many(all, 3));
}

// --- Signals ------------------------------------------------------------------------------------

static const zx_signals_t untriggered = ZX_VIRTUAL_INTERRUPT_UNTRIGGERED;

TEST(object_signal_interrupt_user_bits_ok) {
  zx_handle_t interrupt = new_interrupt();
  EXPECT_EQ(signals_of(interrupt), untriggered);
  EXPECT_OK(zx_object_signal(interrupt, 0, ZX_USER_SIGNAL_0));
  EXPECT_OK(zx_object_wait_one(interrupt, ZX_USER_SIGNAL_0, 0, NULL));
  EXPECT_OK(zx_object_signal(interrupt, ZX_USER_SIGNAL_0, 0));
  EXPECT_EQ(signals_of(interrupt), untriggered);
  EXPECT_STATUS(zx_object_signal(interrupt, 0, untriggered), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(interrupt));
}

TEST(interrupt_untriggered_signal_bound) {
  zx_handle_t interrupt = new_interrupt(), port = new_interrupt_port(), watcher = new_port();
  zx_port_packet_t packet;
  EXPECT_EQ(untriggered, 1u << 4);
  bind(interrupt, port, 1);
  EXPECT_EQ(signals_of(interrupt), untriggered);
  trigger(interrupt, 1);
  EXPECT_EQ(signals_of(interrupt), 0);
  expect_packet(port, 1, 1);
  EXPECT_EQ(signals_of(interrupt), 0);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  EXPECT_EQ(signals_of(interrupt), untriggered);
  // With a second event pending the acknowledgement only pulses it.
  trigger(interrupt, 2);
  trigger(interrupt, 3);
  expect_packet(port, 1, 2);
  EXPECT_OK(zx_object_wait_async(interrupt, watcher, 9, untriggered, 0));
  expect_empty(watcher);
  EXPECT_OK(zx_interrupt_ack(interrupt));
  EXPECT_OK(zx_port_wait(watcher, 0, &packet));
  EXPECT_EQ(packet.signal.observed, untriggered);
  EXPECT_EQ(signals_of(interrupt), 0);
  EXPECT_STATUS(zx_interrupt_ack(interrupt), ZX_OK);
  expect_packet(port, 1, 3);
  EXPECT_EQ(signals_of(interrupt), untriggered);
  trigger(interrupt, 4);
  EXPECT_OK(zx_interrupt_destroy(interrupt));
  EXPECT_EQ(signals_of(interrupt), untriggered);
  EXPECT_STATUS(zx_interrupt_trigger(interrupt, 0, 1), ZX_ERR_CANCELED);
  EXPECT_EQ(signals_of(interrupt), untriggered);
  close_both(interrupt, port);
  EXPECT_OK(zx_handle_close(watcher));
}

TEST(interrupt_untriggered_signal_set_by_a_wait_that_blocks) {
  zx_handle_t interrupt = new_interrupt();
  trigger(interrupt, 1);
  EXPECT_EQ(signals_of(interrupt), 0);
  expect_wait(interrupt, 1);
  EXPECT_EQ(signals_of(interrupt), 0);
  asleep_t waiter;
  begin_interrupt_wait(&waiter, interrupt);
  EXPECT_EQ(signals_of(interrupt), untriggered);
  trigger(interrupt, 2);
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(signals_of(interrupt), 0);
  EXPECT_OK(zx_handle_close(interrupt));
}

ZTEST_MAIN

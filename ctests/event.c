// SPDX-License-Identifier: MIT
// zx_event_create, zx_object_signal, zx_object_signal_peer on objects without peer.
// Specification: ports.md, section 6.1; objects.md, section 10.

#include "ztest.h"

#include "threads.h"

TEST(event_create_ok) {
  zx_handle_t event = ZX_HANDLE_INVALID;
  ASSERT_OK(zx_event_create(0, &event));
  zx_info_handle_basic_t info = basic_info(event);
  EXPECT_EQ(info.type, ZX_OBJ_TYPE_EVENT);
  EXPECT_EQ(info.rights, ZX_DEFAULT_EVENT_RIGHTS);
  EXPECT_EQ(info.rights, 0xd003);
  EXPECT_NE(info.koid, 0);
  EXPECT_EQ(info.related_koid, 0);
  EXPECT_EQ(signals_of(event), 0);
  EXPECT_OK(zx_handle_close(event));
}

TEST(event_create_options_invalid_args) {
  const uint32_t options[] = {1, 2, 0x80000000u, 0xffffffffu};
  for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
    zx_handle_t out = 0xabc;
    EXPECT_STATUS(zx_event_create(options[i], &out), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, 0xabc);
  }
}

TEST(event_create_bad_out_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++)
    EXPECT_STATUS(zx_event_create(0, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
}

TEST(object_signal_event_bits_ok) {
  zx_handle_t event = new_event();
  EXPECT_OK(zx_object_signal(event, 0, ZX_EVENT_SIGNALED));
  EXPECT_EQ(signals_of(event), ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_ALL));
  EXPECT_EQ(signals_of(event), ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_ALL);
  EXPECT_OK(zx_object_signal(event, 0, 0));
  EXPECT_EQ(signals_of(event), ZX_EVENT_SIGNALED | ZX_USER_SIGNAL_ALL);
  EXPECT_OK(zx_object_signal(event, ZX_EVENT_SIGNAL_MASK, 0));
  EXPECT_EQ(signals_of(event), 0);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_signal_clear_and_set_in_one_call_ends_set) {
  zx_handle_t event = new_event();
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_1));
  EXPECT_OK(zx_object_signal(event, ZX_USER_SIGNAL_1, ZX_USER_SIGNAL_2));
  EXPECT_EQ(signals_of(event), ZX_USER_SIGNAL_2);
  EXPECT_OK(zx_object_signal(event, ZX_USER_SIGNAL_2, ZX_USER_SIGNAL_2 | ZX_EVENT_SIGNALED));
  EXPECT_EQ(signals_of(event), ZX_USER_SIGNAL_2 | ZX_EVENT_SIGNALED);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_signal_other_bits_invalid_args_and_nothing_changed) {
  zx_handle_t event = new_event();
  EXPECT_OK(zx_object_signal(event, 0, ZX_USER_SIGNAL_3));
  for (int bit = 0; bit < 24; bit++) {
    zx_signals_t signal = 1u << bit;
    if (signal == ZX_EVENT_SIGNALED) continue;
    EXPECT_STATUS(zx_object_signal(event, ZX_USER_SIGNAL_3, signal), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_signal(event, signal, ZX_USER_SIGNAL_4), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(signals_of(event), ZX_USER_SIGNAL_3);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_signal_handle_checks_in_order) {
  zx_handle_t event = new_event();
  zx_handle_t mute = copy_of(event, ZX_DEFAULT_EVENT_RIGHTS & ~ZX_RIGHT_SIGNAL);
  EXPECT_STATUS(zx_object_signal(ZX_HANDLE_INVALID, 0, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_signal(stale_handle(), 0, 1), ZX_ERR_BAD_HANDLE);
  EXPECT_STATUS(zx_object_signal(mute, 0, 1), ZX_ERR_ACCESS_DENIED);
  zx_handle_t port = new_port();
  EXPECT_STATUS(zx_object_signal(port, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(port));
  EXPECT_OK(zx_handle_close(mute));
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_signal_peer_event_access_denied) {
  zx_handle_t event = new_event();
  EXPECT_STATUS(zx_object_signal_peer(event, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_signal_peer(0, 0, ZX_USER_SIGNAL_0), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_handle_close(event));
}

TEST(object_signal_vmo_user_bits_ok_others_invalid_args) {
  zx_handle_t vmo = new_vmo();
  EXPECT_EQ(signals_of(vmo), ZX_VMO_ZERO_CHILDREN);
  EXPECT_OK(zx_object_signal(vmo, 0, ZX_USER_SIGNAL_ALL));
  EXPECT_EQ(signals_of(vmo), ZX_VMO_ZERO_CHILDREN | ZX_USER_SIGNAL_ALL);
  EXPECT_STATUS(zx_object_signal(vmo, ZX_VMO_ZERO_CHILDREN, 0), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(vmo));
}

// Threads hand a turn over by user signals until a quit event fires.
typedef struct {
  zx_handle_t turns, quit;
  uint64_t rounds[2];
} relay_t;

typedef struct {
  relay_t* relay;
  int side;
} runner_t;

static void* run_relay(void* argument) {
  runner_t* runner = (runner_t*)argument;
  relay_t* relay = runner->relay;
  zx_signals_t mine = runner->side ? ZX_USER_SIGNAL_1 : ZX_EVENT_SIGNALED;
  zx_signals_t other = runner->side ? ZX_EVENT_SIGNALED : ZX_USER_SIGNAL_1;
  for (;;) {
    zx_wait_item_t items[2] = {{relay->turns, mine, 0}, {relay->quit, ZX_EVENT_SIGNALED, 0}};
    EXPECT_OK(zx_object_wait_many(items, 2, ZX_TIME_INFINITE));
    if (items[1].pending & ZX_EVENT_SIGNALED) return NULL;
    EXPECT_EQ(items[0].pending, mine);
    if (++relay->rounds[runner->side] == 2000 && runner->side)
      EXPECT_OK(zx_object_signal(relay->quit, 0, ZX_EVENT_SIGNALED));
    EXPECT_OK(zx_object_signal(relay->turns, mine, other));
  }
}

TEST(event_threads_hand_over_until_quit) {
  relay_t relay = {new_event(), new_event(), {0, 0}};
  runner_t runners[2] = {{&relay, 0}, {&relay, 1}};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++)
    if (pthread_create(&threads[i], NULL, run_relay, &runners[i])) abort();
  EXPECT_OK(zx_object_signal(relay.turns, 0, ZX_EVENT_SIGNALED));
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  EXPECT_EQ(relay.rounds[1], 2000);
  EXPECT_OK(zx_handle_close(relay.turns));
  EXPECT_OK(zx_handle_close(relay.quit));
}

ZTEST_MAIN

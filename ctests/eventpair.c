// SPDX-License-Identifier: MIT
// zx_eventpair_create, and signals between peers. Specification: ports.md, section 6.2.

#include "ztest.h"

#include "threads.h"

static zx_handle_t ends[2];

static void make(void) {
  ends[0] = ends[1] = ZX_HANDLE_INVALID;
  EXPECT_OK(zx_eventpair_create(0, &ends[0], &ends[1]));
}

TEST(eventpair_create_ok) {
  make();
  zx_info_handle_basic_t one = basic_info(ends[0]), two = basic_info(ends[1]);
  EXPECT_EQ(one.type, 16);
  EXPECT_EQ(two.type, ZX_OBJ_TYPE_EVENTPAIR);
  EXPECT_EQ(one.rights, 0xf003);
  EXPECT_EQ(two.rights, ZX_DEFAULT_EVENTPAIR_RIGHTS);
  EXPECT_NE(one.koid, 0);
  EXPECT_NE(one.koid, two.koid);
  EXPECT_EQ(one.related_koid, two.koid);
  EXPECT_EQ(two.related_koid, one.koid);
  EXPECT_EQ(signals_of(ends[0]), 0);
  EXPECT_EQ(signals_of(ends[1]), 0);
  EXPECT_EQ(handle_count(ends[0]), 1);
  EXPECT_OK(zx_handle_close(ends[1]));
  EXPECT_EQ(basic_info(ends[0]).related_koid, two.koid);
  EXPECT_OK(zx_handle_close(ends[0]));
}

TEST(eventpair_create_options_not_supported) {
  zx_handle_t one = 0xabc, two = 0xdef;
  EXPECT_STATUS(zx_eventpair_create(1, &one, &two), ZX_ERR_NOT_SUPPORTED);
  EXPECT_STATUS(zx_eventpair_create(0x80000000u, NULL, NULL), ZX_ERR_NOT_SUPPORTED);
  EXPECT_EQ(one, 0xabc);
  EXPECT_EQ(two, 0xdef);
}

TEST(eventpair_create_bad_out_invalid_args) {
  void* bad;
  for (int i = 0; ztest_bad_write(i, sizeof(zx_handle_t), &bad); i++) {
    zx_handle_t out = 0xabc;
    EXPECT_STATUS(zx_eventpair_create(0, (zx_handle_t*)bad, &out), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, 0xabc);
    EXPECT_STATUS(zx_eventpair_create(0, &out, (zx_handle_t*)bad), ZX_ERR_INVALID_ARGS);
    EXPECT_EQ(out, 0xabc);
  }
}

TEST(object_signal_eventpair_changes_only_this_end) {
  make();
  EXPECT_OK(zx_object_signal(ends[0], 0, ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_0));
  EXPECT_EQ(signals_of(ends[0]), ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_0);
  EXPECT_EQ(signals_of(ends[1]), 0);
  EXPECT_OK(zx_handle_close_many(ends, 2));
}

TEST(object_signal_peer_changes_only_the_other_end) {
  make();
  EXPECT_OK(zx_object_signal_peer(ends[0], 0, ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_1));
  EXPECT_EQ(signals_of(ends[0]), 0);
  EXPECT_EQ(signals_of(ends[1]), ZX_EVENTPAIR_SIGNALED | ZX_USER_SIGNAL_1);
  EXPECT_OK(zx_object_signal_peer(ends[0], ZX_EVENTPAIR_SIGNALED, ZX_USER_SIGNAL_2));
  EXPECT_EQ(signals_of(ends[1]), ZX_USER_SIGNAL_1 | ZX_USER_SIGNAL_2);
  EXPECT_OK(zx_object_signal_peer(ends[0], 0, 0));
  EXPECT_OK(zx_handle_close_many(ends, 2));
}

TEST(object_signal_peer_rights_of_this_handle_decide) {
  make();
  zx_handle_t bare_peer = 0, mute = 0;
  EXPECT_OK(zx_handle_replace(ends[1], ZX_RIGHT_WAIT, &bare_peer));
  EXPECT_OK(zx_object_signal_peer(ends[0], 0, ZX_USER_SIGNAL_0));
  EXPECT_EQ(signals_of(bare_peer), ZX_USER_SIGNAL_0);
  EXPECT_STATUS(zx_object_signal_peer(bare_peer, 0, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_STATUS(zx_object_signal(bare_peer, 0, 1), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_replace(ends[0], ZX_RIGHT_SIGNAL, &mute));
  EXPECT_STATUS(zx_object_signal_peer(mute, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
  EXPECT_OK(zx_handle_close(bare_peer));
  EXPECT_OK(zx_handle_close(mute));
}

TEST(object_signal_eventpair_other_bits_invalid_args) {
  make();
  for (int bit = 0; bit < 24; bit++) {
    if (bit == 3) continue;
    EXPECT_STATUS(zx_object_signal(ends[0], 0, 1u << bit), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_signal(ends[0], 1u << bit, 0), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, 1u << bit), ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_object_signal_peer(ends[0], 1u << bit, 0), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(signals_of(ends[0]), 0);
  EXPECT_EQ(signals_of(ends[1]), 0);
  EXPECT_OK(zx_handle_close_many(ends, 2));
}

TEST(eventpair_peer_closed_keeps_user_signals) {
  make();
  EXPECT_OK(zx_object_signal(ends[0], 0, ZX_USER_SIGNAL_3 | ZX_EVENTPAIR_SIGNALED));
  EXPECT_OK(zx_handle_close(ends[1]));
  zx_signals_t observed = 0;
  EXPECT_OK(zx_object_wait_one(ends[0], ZX_EVENTPAIR_PEER_CLOSED, 0, &observed));
  EXPECT_EQ(observed, ZX_EVENTPAIR_PEER_CLOSED | ZX_USER_SIGNAL_3 | ZX_EVENTPAIR_SIGNALED);
  EXPECT_OK(zx_object_signal(ends[0], ZX_USER_SIGNAL_3, ZX_USER_SIGNAL_4));
  EXPECT_EQ(signals_of(ends[0]),
            ZX_EVENTPAIR_PEER_CLOSED | ZX_USER_SIGNAL_4 | ZX_EVENTPAIR_SIGNALED);
  EXPECT_OK(zx_handle_close(ends[0]));
}

TEST(object_signal_peer_widowed_peer_closed_after_mask) {
  make();
  EXPECT_OK(zx_handle_close(ends[1]));
  EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, ZX_USER_SIGNAL_0), ZX_ERR_PEER_CLOSED);
  EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, 0), ZX_ERR_PEER_CLOSED);
  EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, ZX_EVENTPAIR_PEER_CLOSED), ZX_ERR_INVALID_ARGS);
  EXPECT_OK(zx_handle_close(ends[0]));
}

TEST(eventpair_peer_closed_only_with_the_last_handle) {
  make();
  zx_handle_t copy = copy_of(ends[1], ZX_RIGHT_SAME_RIGHTS), fresh = 0;
  EXPECT_OK(zx_handle_close(ends[1]));
  EXPECT_EQ(signals_of(ends[0]), 0);
  EXPECT_OK(zx_handle_replace(copy, ZX_RIGHT_SAME_RIGHTS, &fresh));
  EXPECT_EQ(signals_of(ends[0]), 0);
  EXPECT_OK(zx_handle_close(fresh));
  EXPECT_EQ(signals_of(ends[0]), ZX_EVENTPAIR_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(ends[0]));
}

TEST(eventpair_peer_closed_wakes_thread_and_port) {
  make();
  zx_handle_t port = new_port();
  EXPECT_OK(zx_object_wait_async(ends[0], port, 3, ZX_EVENTPAIR_PEER_CLOSED, 0));
  EXPECT_OK(zx_object_wait_async(ends[1], port, 4, ZX_EVENTPAIR_PEER_CLOSED, 0));
  asleep_t waiter;
  begin_wait_one(&waiter, ends[0], ZX_EVENTPAIR_PEER_CLOSED);
  EXPECT_OK(zx_handle_close(ends[1]));
  asleep_join(&waiter);
  EXPECT_OK(waiter.status);
  EXPECT_EQ(waiter.observed, ZX_EVENTPAIR_PEER_CLOSED);
  zx_port_packet_t packet;
  EXPECT_OK(zx_port_wait(port, 0, &packet));
  EXPECT_EQ(packet.key, 3);
  EXPECT_STATUS(zx_port_wait(port, 0, &packet), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_handle_close(ends[0]));
  EXPECT_OK(zx_handle_close(port));
}

// {watched end, its peer, port}, in every order.
TEST(eventpair_and_port_closed_in_all_orders_ok) {
  const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (int i = 0; i < 6; i++) {
    make();
    zx_handle_t all[3] = {ends[0], ends[1], new_port()};
    EXPECT_OK(zx_object_wait_async(ends[0], all[2], 1, ZX_EVENTPAIR_PEER_CLOSED, 0));
    for (int j = 0; j < 3; j++) EXPECT_OK(zx_handle_close(all[orders[i][j]]));
  }
}

TEST(handle_close_many_same_end_twice_peers_see_it) {
  zx_handle_t one[2], two[2];
  EXPECT_OK(zx_eventpair_create(0, &one[0], &one[1]));
  EXPECT_OK(zx_eventpair_create(0, &two[0], &two[1]));
  zx_handle_t all[4] = {one[0], two[0], one[0], ZX_HANDLE_INVALID};
  EXPECT_STATUS(zx_handle_close_many(all, 4), ZX_ERR_BAD_HANDLE);
  EXPECT_OK(zx_object_wait_one(one[1], ZX_EVENTPAIR_PEER_CLOSED, 0, NULL));
  EXPECT_OK(zx_object_wait_one(two[1], ZX_EVENTPAIR_PEER_CLOSED, 0, NULL));
  EXPECT_OK(zx_handle_close(one[1]));
  EXPECT_OK(zx_handle_close(two[1]));
}

// What all objects with a peer have in common.
TEST(object_peers_related_koids_and_signals_of_the_survivor) {
  for (int kind = 0; kind < 4; kind++) {
    const char* names[] = {"channel", "socket", "fifo", "eventpair"};
    ztest_note = names[kind];
    if (kind == 0) EXPECT_OK(zx_channel_create(0, &ends[0], &ends[1]));
    if (kind == 1) EXPECT_OK(zx_socket_create(0, &ends[0], &ends[1]));
    if (kind == 2) EXPECT_OK(zx_fifo_create(4, 4, 0, &ends[0], &ends[1]));
    if (kind == 3) EXPECT_OK(zx_eventpair_create(0, &ends[0], &ends[1]));
    zx_info_handle_basic_t info = basic_info(ends[0]), other = basic_info(ends[1]);
    EXPECT_NE(info.koid, other.koid);
    EXPECT_EQ(info.related_koid, other.koid);
    EXPECT_EQ(other.related_koid, info.koid);
    EXPECT_OK(zx_object_signal_peer(ends[1], 0, ZX_USER_SIGNAL_3));
    EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, 1u << 1), ZX_ERR_INVALID_ARGS);
    EXPECT_OK(zx_handle_close(ends[1]));
    EXPECT_EQ(basic_info(ends[0]).related_koid, other.koid);
    EXPECT_EQ(signals_of(ends[0]), ZX_USER_SIGNAL_3 | ZX_EVENTPAIR_PEER_CLOSED);
    EXPECT_OK(zx_object_signal(ends[0], ZX_USER_SIGNAL_3, ZX_USER_SIGNAL_4));
    EXPECT_EQ(signals_of(ends[0]), ZX_USER_SIGNAL_4 | ZX_EVENTPAIR_PEER_CLOSED);
    EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, ZX_USER_SIGNAL_0), ZX_ERR_PEER_CLOSED);
    EXPECT_STATUS(zx_object_signal_peer(ends[0], 0, 1u << 1), ZX_ERR_INVALID_ARGS);
    zx_handle_t bare = ZX_HANDLE_INVALID;
    EXPECT_OK(zx_handle_replace(ends[0], ZX_RIGHT_WAIT, &bare));
    EXPECT_STATUS(zx_object_signal(bare, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
    EXPECT_STATUS(zx_object_signal_peer(bare, 0, ZX_USER_SIGNAL_0), ZX_ERR_ACCESS_DENIED);
    EXPECT_OK(zx_handle_close(bare));
  }
}

ZTEST_MAIN

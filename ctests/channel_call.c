// SPDX-License-Identifier: MIT
// Calls through channels (ipc.md, sections 2.8 and 7.5) and handles that
// travel (7.6).

#include "ztest.h"

#include "threads.h"

#define CALLS 20

static zx_handle_t l, r;

static void make(void) { EXPECT_OK(zx_channel_create(0, &l, &r)); }

static void unmake(void) {
  if (is_live(l)) EXPECT_OK(zx_handle_close(l));
  if (is_live(r)) EXPECT_OK(zx_handle_close(r));
}

typedef struct message {
  zx_txid_t txid;
  uint32_t value;
} message_t;

typedef struct caller {
  pthread_t thread;
  uint32_t value;
  zx_time_t deadline;
  zx_status_t status;
  message_t reply;
  uint32_t bytes, handles;
} caller_t;

static zx_status_t call(uint32_t value, zx_time_t deadline, message_t* reply, uint32_t room,
                        uint32_t* bytes, uint32_t* handles) {
  message_t request = {0x1234, value};
  zx_channel_call_args_t args = {
      .wr_bytes = &request, .wr_num_bytes = sizeof(request), .rd_bytes = reply, .rd_num_bytes = room};
  return zx_channel_call(l, 0, deadline, &args, bytes, handles);
}

static void* caller_main(void* argument) {
  caller_t* self = (caller_t*)argument;
  self->status = call(self->value, self->deadline, &self->reply, sizeof(self->reply), &self->bytes,
                      &self->handles);
  return NULL;
}

static void begin(caller_t* self, uint32_t value) {
  memset(self, 0, sizeof(*self));
  self->value = value;
  self->deadline = ZX_TIME_INFINITE;
  if (pthread_create(&self->thread, NULL, caller_main, self)) abort();
}

static message_t take(void) {
  message_t request = {0, 0};
  EXPECT_OK(zx_object_wait_one(r, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_channel_read(r, 0, &request, NULL, sizeof(request), 0, NULL, NULL));
  return request;
}

TEST(channel_call_replies_in_reverse_reach_callers) {
  make();
  static caller_t callers[CALLS];
  message_t requests[CALLS];
  for (uint32_t i = 0; i < CALLS; i++) begin(&callers[i], i);
  for (uint32_t i = 0; i < CALLS; i++) {
    requests[i] = take();
    EXPECT_TRUE(requests[i].txid & 0x80000000u);
    for (uint32_t j = 0; j < i; j++) EXPECT_NE(requests[i].txid, requests[j].txid);
  }
  message_t stray = {0xfffffff0u, 5};
  EXPECT_OK(zx_channel_write(r, 0, &stray, sizeof(stray), NULL, 0));
  EXPECT_OK(zx_channel_write(r, 0, "ab", 2, NULL, 0));
  for (int i = CALLS - 1; i >= 0; i--) {
    requests[i].value += 100;
    EXPECT_OK(zx_channel_write(r, 0, &requests[i], sizeof(message_t), NULL, 0));
  }
  for (uint32_t i = 0; i < CALLS; i++) {
    pthread_join(callers[i].thread, NULL);
    EXPECT_OK(callers[i].status);
    EXPECT_EQ(callers[i].reply.value, i + 100);
    EXPECT_EQ(callers[i].bytes, 8);
    EXPECT_EQ(callers[i].handles, 0);
  }
  message_t got;
  uint32_t size = 0;
  EXPECT_OK(zx_channel_read(l, 0, &got, NULL, 8, 0, &size, NULL));
  EXPECT_EQ(got.txid, stray.txid);
  EXPECT_OK(zx_channel_read(l, 0, &got, NULL, 8, 0, &size, NULL));
  EXPECT_EQ(size, 2);
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_call_past_deadline_timed_out) {
  make();
  message_t reply;
  uint32_t bytes, handles;
  EXPECT_STATUS(call(1, 0, &reply, 8, &bytes, &handles), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(call(2, ZX_TIME_INFINITE_PAST, &reply, 8, &bytes, &handles), ZX_ERR_TIMED_OUT);
  EXPECT_STATUS(call(3, zx_deadline_after(ZX_MSEC(2)), &reply, 8, &bytes, &handles),
                ZX_ERR_TIMED_OUT);
  message_t late = take();
  EXPECT_EQ(late.txid, 0x80000001u);
  EXPECT_EQ(take().value, 2);
  EXPECT_EQ(take().value, 3);
  EXPECT_OK(zx_channel_write(r, 0, &late, 8, NULL, 0));
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_READABLE | ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_call_short_request_invalid_args) {
  make();
  uint32_t bytes, handles;
  for (uint32_t size = 0; size < 4; size++) {
    zx_handle_t event = new_event();
    zx_channel_call_args_t args = {
        .wr_bytes = "abc", .wr_num_bytes = size, .wr_handles = &event, .wr_num_handles = 1};
    EXPECT_STATUS(zx_channel_call(l, 0, 0, &args, &bytes, &handles), ZX_ERR_INVALID_ARGS);
    EXPECT_FALSE(is_live(event));
  }
  EXPECT_STATUS(zx_channel_call(l, 0, 0, (zx_channel_call_args_t*)1, &bytes, &handles),
                ZX_ERR_INVALID_ARGS);
  zx_channel_call_args_t args = {.wr_bytes = "abcd", .wr_num_bytes = 4};
  EXPECT_STATUS(zx_channel_call(l, 42, 0, &args, &bytes, &handles), ZX_ERR_INVALID_ARGS);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_call_reply_too_large_buffer_too_small) {
  make();
  caller_t caller;
  begin(&caller, 1);
  message_t big[2] = {take(), {0, 0}};
  EXPECT_OK(zx_channel_write(r, 0, big, sizeof(big), NULL, 0));
  pthread_join(caller.thread, NULL);
  EXPECT_STATUS(caller.status, ZX_ERR_BUFFER_TOO_SMALL);
  EXPECT_EQ(caller.bytes, 0);
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_WRITABLE);
  unmake();
}

static void* null_actual_main(void* argument) {
  message_t reply;
  *(zx_status_t*)argument = call(1, ZX_TIME_INFINITE, &reply, sizeof(reply), NULL, NULL);
  return NULL;
}

TEST(channel_call_null_actual_invalid_args_after_reply) {
  make();
  pthread_t thread;
  zx_status_t status = ZX_OK;
  if (pthread_create(&thread, NULL, null_actual_main, &status)) abort();
  message_t request = take();
  EXPECT_OK(zx_channel_write(r, 0, &request, sizeof(request), NULL, 0));
  pthread_join(thread, NULL);
  EXPECT_STATUS(status, ZX_ERR_INVALID_ARGS);
  unmake();
}

TEST(channel_call_server_closes_peer_closed) {
  make();
  caller_t caller;
  begin(&caller, 1);
  take();
  EXPECT_OK(zx_handle_close(r));
  pthread_join(caller.thread, NULL);
  EXPECT_STATUS(caller.status, ZX_ERR_PEER_CLOSED);
  uint32_t bytes, handles;
  EXPECT_STATUS(call(1, ZX_TIME_INFINITE, NULL, 0, &bytes, &handles), ZX_ERR_PEER_CLOSED);
  unmake();
}

TEST(channel_call_own_handle_closed_canceled) {
  make();
  caller_t caller;
  begin(&caller, 1);
  take();
  EXPECT_OK(zx_handle_close(l));
  pthread_join(caller.thread, NULL);
  EXPECT_STATUS(caller.status, ZX_ERR_CANCELED);
  unmake();
}

TEST(channel_call_endpoint_travels_reply_arrives) {
  make();
  zx_handle_t carrier[2];
  EXPECT_OK(zx_channel_create(0, &carrier[0], &carrier[1]));
  caller_t caller;
  begin(&caller, 1);
  message_t request = take();
  EXPECT_OK(zx_channel_write(carrier[0], 0, NULL, 0, &l, 1));
  EXPECT_OK(zx_channel_read(carrier[1], 0, NULL, &l, 0, 1, NULL, NULL));
  EXPECT_OK(zx_channel_write(r, 0, &request, sizeof(request), NULL, 0));
  pthread_join(caller.thread, NULL);
  EXPECT_OK(caller.status);
  EXPECT_OK(zx_handle_close_many(carrier, 2));
  unmake();
}

TEST(channel_call_both_ends_at_once_requests_queued) {
  make();
  caller_t caller;
  begin(&caller, 1);
  EXPECT_OK(zx_object_wait_one(r, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  // The same transaction id as that of the waiting call, but a request.
  message_t mine = {0, 2}, got;
  uint32_t bytes, handles;
  zx_channel_call_args_t args = {.wr_bytes = &mine, .wr_num_bytes = 8};
  EXPECT_STATUS(zx_channel_call(r, 0, 0, &args, &bytes, &handles), ZX_ERR_TIMED_OUT);
  EXPECT_OK(zx_channel_read(l, 0, &got, NULL, 8, 0, NULL, NULL));
  EXPECT_EQ(got.txid, 0x80000001u);
  message_t request = take();
  EXPECT_OK(zx_channel_write(r, 0, &request, 8, NULL, 0));
  pthread_join(caller.thread, NULL);
  EXPECT_OK(caller.status);
  unmake();
}

static void* etc_server(void* argument) {
  (void)argument;
  message_t request;
  zx_handle_t handle;
  EXPECT_OK(zx_object_wait_one(r, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_channel_read(r, 0, &request, &handle, 8, 1, NULL, NULL));
  EXPECT_OK(zx_channel_write(r, 0, &request, 8, &handle, 1));
  return NULL;
}

TEST(channel_call_etc_handle_comes_back) {
  make();
  pthread_t server;
  if (pthread_create(&server, NULL, etc_server, NULL)) abort();
  zx_handle_disposition_t sent = {ZX_HANDLE_OP_MOVE, new_event(), ZX_OBJ_TYPE_EVENT,
                                  ZX_RIGHT_SAME_RIGHTS, ZX_OK};
  zx_handle_info_t got;
  message_t message = {0, 77};
  uint32_t bytes = 0, handles = 0;
  zx_channel_call_etc_args_t args = {&message, &sent, &message, &got, 8, 1, 8, 1};
  EXPECT_OK(zx_channel_call_etc(l, 0, ZX_TIME_INFINITE, &args, &bytes, &handles));
  pthread_join(server, NULL);
  EXPECT_EQ(bytes, 8);
  EXPECT_EQ(handles, 1);
  EXPECT_EQ(message.value, 77);
  EXPECT_EQ(got.type, ZX_OBJ_TYPE_EVENT);
  EXPECT_EQ(got.rights, ZX_DEFAULT_EVENT_RIGHTS);
  EXPECT_OK(zx_handle_close(got.handle));
  unmake();
}

TEST(channel_transfer_wait_blocked_until_read) {
  make();
  zx_handle_t event = new_event(), got = 0;
  asleep_t waiter;
  begin_wait_one(&waiter, event, ZX_USER_SIGNAL_0);
  EXPECT_OK(zx_channel_write(l, 0, NULL, 0, &event, 1));
  // What ends a wait has woken its thread when it returns.
  EXPECT_TRUE(ztest_asleep(waiter.tid));
  EXPECT_OK(zx_channel_read(r, 0, NULL, &got, 0, 1, NULL, NULL));
  asleep_join(&waiter);
  EXPECT_STATUS(waiter.status, ZX_ERR_CANCELED);
  EXPECT_OK(zx_handle_close(got));
  unmake();
}

ZTEST_MAIN

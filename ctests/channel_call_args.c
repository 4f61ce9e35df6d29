// SPDX-License-Identifier: MIT
// Arguments of zx_channel_call and zx_channel_call_etc: what is refused, when, and what becomes of the
// handles (ipc.md, sections 2.8, 2.9 and 7.5).

#include "ztest.h"

#include "threads.h"

#define ROOM 64u

static zx_handle_t l, r;

static void make(void) { EXPECT_OK(zx_channel_create(0, &l, &r)); }

static void unmake(void) {
  if (is_live(l)) EXPECT_OK(zx_handle_close(l));
  if (is_live(r)) EXPECT_OK(zx_handle_close(r));
}

// A call with room for any reply of these tests; a test changes what it is about.
typedef struct request {
  char text[ROOM], reply[ROOM];
  zx_handle_t sent[2], got[2];
  uint32_t options, bytes, handles;
  uint32_t *actual_bytes, *actual_handles;
  zx_channel_call_args_t args;
  zx_status_t status;
  pthread_t thread;
} request_t;

static void prepare(request_t* q, uint32_t size, uint32_t count) {
  memset(q, 0, sizeof(*q));
  memset(q->text, 'q', sizeof(q->text));
  for (uint32_t i = 0; i < count; i++) q->sent[i] = new_event();
  q->actual_bytes = &q->bytes;
  q->actual_handles = &q->handles;
  q->args = (zx_channel_call_args_t){.wr_bytes = q->text, .wr_handles = q->sent,
                                     .rd_bytes = q->reply, .rd_handles = q->got,
                                     .wr_num_bytes = size, .wr_num_handles = count,
                                     .rd_num_bytes = ROOM, .rd_num_handles = 2};
}

static void* run(void* argument) {
  request_t* q = (request_t*)argument;
  q->status = zx_channel_call(l, q->options, ZX_TIME_INFINITE, &q->args, q->actual_bytes,
                              q->actual_handles);
  return NULL;
}

static void begin(request_t* q) {
  if (pthread_create(&q->thread, NULL, run, q)) abort();
}

static void end(request_t* q) { pthread_join(q->thread, NULL); }

// Sends what comes back, handles included, with so many bytes.
static void echo(uint32_t size) {
  char text[ROOM];
  zx_handle_t handles[2];
  uint32_t bytes = 0, count = 0;
  EXPECT_OK(zx_object_wait_one(r, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_channel_read(r, 0, text, handles, ROOM, 2, &bytes, &count));
  EXPECT_OK(zx_channel_write(r, 0, text, size ? size : bytes, handles, count));
}

static void expect_usable(void) {
  request_t q;
  prepare(&q, 8, 0);
  begin(&q);
  echo(0);
  end(&q);
  EXPECT_OK(q.status);
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_WRITABLE);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
}

static void expect_consumed(const request_t* q) {
  for (uint32_t i = 0; i < q->args.wr_num_handles; i++) EXPECT_FALSE(is_live(q->sent[i]));
}

TEST(channel_call_sizes_echoed) {
  make();
  for (uint32_t size = 4; size <= ROOM; size++) {
    request_t q;
    prepare(&q, size, 0);
    begin(&q);
    echo(0);
    end(&q);
    EXPECT_OK(q.status);
    EXPECT_EQ(q.bytes, size);
    EXPECT_BYTES(q.reply + 4, q.text + 4, size - 4);
    EXPECT_TRUE(q.reply[3] & 0x80);
    EXPECT_EQ(q.text[0], 'q');  // the id goes into the copy only
  }
  unmake();
}

TEST(channel_call_reply_exactly_fits_or_not_by_one) {
  make();
  for (int i = 0; i < 3; i++) {
    request_t q;
    prepare(&q, 16, 2);
    q.args.rd_num_bytes = i == 1 ? 15 : 16;
    q.args.rd_num_handles = i == 2 ? 1 : 2;
    zx_koid_t koid = basic_info(q.sent[0]).koid;
    begin(&q);
    echo(0);
    end(&q);
    expect_consumed(&q);
    EXPECT_STATUS(q.status, i ? ZX_ERR_BUFFER_TOO_SMALL : ZX_OK);
    EXPECT_EQ(q.bytes, i ? 0 : 16);
    EXPECT_EQ(q.handles, i ? 0 : 2);
    if (i == 0) {
      EXPECT_EQ(basic_info(q.got[0]).koid, koid);
      EXPECT_OK(zx_handle_close_many(q.got, 2));
    }
    expect_usable();
  }
  unmake();
}

TEST(channel_call_bad_reply_pointers_invalid_args) {
  make();
  zx_handle_t event = new_event();
  void* bad;
  for (int i = 0; ztest_bad_write(i, 8, &bad); i++)
    for (int which = 0; which < 4; which++) {
      request_t q;
      prepare(&q, 16, 1);
      EXPECT_OK(zx_handle_close(q.sent[0]));
      q.sent[0] = copy_of(event, ZX_RIGHT_SAME_RIGHTS);
      if (which == 0) q.args.rd_bytes = bad;
      if (which == 1) q.args.rd_handles = (zx_handle_t*)((char*)bad + 4);
      if (which == 2) q.actual_bytes = (uint32_t*)((char*)bad + 4);
      if (which == 3) q.actual_handles = (uint32_t*)((char*)bad + 4);
      begin(&q);
      echo(0);  // seen and answered
      end(&q);
      EXPECT_STATUS(q.status, ZX_ERR_INVALID_ARGS);
      EXPECT_EQ(handle_count(event), 1);
    }
  expect_usable();
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_call_null_actuals_invalid_args_after_the_answer) {
  make();
  for (int which = 0; which < 2; which++) {
    request_t q;
    prepare(&q, 16, 0);
    if (which) q.actual_handles = NULL; else q.actual_bytes = NULL;
    begin(&q);
    echo(0);
    end(&q);
    EXPECT_STATUS(q.status, ZX_ERR_INVALID_ARGS);
  }
  expect_usable();
  unmake();
}

TEST(channel_call_bad_request_pointers_invalid_args) {
  make();
  void* bad;
  for (int i = 0; ztest_bad_read(i, 16, &bad); i++) {
    request_t q;
    prepare(&q, 16, 1);
    q.args.wr_bytes = bad;
    run(&q);
    EXPECT_STATUS(q.status, ZX_ERR_INVALID_ARGS);
    expect_consumed(&q);
    prepare(&q, 16, 0);
    q.args.wr_handles = (zx_handle_t*)bad;
    q.args.wr_num_handles = 4;
    run(&q);
    EXPECT_STATUS(q.status, ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_channel_call(l, 0, 0, (zx_channel_call_args_t*)bad, &q.bytes, &q.handles),
                  ZX_ERR_INVALID_ARGS);
    EXPECT_STATUS(zx_channel_call_etc(l, 0, 0, (zx_channel_call_etc_args_t*)bad, &q.bytes,
                                      &q.handles), ZX_ERR_INVALID_ARGS);
  }
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

TEST(channel_call_refused_handles_consumed) {
  make();
  zx_handle_t event = new_event(), whole = l, other = ZX_HANDLE_INVALID;
  const uint32_t options[] = {42, 0xff, 1};
  for (int i = 0; i < 3; i++) {
    request_t q;
    prepare(&q, 16, 2);
    q.options = options[i];
    run(&q);
    EXPECT_STATUS(q.status, ZX_ERR_INVALID_ARGS);
    expect_consumed(&q);
  }
  request_t q;
  prepare(&q, 16, 2);
  l = event;
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_WRONG_TYPE);
  expect_consumed(&q);
  prepare(&q, 16, 2);
  l = stale_handle();
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_BAD_HANDLE);
  expect_consumed(&q);
  l = whole;
  prepare(&q, 16, 2);
  EXPECT_OK(zx_handle_close(q.sent[1]));
  q.sent[1] = copy_of(event, ZX_RIGHT_WAIT);
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_ACCESS_DENIED);
  expect_consumed(&q);
  prepare(&q, 16, 2);
  EXPECT_OK(zx_handle_close(q.sent[1]));
  q.sent[1] = q.sent[0];
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_BAD_HANDLE);
  expect_consumed(&q);
  prepare(&q, 16, 2);
  q.args.wr_num_bytes = 65537;
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_OUT_OF_RANGE);
  expect_consumed(&q);
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  for (int i = 0; i < 2; i++) {
    const zx_rights_t all = ZX_DEFAULT_CHANNEL_RIGHTS;
    EXPECT_OK(zx_channel_create(0, &whole, &other));
    EXPECT_OK(zx_handle_close(l));
    EXPECT_OK(zx_handle_replace(whole, all & ~(i ? ZX_RIGHT_READ : ZX_RIGHT_WRITE), &l));
    prepare(&q, 16, 2);
    run(&q);
    EXPECT_STATUS(q.status, ZX_ERR_ACCESS_DENIED);
    expect_consumed(&q);
    EXPECT_OK(zx_handle_close(other));
  }
  EXPECT_OK(zx_handle_close(event));
  unmake();
}

TEST(channel_call_own_handle_sent_not_supported) {
  make();
  request_t q;
  prepare(&q, 16, 0);
  q.sent[0] = l;
  q.args.wr_num_handles = 1;
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_NOT_SUPPORTED);
  EXPECT_FALSE(is_live(l));
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_PEER_CLOSED);
  unmake();
}

TEST(channel_call_peer_closed_handles_consumed) {
  make();
  EXPECT_OK(zx_handle_close(r));
  for (int i = 0; i < 2; i++) {
    request_t q;
    prepare(&q, 16, 2);
    run(&q);
    EXPECT_STATUS(q.status, ZX_ERR_PEER_CLOSED);
    expect_consumed(&q);
  }
  unmake();
}

// Payloads too short for an id, and ids of nobody, are queued while a call waits.
TEST(channel_call_short_messages_queued_meanwhile) {
  make();
  request_t q;
  char text[ROOM];
  prepare(&q, 8, 0);
  begin(&q);
  EXPECT_OK(zx_object_wait_one(r, ZX_CHANNEL_READABLE, ZX_TIME_INFINITE, NULL));
  EXPECT_OK(zx_channel_read(r, 0, text, NULL, ROOM, 0, NULL, NULL));
  for (uint32_t size = 0; size < 4; size++)
    EXPECT_OK(zx_channel_write(r, 0, text, size, NULL, 0));
  const uint32_t zero = 0;
  EXPECT_OK(zx_channel_write(r, 0, &zero, 4, NULL, 0));
  EXPECT_EQ(signals_of(l), ZX_CHANNEL_READABLE | ZX_CHANNEL_WRITABLE);
  EXPECT_OK(zx_channel_write(r, 0, text, 8, NULL, 0));
  end(&q);
  EXPECT_OK(q.status);
  for (uint32_t size = 0; size < 5; size++) {
    uint32_t actual = 99;
    EXPECT_OK(zx_channel_read(l, 0, text, NULL, ROOM, 0, &actual, NULL));
    EXPECT_EQ(actual, size);
  }
  unmake();
}

TEST(channel_call_iovec_ok) {
  make();
  request_t q;
  zx_channel_iovec_t slices[3] = {{"ab", 2, 0}, {NULL, 0, 0}, {"cdef", 4, 0}};
  prepare(&q, 3, 0);
  q.options = ZX_CHANNEL_WRITE_USE_IOVEC;
  q.args.wr_bytes = slices;
  begin(&q);
  echo(0);
  end(&q);
  EXPECT_OK(q.status);
  EXPECT_EQ(q.bytes, 6);
  EXPECT_BYTES(q.reply + 4, "ef", 2);
  slices[2].capacity = 1;  // three bytes in all
  run(&q);
  EXPECT_STATUS(q.status, ZX_ERR_INVALID_ARGS);
  unmake();
}

TEST(channel_call_etc_refused) {
  make();
  uint32_t bytes = 0, handles = 0;
  zx_handle_disposition_t d[2];
  for (uint32_t size = 0; size <= 4; size++) {
    d[0] = (zx_handle_disposition_t){ZX_HANDLE_OP_MOVE, new_event(), ZX_OBJ_TYPE_NONE,
                                     ZX_RIGHT_SAME_RIGHTS, 7};
    d[1] = (zx_handle_disposition_t){ZX_HANDLE_OP_DUPLICATE, new_event(), ZX_OBJ_TYPE_VMO,
                                     ZX_RIGHT_SAME_RIGHTS, 7};
    zx_channel_call_etc_args_t args = {.wr_bytes = "abcd", .wr_num_bytes = size, .wr_handles = d,
                                       .wr_num_handles = 2};
    EXPECT_STATUS(zx_channel_call_etc(l, 0, ZX_TIME_INFINITE, &args, &bytes, &handles),
                  size < 4 ? ZX_ERR_INVALID_ARGS : ZX_ERR_WRONG_TYPE);
    EXPECT_EQ(d[0].result, 7);
    EXPECT_STATUS(d[1].result, size < 4 ? 7 : ZX_ERR_WRONG_TYPE);
    EXPECT_FALSE(is_live(d[0].handle));
    EXPECT_OK(zx_handle_close(d[1].handle));
  }
  EXPECT_EQ(signals_of(r), ZX_CHANNEL_WRITABLE);
  unmake();
}

ZTEST_MAIN

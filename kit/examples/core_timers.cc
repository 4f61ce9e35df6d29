// SPDX-License-Identifier: MIT
// A test of kernel objects in the manner of the core tests of 2019.
#include <fbl/algorithm.h>
#include <fbl/auto_call.h>
#include <fbl/vector.h>
#include <lib/zx/event.h>
#include <lib/zx/port.h>
#include <lib/zx/timer.h>
#include <threads.h>
#include <zircon/threads.h>
#include <zxtest/zxtest.h>

namespace {

constexpr zx::duration kSpans[] = {zx::msec(0), zx::msec(5), zx::msec(10)};

TEST(Timers, FireInOrder) {
  zx::port port;
  ASSERT_OK(zx::port::create(0, &port));
  fbl::Vector<zx::timer> timers;
  const zx::time begun = zx::clock::get_monotonic();
  for (size_t i = fbl::count_of(kSpans); i > 0; i--) {
    zx::timer timer;
    ASSERT_OK(zx::timer::create(0, ZX_CLOCK_MONOTONIC, &timer));
    ASSERT_OK(timer.wait_async(port, i, ZX_TIMER_SIGNALED, 0));
    ASSERT_OK(timer.set(begun + kSpans[i - 1], zx::duration()));
    timers.push_back(std::move(timer));
  }
  for (size_t i = 1; i <= fbl::count_of(kSpans); i++) {
    zx_port_packet_t packet = {};
    ASSERT_OK(port.wait(zx::deadline_after(zx::sec(10)), &packet));
    EXPECT_EQ(packet.key, i);
    EXPECT_GE(zx::clock::get_monotonic(), begun + kSpans[i - 1]);
  }
}

int WaitForever(void* argument) {
  return static_cast<zx::event*>(argument)->wait_one(ZX_EVENT_SIGNALED, zx::time::infinite(),
                                                    nullptr);
}

TEST(Timers, ClosingTheHandleEndsTheWait) {
  zx::event event;
  ASSERT_OK(zx::event::create(0, &event));
  zx::event copy;
  ASSERT_OK(event.duplicate(ZX_RIGHT_SAME_RIGHTS, &copy));
  thrd_t thread;
  ASSERT_EQ(thrd_create_with_name(&thread, WaitForever, &copy, "waiter"), thrd_success);
  auto join = fbl::MakeAutoCall([&] {
    int result = 0;
    EXPECT_EQ(thrd_join(thread, &result), thrd_success);
    EXPECT_STATUS(result, ZX_ERR_CANCELED);
  });
  zx_info_thread_t info = {};
  do {
    ASSERT_OK(zx_object_get_info(thrd_get_zx_handle(thread), ZX_INFO_THREAD, &info, sizeof(info),
                                 nullptr, nullptr));
  } while (info.state != ZX_THREAD_STATE_BLOCKED_WAIT_ONE);
  copy.reset();
}

}  // namespace

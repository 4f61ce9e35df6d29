// SPDX-License-Identifier: MIT
// The loop: tasks, waits, quitting and shutting down, and bell traps.
#include <lib/async-loop/cpp/loop.h>
#include <lib/async-loop/default.h>
#include <lib/async/cpp/receiver.h>
#include <lib/async/cpp/task.h>
#include <lib/async/cpp/time.h>
#include <lib/async/cpp/trap.h>
#include <lib/async/cpp/wait.h>
#include <lib/zx/event.h>
#include <zxtest/zxtest.h>

#include <atomic>
#include <string>

namespace {

TEST(Loop, TasksRunInOrderOfTheirTimes) {
  async::Loop loop(&kAsyncLoopConfigNoAttachToCurrentThread);
  std::string order;
  ASSERT_OK(async::PostDelayedTask(loop.dispatcher(), [&] { order += "3"; loop.Quit(); },
                                   zx::msec(20)));
  ASSERT_OK(async::PostDelayedTask(loop.dispatcher(), [&] { order += "2"; }, zx::msec(5)));
  ASSERT_OK(async::PostTask(loop.dispatcher(), [&] { order += "1"; }));
  EXPECT_STATUS(loop.Run(), ZX_ERR_CANCELED);
  EXPECT_STR_EQ(order, "123");
  EXPECT_EQ(loop.GetState(), ASYNC_LOOP_QUIT);
  EXPECT_OK(loop.ResetQuit());
  EXPECT_OK(loop.RunUntilIdle());
  EXPECT_STATUS(loop.Run(zx::deadline_after(zx::msec(1))), ZX_ERR_TIMED_OUT);
}

TEST(Loop, CancelledTasksDoNotRun) {
  async::Loop loop(&kAsyncLoopConfigAttachToCurrentThread);
  EXPECT_EQ(async_get_default_dispatcher(), loop.dispatcher());
  int runs = 0;
  async::TaskClosure task([&] { runs++; });
  ASSERT_OK(task.Post(loop.dispatcher()));
  EXPECT_STATUS(task.Post(loop.dispatcher()), ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(task.Cancel());
  EXPECT_STATUS(task.Cancel(), ZX_ERR_NOT_FOUND);
  {
    async::TaskClosure gone([&] { runs++; });
    ASSERT_OK(gone.Post(loop.dispatcher()));
  }
  EXPECT_OK(loop.RunUntilIdle());
  EXPECT_EQ(runs, 0);
}

TEST(Loop, WaitFiresOnce) {
  async::Loop loop(&kAsyncLoopConfigNoAttachToCurrentThread);
  zx::event event;
  ASSERT_OK(zx::event::create(0, &event));
  int fired = 0;
  async::Wait wait(event.get(), ZX_USER_SIGNAL_0, 0,
                   [&](async_dispatcher_t*, async::Wait*, zx_status_t status,
                       const zx_packet_signal_t* signal) {
                     EXPECT_OK(status);
                     EXPECT_TRUE(signal->observed & ZX_USER_SIGNAL_0);
                     fired++;
                   });
  ASSERT_OK(wait.Begin(loop.dispatcher()));
  EXPECT_STATUS(wait.Begin(loop.dispatcher()), ZX_ERR_ALREADY_EXISTS);
  EXPECT_OK(loop.RunUntilIdle());
  EXPECT_EQ(fired, 0);
  ASSERT_OK(event.signal(0, ZX_USER_SIGNAL_0));
  EXPECT_OK(loop.RunUntilIdle());
  EXPECT_OK(loop.RunUntilIdle());
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(wait.is_pending());
  EXPECT_STATUS(wait.Cancel(), ZX_ERR_NOT_FOUND);
}

TEST(Loop, ShutdownCancelsWhatIsPending) {
  async::Loop loop(&kAsyncLoopConfigNoAttachToCurrentThread);
  zx::event event;
  ASSERT_OK(zx::event::create(0, &event));
  std::vector<zx_status_t> seen;
  async::Wait wait(event.get(), ZX_USER_SIGNAL_0, 0,
                   [&](async_dispatcher_t*, async::Wait*, zx_status_t status,
                       const zx_packet_signal_t*) { seen.push_back(status); });
  ASSERT_OK(wait.Begin(loop.dispatcher()));
  async::Task task([&](async_dispatcher_t*, async::Task*, zx_status_t status) {
    seen.push_back(status);
  });
  ASSERT_OK(task.PostDelayed(loop.dispatcher(), zx::hour(1)));
  loop.Shutdown();
  ASSERT_EQ(seen.size(), 2);
  EXPECT_EQ(seen[0], ZX_ERR_CANCELED);
  EXPECT_EQ(seen[1], ZX_ERR_CANCELED);
  EXPECT_STATUS(loop.Run(), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(wait.Begin(loop.dispatcher()), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(async::PostTask(loop.dispatcher(), [] {}), ZX_ERR_BAD_STATE);
  EXPECT_STATUS(loop.ResetQuit(), ZX_ERR_BAD_STATE);
}

TEST(Loop, TwoThreads) {
  async::Loop loop(&kAsyncLoopConfigNoAttachToCurrentThread);
  ASSERT_OK(loop.StartThread("one"));
  ASSERT_OK(loop.StartThread("two"));
  std::atomic<int> runs{0};
  for (int i = 0; i < 100; i++) {
    ASSERT_OK(async::PostTask(loop.dispatcher(), [&] {
      if (++runs == 100) {
        loop.Quit();
      }
    }));
  }
  loop.JoinThreads();
  EXPECT_EQ(runs, 100);
}

TEST(Loop, Receiver) {
  async::Loop loop(&kAsyncLoopConfigNoAttachToCurrentThread);
  uint64_t got = 0;
  async::Receiver receiver([&](async_dispatcher_t*, async::Receiver*, zx_status_t,
                               const zx_packet_user_t* data) { got = data->u64[0]; });
  zx_packet_user_t data = {};
  data.u64[0] = 77;
  ASSERT_OK(receiver.QueuePacket(loop.dispatcher(), &data));
  EXPECT_OK(loop.RunUntilIdle());
  EXPECT_EQ(got, 77);
}

}  // namespace

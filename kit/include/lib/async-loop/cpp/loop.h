// SPDX-License-Identifier: MIT
// async::Loop: a dispatcher on a port.
#ifndef LIB_ASYNC_LOOP_CPP_LOOP_H_
#define LIB_ASYNC_LOOP_CPP_LOOP_H_

#include <lib/async-loop/default.h>
#include <lib/async-loop/loop.h>
#include <lib/async/dispatcher.h>
#include <lib/zx/time.h>
#include <threads.h>

#include <memory>

namespace async {

class Loop {
 public:
  explicit Loop(const async_loop_config_t* config);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Shuts the loop down.
  ~Loop();

  async_dispatcher_t* dispatcher() const;

  // Calls handlers on this thread. ZX_ERR_TIMED_OUT at the deadline, ZX_ERR_CANCELED after Quit,
  // ZX_ERR_BAD_STATE after Shutdown; ZX_OK only after one handler, if `once`.
  zx_status_t Run(zx::time deadline = zx::time::infinite(), bool once = false);

  // Calls the handlers for which it is time, and returns ZX_OK when there are no more.
  zx_status_t RunUntilIdle();

  void Quit();
  // Lets the loop run again; ZX_ERR_BAD_STATE while threads run it, and after Shutdown.
  zx_status_t ResetQuit();
  // Ends the loop: waits for its threads, then calls what is pending with ZX_ERR_CANCELED.
  void Shutdown();
  async_loop_state_t GetState() const;

  zx_status_t StartThread(const char* name = nullptr, thrd_t* out_thread = nullptr);
  // Waits for the threads that StartThread made; Quit comes first.
  void JoinThreads();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace async

#endif  // LIB_ASYNC_LOOP_CPP_LOOP_H_

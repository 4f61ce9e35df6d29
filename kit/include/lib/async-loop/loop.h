// SPDX-License-Identifier: MIT
// How a loop is to be made.
#ifndef LIB_ASYNC_LOOP_LOOP_H_
#define LIB_ASYNC_LOOP_LOOP_H_

#include <lib/async/dispatcher.h>
#include <stdbool.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

typedef struct async_loop_config {
  // Whether the loop becomes the default dispatcher of the thread that makes it.
  bool make_default_for_current_thread;
} async_loop_config_t;

extern const async_loop_config_t kAsyncLoopConfigAttachToCurrentThread;
extern const async_loop_config_t kAsyncLoopConfigNoAttachToCurrentThread;

typedef enum async_loop_state {
  ASYNC_LOOP_RUNNABLE = 0,
  ASYNC_LOOP_QUIT = 1,
  ASYNC_LOOP_SHUTDOWN = 2,
} async_loop_state_t;

__END_CDECLS

#endif  // LIB_ASYNC_LOOP_LOOP_H_

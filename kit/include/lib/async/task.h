// SPDX-License-Identifier: MIT
// Tasks: handlers that are called at points in time.
#ifndef LIB_ASYNC_TASK_H_
#define LIB_ASYNC_TASK_H_

#include <lib/async/dispatcher.h>

__BEGIN_CDECLS

typedef void(async_task_handler_t)(async_dispatcher_t* dispatcher, async_task_t* task,
                                   zx_status_t status);

struct async_task {
  async_state_t state;
  async_task_handler_t* handler;
  zx_time_t deadline;
};

static inline zx_status_t async_post_task(async_dispatcher_t* dispatcher, async_task_t* task) {
  return dispatcher->ops->v1.post_task(dispatcher, task);
}

// ZX_ERR_NOT_FOUND if it is not pending.
static inline zx_status_t async_cancel_task(async_dispatcher_t* dispatcher, async_task_t* task) {
  return dispatcher->ops->v1.cancel_task(dispatcher, task);
}

__END_CDECLS

#endif  // LIB_ASYNC_TASK_H_

// SPDX-License-Identifier: MIT
// Waiting for signals, once.
#ifndef LIB_ASYNC_WAIT_H_
#define LIB_ASYNC_WAIT_H_

#include <lib/async/dispatcher.h>

__BEGIN_CDECLS

typedef void(async_wait_handler_t)(async_dispatcher_t* dispatcher, async_wait_t* wait,
                                   zx_status_t status, const zx_packet_signal_t* signal);

struct async_wait {
  async_state_t state;
  async_wait_handler_t* handler;
  zx_handle_t object;
  zx_signals_t trigger;
  uint32_t options;
};

// ZX_ERR_BAD_STATE after shutdown.
static inline zx_status_t async_begin_wait(async_dispatcher_t* dispatcher, async_wait_t* wait) {
  return dispatcher->ops->v1.begin_wait(dispatcher, wait);
}

// ZX_ERR_NOT_FOUND if it is not pending.
static inline zx_status_t async_cancel_wait(async_dispatcher_t* dispatcher, async_wait_t* wait) {
  return dispatcher->ops->v1.cancel_wait(dispatcher, wait);
}

__END_CDECLS

#endif  // LIB_ASYNC_WAIT_H_

// SPDX-License-Identifier: MIT
// Packets of the program's own.
#ifndef LIB_ASYNC_RECEIVER_H_
#define LIB_ASYNC_RECEIVER_H_

#include <lib/async/dispatcher.h>

__BEGIN_CDECLS

typedef void(async_receiver_handler_t)(async_dispatcher_t* dispatcher,
                                       async_receiver_t* receiver, zx_status_t status,
                                       const zx_packet_user_t* data);

struct async_receiver {
  async_state_t state;
  async_receiver_handler_t* handler;
};

static inline zx_status_t async_queue_packet(async_dispatcher_t* dispatcher,
                                             async_receiver_t* receiver,
                                             const zx_packet_user_t* data) {
  return dispatcher->ops->v1.queue_packet(dispatcher, receiver, data);
}

__END_CDECLS

#endif  // LIB_ASYNC_RECEIVER_H_

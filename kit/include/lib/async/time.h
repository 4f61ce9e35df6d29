// SPDX-License-Identifier: MIT
// The time of a dispatcher.
#ifndef LIB_ASYNC_TIME_H_
#define LIB_ASYNC_TIME_H_

#include <lib/async/dispatcher.h>

__BEGIN_CDECLS

static inline zx_time_t async_now(async_dispatcher_t* dispatcher) {
  return dispatcher->ops->v1.now(dispatcher);
}

__END_CDECLS

#endif  // LIB_ASYNC_TIME_H_

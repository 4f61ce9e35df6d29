// SPDX-License-Identifier: MIT
// A dispatcher: calls handlers when something happens.
#ifndef LIB_ASYNC_DISPATCHER_H_
#define LIB_ASYNC_DISPATCHER_H_

#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef struct async_dispatcher async_dispatcher_t;
typedef struct async_wait async_wait_t;
typedef struct async_task async_task_t;
typedef struct async_receiver async_receiver_t;
typedef struct async_guest_bell_trap async_guest_bell_trap_t;

// The dispatcher's own part of what it is asked for; all zeros at first.
typedef struct async_state {
  uintptr_t reserved[2];
} async_state_t;

#define ASYNC_STATE_INIT \
  {                      \
    { 0, 0 }             \
  }

typedef uint32_t async_ops_version_t;
#define ASYNC_OPS_V1 ((async_ops_version_t)1)

// What a dispatcher can do.
typedef struct async_ops {
  async_ops_version_t version;
  uint32_t reserved;
  struct v1 {
    zx_time_t (*now)(async_dispatcher_t* dispatcher);
    zx_status_t (*begin_wait)(async_dispatcher_t* dispatcher, async_wait_t* wait);
    zx_status_t (*cancel_wait)(async_dispatcher_t* dispatcher, async_wait_t* wait);
    zx_status_t (*post_task)(async_dispatcher_t* dispatcher, async_task_t* task);
    zx_status_t (*cancel_task)(async_dispatcher_t* dispatcher, async_task_t* task);
    zx_status_t (*queue_packet)(async_dispatcher_t* dispatcher, async_receiver_t* receiver,
                                const zx_packet_user_t* data);
    zx_status_t (*set_guest_bell_trap)(async_dispatcher_t* dispatcher,
                                       async_guest_bell_trap_t* trap, zx_handle_t guest,
                                       zx_vaddr_t addr, size_t length);
  } v1;
} async_ops_t;

struct async_dispatcher {
  const async_ops_t* ops;
};

__END_CDECLS

#endif  // LIB_ASYNC_DISPATCHER_H_

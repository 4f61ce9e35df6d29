// SPDX-License-Identifier: MIT
// Bell traps of guests.
#ifndef LIB_ASYNC_TRAP_H_
#define LIB_ASYNC_TRAP_H_

#include <lib/async/dispatcher.h>

__BEGIN_CDECLS

typedef void(async_guest_bell_trap_handler_t)(async_dispatcher_t* dispatcher,
                                              async_guest_bell_trap_t* trap, zx_status_t status,
                                              const zx_packet_guest_bell_t* bell);

struct async_guest_bell_trap {
  async_state_t state;
  async_guest_bell_trap_handler_t* handler;
};

static inline zx_status_t async_set_guest_bell_trap(async_dispatcher_t* dispatcher,
                                                    async_guest_bell_trap_t* trap,
                                                    zx_handle_t guest, zx_vaddr_t addr,
                                                    size_t length) {
  return dispatcher->ops->v1.set_guest_bell_trap(dispatcher, trap, guest, addr, length);
}

__END_CDECLS

#endif  // LIB_ASYNC_TRAP_H_

// SPDX-License-Identifier: MIT
// What libzx offers beyond the system calls.

#ifndef LIBZX_LIBZX_H_
#define LIBZX_LIBZX_H_

#include <stdbool.h>
#include <stddef.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

__BEGIN_CDECLS

@@functions libzx_* get_root_resource@@

__END_CDECLS

#endif  // LIBZX_LIBZX_H_

// SPDX-License-Identifier: MIT
// What libzx offers beyond the system calls.

#ifndef LIBZX_LIBZX_H_
#define LIBZX_LIBZX_H_

#include <stdbool.h>
#include <stddef.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

// The version of these headers; that of the library is libzx_version().
@@version@@

@@types libzx@@

__BEGIN_CDECLS

@@functions libzx_* get_root_resource@@

__END_CDECLS

#endif  // LIBZX_LIBZX_H_

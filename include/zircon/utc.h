// SPDX-License-Identifier: MIT
// The UTC clock of the process.

#ifndef LIBZX_ZIRCON_UTC_H_
#define LIBZX_ZIRCON_UTC_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/types.h>

__BEGIN_CDECLS


__END_CDECLS

#endif  // LIBZX_ZIRCON_UTC_H_

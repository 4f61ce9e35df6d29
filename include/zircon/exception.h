// SPDX-License-Identifier: MIT
// Names of exception types.

#ifndef LIBZX_ZIRCON_EXCEPTION_H_
#define LIBZX_ZIRCON_EXCEPTION_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/syscalls/exception.h>

__BEGIN_CDECLS


__END_CDECLS

#endif  // LIBZX_ZIRCON_EXCEPTION_H_

// SPDX-License-Identifier: MIT
// Names of exception types.

#ifndef LIBZX_ZIRCON_EXCEPTION_H_
#define LIBZX_ZIRCON_EXCEPTION_H_

#include <zircon/syscalls/exception.h>

__BEGIN_CDECLS

@@functions zx_exception_get_string@@

__END_CDECLS

#endif  // LIBZX_ZIRCON_EXCEPTION_H_

// SPDX-License-Identifier: MIT
// Names of exception types.

#ifndef LIBZX_ZIRCON_EXCEPTION_H_
#define LIBZX_ZIRCON_EXCEPTION_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/syscalls/exception.h>

__BEGIN_CDECLS

/// What an exception's type is called in words, such as fatal page fault, or unknown; a static
/// string, never NULL.
///
///   exception: the type
const char *zx_exception_get_string(zx_excp_type_t exception);

const char *_zx_exception_get_string(zx_excp_type_t exception);

__END_CDECLS

#endif  // LIBZX_ZIRCON_EXCEPTION_H_

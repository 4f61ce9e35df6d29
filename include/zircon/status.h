// SPDX-License-Identifier: MIT
// Names of status codes.

#ifndef LIBZX_ZIRCON_STATUS_H_
#define LIBZX_ZIRCON_STATUS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/types.h>

__BEGIN_CDECLS

/// The name of a status value as its macro is spelled, or (UNKNOWN); a static string, never
/// NULL.
///
///   status: the status
const char *zx_status_get_string(zx_status_t status);

const char *_zx_status_get_string(zx_status_t status);

__END_CDECLS

#endif  // LIBZX_ZIRCON_STATUS_H_

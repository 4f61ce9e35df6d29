// SPDX-License-Identifier: MIT
// The UTC clock of the process.

#ifndef LIBZX_ZIRCON_UTC_H_
#define LIBZX_ZIRCON_UTC_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/types.h>

__BEGIN_CDECLS

/// A borrowed handle of the process's UTC clock, or 0 when there is none: never close it. The
/// first clock is set from Linux's time of day when this is first called.
zx_handle_t zx_utc_reference_get(void);

zx_handle_t _zx_utc_reference_get(void);

/// Installs another UTC clock for the process. When it fails the old clock stays, and the
/// output is 0 if it can be written.
///
///   new_utc_reference (clock, ZX_RIGHT_READ, consumed, optional): the clock; 0 leaves the
///       process without one
///   prev_utc_reference_out (out, clock): gets the handle of the clock before, or 0
///
/// Errors, in the order of the checks:
///   ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_ERR_ACCESS_DENIED: new_utc_reference
///   ZX_ERR_INVALID_ARGS: prev_utc_reference_out cannot be written
zx_status_t zx_utc_reference_swap(zx_handle_t new_utc_reference,
                                  zx_handle_t *prev_utc_reference_out);

zx_status_t _zx_utc_reference_swap(zx_handle_t new_utc_reference,
                                   zx_handle_t *prev_utc_reference_out);

__END_CDECLS

#endif  // LIBZX_ZIRCON_UTC_H_

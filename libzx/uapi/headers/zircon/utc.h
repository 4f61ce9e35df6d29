// SPDX-License-Identifier: MIT
// The UTC clock of the process.

#ifndef LIBZX_ZIRCON_UTC_H_
#define LIBZX_ZIRCON_UTC_H_

#include <zircon/types.h>

__BEGIN_CDECLS

@@functions zx_utc_reference_get zx_utc_reference_swap@@

__END_CDECLS

#endif  // LIBZX_ZIRCON_UTC_H_

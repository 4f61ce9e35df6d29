// SPDX-License-Identifier: MIT
// Names of status codes.

#ifndef LIBZX_ZIRCON_STATUS_H_
#define LIBZX_ZIRCON_STATUS_H_

#include <zircon/types.h>

__BEGIN_CDECLS

@@functions zx_status_get_string@@

__END_CDECLS

#endif  // LIBZX_ZIRCON_STATUS_H_

// SPDX-License-Identifier: MIT
// Handles of the running process, and the start-up handles.

#ifndef LIBZX_ZIRCON_PROCESS_H_
#define LIBZX_ZIRCON_PROCESS_H_

#include <zircon/types.h>

__BEGIN_CDECLS

@@functions zx_process_self zx_thread_self zx_vmar_root_self zx_job_default zx_take_startup_handle@@

__END_CDECLS

#endif  // LIBZX_ZIRCON_PROCESS_H_

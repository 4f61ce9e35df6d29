// SPDX-License-Identifier: MIT
// Handles of the running process, and the start-up handles.

#ifndef LIBZX_ZIRCON_PROCESS_H_
#define LIBZX_ZIRCON_PROCESS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/types.h>

__BEGIN_CDECLS

/// A borrowed handle of the calling process: never close it.
zx_handle_t zx_process_self(void);

zx_handle_t _zx_process_self(void);

/// A borrowed handle of the job that the process lives in: never close it. It is the root job.
zx_handle_t zx_job_default(void);

zx_handle_t _zx_job_default(void);

/// A borrowed handle of the root of the process's address space: never close it.
zx_handle_t zx_vmar_root_self(void);

zx_handle_t _zx_vmar_root_self(void);

/// Takes the startup handle with exactly this id, once; 0 afterwards and for ids without a
/// handle. PA_HND(PA_RESOURCE, 0) is the root resource. When the handle table is full the
/// answer is 0 too, and the handle is still there to be taken later.
///
///   hnd_info: id of the handle, made with PA_HND
zx_handle_t zx_take_startup_handle(uint32_t hnd_info);

zx_handle_t _zx_take_startup_handle(uint32_t hnd_info);

/// A borrowed handle of the calling thread, always the same: never close it.
zx_handle_t zx_thread_self(void);

zx_handle_t _zx_thread_self(void);

__END_CDECLS

#endif  // LIBZX_ZIRCON_PROCESS_H_

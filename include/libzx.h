// SPDX-License-Identifier: MIT
// What libzx offers beyond the system calls.

#ifndef LIBZX_LIBZX_H_
#define LIBZX_LIBZX_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/syscalls/port.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/// A borrowed handle of the root resource, as ported tests expect it: never
/// close it.
///
/// Specification: tasks-time-system.md, section 9.3.
zx_handle_t get_root_resource(void);

/// Makes a new handle of the resource that `zx_guest_create` asks for, with
/// or without KVM: whether guests can run is what `zx_guest_create` answers.
/// The resource grants nothing beyond the Linux permissions of the process.
///
/// # Errors
///
/// `ZX_ERR_INVALID_ARGS`: `out` cannot be written; `ZX_ERR_NO_MEMORY`.
///
/// # Safety
///
/// Any pointer will do.
///
/// Specification: tasks-time-system.md, section 9.3.
zx_status_t libzx_get_hypervisor_resource(zx_handle_t *out);

__END_CDECLS

#endif  // LIBZX_LIBZX_H_

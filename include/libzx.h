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

/// A borrowed handle of the root resource, as ported tests expect it: never close it.
zx_handle_t get_root_resource(void);

/// Makes a new handle of the resource that zx_guest_create asks for, with or without KVM:
/// whether guests can run is what zx_guest_create answers. The resource grants nothing beyond
/// the Linux permissions of the process.
///
///   out (out, resource): the new handle, rights ZX_DEFAULT_RESOURCE_RIGHTS
///
/// Errors, in the order of the checks:
///   ZX_ERR_NO_MEMORY: there is none for the resource or its handle
///   ZX_ERR_INVALID_ARGS: out cannot be written
zx_status_t libzx_get_hypervisor_resource(zx_handle_t *out);

__END_CDECLS

#endif  // LIBZX_LIBZX_H_

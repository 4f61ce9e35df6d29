// SPDX-License-Identifier: MIT
// What libzx offers beyond the system calls.

#ifndef LIBZX_LIBZX_H_
#define LIBZX_LIBZX_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/// Tells in one English sentence why the last call of this thread that did not return ZX_OK
/// failed: the check and the values in it. The sentence is empty when nothing is known.
///
///   buffer (out, buffer of size bytes, optional): gets what fits of the sentence, with a zero
///       byte at its end
///   size: size of buffer
///
/// Result: Length of the whole sentence without the zero byte, at most 255.
size_t libzx_last_error(char *buffer, size_t size);

/// Traces calls, as the environment variable LIBZX_TRACE does from the beginning; or ends that.
///
/// spec is a list of parts between commas: all; a family, that is the word after zx_; a call; -
/// and a family or a call that is not traced; failed for calls that fail only; exits for what a
/// guest did without the program hearing of it; stack for the program's frames; file=PATH,
/// where %p is the process, instead of standard error; json=PATH for events that Perfetto
/// opens. A part that is not understood gives a line on standard error.
///
///   spec (string, optional): what to trace; NULL ends tracing
void libzx_trace(const char *spec);

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

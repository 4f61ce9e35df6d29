// SPDX-License-Identifier: MIT
// Between C11 threads and thread handles.

#ifndef LIBZX_ZIRCON_THREADS_H_
#define LIBZX_ZIRCON_THREADS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <threads.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/// The borrowed handle of a thread of the C library, for the calling one the same as
/// zx_thread_self: valid until the thread has been joined, or of a detached one as long as it
/// runs. 0 when t is no thread.
///
///   t: the thread, as thrd_create or pthread_create gave it
zx_handle_t thrd_get_zx_handle(thrd_t t);

// The status code that says what a C11 thread result says.
static inline zx_status_t thrd_status_to_zx_status(int thrd_status) {
  switch (thrd_status) {
    case thrd_success:
      return ZX_OK;
    case thrd_nomem:
      return ZX_ERR_NO_MEMORY;
    case thrd_timedout:
      return ZX_ERR_TIMED_OUT;
    case thrd_busy:
      return ZX_ERR_SHOULD_WAIT;
    default:
      return ZX_ERR_INTERNAL;
  }
}

__END_CDECLS

#endif  // LIBZX_ZIRCON_THREADS_H_

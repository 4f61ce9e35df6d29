// SPDX-License-Identifier: MIT
// The zx_syscall_test calls, which zircon/syscalls.h declares.

#ifndef LIBZX_ZIRCON_TESTONLY_SYSCALLS_H_
#define LIBZX_ZIRCON_TESTONLY_SYSCALLS_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <zircon/syscalls.h>



#endif  // LIBZX_ZIRCON_TESTONLY_SYSCALLS_H_

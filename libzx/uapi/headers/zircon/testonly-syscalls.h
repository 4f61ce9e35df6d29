// SPDX-License-Identifier: MIT
// The zx_syscall_test calls, which zircon/syscalls.h declares.

#ifndef LIBZX_ZIRCON_TESTONLY_SYSCALLS_H_
#define LIBZX_ZIRCON_TESTONLY_SYSCALLS_H_

#include <zircon/syscalls.h>



#endif  // LIBZX_ZIRCON_TESTONLY_SYSCALLS_H_

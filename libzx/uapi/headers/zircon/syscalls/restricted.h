// SPDX-License-Identifier: MIT
// Restricted mode, which Linux does not have.

#ifndef LIBZX_ZIRCON_SYSCALLS_RESTRICTED_H_
#define LIBZX_ZIRCON_SYSCALLS_RESTRICTED_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/exception.h>

@@types restricted@@

#endif  // LIBZX_ZIRCON_SYSCALLS_RESTRICTED_H_

// SPDX-License-Identifier: MIT
// Every system call, under the names zx_NAME and _zx_NAME.

#ifndef LIBZX_ZIRCON_SYSCALLS_H_
#define LIBZX_ZIRCON_SYSCALLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/string_view.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/pci.h>
#include <zircon/syscalls/profile.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>
#include <zircon/syscalls/system.h>

__BEGIN_CDECLS

@@functions *@@

#ifdef LIBZX_LATER_ABI
@@functions zx_vcpu_enter@@
#endif

__END_CDECLS

#endif  // LIBZX_ZIRCON_SYSCALLS_H_

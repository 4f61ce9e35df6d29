// SPDX-License-Identifier: MIT
// Traps and virtual CPU state.

#ifndef LIBZX_ZIRCON_SYSCALLS_HYPERVISOR_H_
#define LIBZX_ZIRCON_SYSCALLS_HYPERVISOR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

@@types hypervisor@@

#endif  // LIBZX_ZIRCON_SYSCALLS_HYPERVISOR_H_

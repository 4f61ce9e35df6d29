// SPDX-License-Identifier: MIT
// Job policy.

#ifndef LIBZX_ZIRCON_SYSCALLS_POLICY_H_
#define LIBZX_ZIRCON_SYSCALLS_POLICY_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

@@types policy@@

#endif  // LIBZX_ZIRCON_SYSCALLS_POLICY_H_

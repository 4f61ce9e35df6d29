// SPDX-License-Identifier: MIT
// Scheduling profiles.

#ifndef LIBZX_ZIRCON_SYSCALLS_PROFILE_H_
#define LIBZX_ZIRCON_SYSCALLS_PROFILE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/syscalls/scheduler.h>
#include <zircon/types.h>

@@types profile@@

#endif  // LIBZX_ZIRCON_SYSCALLS_PROFILE_H_

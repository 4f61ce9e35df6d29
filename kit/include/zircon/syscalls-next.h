// SPDX-License-Identifier: MIT
// Calls that were new in 2021.
#ifndef ZIRCON_SYSCALLS_NEXT_H_
#define ZIRCON_SYSCALLS_NEXT_H_

#include <zircon/syscalls.h>



#endif  // ZIRCON_SYSCALLS_NEXT_H_

// SPDX-License-Identifier: MIT
// Secure monitor calls.

#ifndef LIBZX_ZIRCON_SYSCALLS_SMC_H_
#define LIBZX_ZIRCON_SYSCALLS_SMC_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

@@types smc@@

// The service call number inside a function id.
#define ARM_SMC_GET_SERVICE_CALL_NUM_FROM_FUNC_ID(func_id) \
  (((func_id) >> ARM_SMC_SERVICE_CALL_NUM_SHIFT) & ARM_SMC_SERVICE_CALL_NUM_MASK)

#endif  // LIBZX_ZIRCON_SYSCALLS_SMC_H_

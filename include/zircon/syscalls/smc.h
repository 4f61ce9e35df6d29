// SPDX-License-Identifier: MIT
// Secure monitor calls.

#ifndef LIBZX_ZIRCON_SYSCALLS_SMC_H_
#define LIBZX_ZIRCON_SYSCALLS_SMC_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

// Fields of a function id.
#define ARM_SMC_SERVICE_CALL_NUM_SIP_SERVICE_LENGTH 1
#define ARM_SMC_SERVICE_CALL_NUM_SIP_SERVICE_BASE 2
#define ARM_SMC_SERVICE_CALL_NUM_TRUSTED_OS_LENGTH 14
#define ARM_SMC_SERVICE_CALL_NUM_SHIFT 24
#define ARM_SMC_SERVICE_CALL_NUM_TRUSTED_OS_BASE 50
#define ARM_SMC_SERVICE_CALL_NUM_MASK 0x3f
#define ARM_SMC_SERVICE_CALL_NUM_MAX 63

/// Arguments of `zx_smc_call`.
typedef struct zx_smc_parameters {
  uint32_t func_id;
  /// Zero.
  uint8_t padding1[4];
  uint64_t arg1;
  uint64_t arg2;
  uint64_t arg3;
  uint64_t arg4;
  uint64_t arg5;
  uint64_t arg6;
  uint16_t client_id;
  uint16_t secure_os_id;
  /// Zero.
  uint8_t padding2[4];
} zx_smc_parameters_t;

/// Results of `zx_smc_call`.
typedef struct zx_smc_result {
  uint64_t arg0;
  uint64_t arg1;
  uint64_t arg2;
  uint64_t arg3;
  uint64_t arg6;
} zx_smc_result_t;

// The service call number inside a function id.
#define ARM_SMC_GET_SERVICE_CALL_NUM_FROM_FUNC_ID(func_id) \
  (((func_id) >> ARM_SMC_SERVICE_CALL_NUM_SHIFT) & ARM_SMC_SERVICE_CALL_NUM_MASK)

#endif  // LIBZX_ZIRCON_SYSCALLS_SMC_H_

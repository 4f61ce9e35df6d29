// SPDX-License-Identifier: MIT
// Power control and processor power levels.

#ifndef LIBZX_ZIRCON_SYSCALLS_SYSTEM_H_
#define LIBZX_ZIRCON_SYSCALLS_SYSTEM_H_

#ifndef __LP64__
#error "libzx is for 64-bit programs only: compile without -m32 and -mx32"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zircon/types.h>

// Commands of `zx_system_powerctl`.
#define ZX_SYSTEM_POWERCTL_ENABLE_ALL_CPUS 1u
#define ZX_SYSTEM_POWERCTL_DISABLE_ALL_CPUS_BUT_PRIMARY 2u
#define ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE 3u
#define ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1 4u
#define ZX_SYSTEM_POWERCTL_REBOOT 5u
#define ZX_SYSTEM_POWERCTL_REBOOT_BOOTLOADER 6u
#define ZX_SYSTEM_POWERCTL_REBOOT_RECOVERY 7u
#define ZX_SYSTEM_POWERCTL_SHUTDOWN 8u
#define ZX_SYSTEM_POWERCTL_ACK_KERNEL_INITIATED_REBOOT 9u

// Topics of performance records.
#define ZX_CPU_PERF_SCALE 1u
#define ZX_CPU_DEFAULT_PERF_SCALE 2u

// Options of power levels.
#define ZX_PROCESSOR_POWER_LEVEL_OPTIONS_DOMAIN_INDEPENDENT ((zx_processor_power_level_options_t)1ul)

// Control interfaces of power levels.
#define ZX_PROCESSOR_POWER_CONTROL_CPU_DRIVER ((zx_processor_power_control_t)0ul)
#define ZX_PROCESSOR_POWER_CONTROL_ARM_PSCI ((zx_processor_power_control_t)1ul)
#define ZX_PROCESSOR_POWER_CONTROL_ARM_WFI ((zx_processor_power_control_t)2ul)
#define ZX_PROCESSOR_POWER_CONTROL_RISCV_SBI ((zx_processor_power_control_t)3ul)
#define ZX_PROCESSOR_POWER_CONTROL_RISCV_WFI ((zx_processor_power_control_t)4ul)

/// Argument of `zx_system_powerctl`.
typedef struct zx_system_powerctl_arg {
  __extension__ union {
    struct {
      uint8_t target_s_state;
      uint8_t sleep_type_a;
      uint8_t sleep_type_b;
    } acpi_transition_s_state;
    struct {
      uint32_t power_limit;
      uint32_t time_window;
      uint8_t clamp;
      uint8_t enable;
      /// Zero.
      uint8_t padding2[2];
    } x86_power_limit;
  };
} zx_system_powerctl_arg_t;

/// A fixed-point performance scale.
typedef struct zx_cpu_performance_scale {
  uint32_t integer_part;
  uint32_t fractional_part;
} zx_cpu_performance_scale_t;

/// Performance scale of one processor.
typedef struct zx_cpu_performance_info {
  uint32_t logical_cpu_number;
  zx_cpu_performance_scale_t performance_scale;
} zx_cpu_performance_info_t;

/// A power level of a processor.
typedef struct zx_processor_power_level {
  zx_processor_power_level_options_t options;
  uint64_t processing_rate;
  uint64_t power_coefficient_nw;
  zx_processor_power_control_t control_interface;
  uint64_t control_argument;
  char diagnostic_name[ZX_MAX_NAME_LEN];
  /// Zero.
  uint8_t padding1[32];
} zx_processor_power_level_t;

/// Cost of a change of power level.
typedef struct zx_processor_power_level_transition {
  uint32_t from;
  uint32_t to;
  zx_duration_t latency;
  uint64_t energy;
} zx_processor_power_level_transition_t;

#endif  // LIBZX_ZIRCON_SYSCALLS_SYSTEM_H_

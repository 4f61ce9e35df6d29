// SPDX-License-Identifier: MIT
//! Power control and processor power levels: `zircon/syscalls/system.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::time::zx_duration_t;
use super::types::{
    ZX_MAX_NAME_LEN, zx_processor_power_control_t, zx_processor_power_level_options_t,
};
use core::ffi::c_char;

// Commands of `zx_system_powerctl`.
pub const ZX_SYSTEM_POWERCTL_ENABLE_ALL_CPUS: u32 = 1;
pub const ZX_SYSTEM_POWERCTL_DISABLE_ALL_CPUS_BUT_PRIMARY: u32 = 2;
pub const ZX_SYSTEM_POWERCTL_ACPI_TRANSITION_S_STATE: u32 = 3;
pub const ZX_SYSTEM_POWERCTL_X86_SET_PKG_PL1: u32 = 4;
pub const ZX_SYSTEM_POWERCTL_REBOOT: u32 = 5;
pub const ZX_SYSTEM_POWERCTL_REBOOT_BOOTLOADER: u32 = 6;
pub const ZX_SYSTEM_POWERCTL_REBOOT_RECOVERY: u32 = 7;
pub const ZX_SYSTEM_POWERCTL_SHUTDOWN: u32 = 8;
pub const ZX_SYSTEM_POWERCTL_ACK_KERNEL_INITIATED_REBOOT: u32 = 9;

// Topics of performance records.
pub const ZX_CPU_PERF_SCALE: u32 = 1;
pub const ZX_CPU_DEFAULT_PERF_SCALE: u32 = 2;

// Options of power levels.
pub const ZX_PROCESSOR_POWER_LEVEL_OPTIONS_DOMAIN_INDEPENDENT: zx_processor_power_level_options_t =
    1;

// Control interfaces of power levels.
pub const ZX_PROCESSOR_POWER_CONTROL_CPU_DRIVER: zx_processor_power_control_t = 0;
pub const ZX_PROCESSOR_POWER_CONTROL_ARM_PSCI: zx_processor_power_control_t = 1;
pub const ZX_PROCESSOR_POWER_CONTROL_ARM_WFI: zx_processor_power_control_t = 2;
pub const ZX_PROCESSOR_POWER_CONTROL_RISCV_SBI: zx_processor_power_control_t = 3;
pub const ZX_PROCESSOR_POWER_CONTROL_RISCV_WFI: zx_processor_power_control_t = 4;

/// Inner record `acpi_transition_s_state` of [`zx_system_powerctl_arg_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_system_powerctl_arg__acpi_transition_s_state {
    pub target_s_state: u8,
    pub sleep_type_a: u8,
    pub sleep_type_b: u8,
}
record!(zx_system_powerctl_arg__acpi_transition_s_state, 3, 1, {
    target_s_state: 0, sleep_type_a: 1, sleep_type_b: 2
});

/// Inner record `x86_power_limit` of [`zx_system_powerctl_arg_t`]; C sees it without a name.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_system_powerctl_arg__x86_power_limit {
    pub power_limit: u32,
    pub time_window: u32,
    pub clamp: u8,
    pub enable: u8,
    /// Zero.
    pub padding2: [u8; 2],
}
record!(zx_system_powerctl_arg__x86_power_limit, 12, 4, {
    power_limit: 0, time_window: 4, clamp: 8, enable: 9, padding2: 10
});

/// The anonymous union of [`zx_system_powerctl_arg_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union zx_system_powerctl_arg__argument {
    pub acpi_transition_s_state: zx_system_powerctl_arg__acpi_transition_s_state,
    pub x86_power_limit: zx_system_powerctl_arg__x86_power_limit,
}
record!(zx_system_powerctl_arg__argument, 12, 4, {
    acpi_transition_s_state: 0, x86_power_limit: 0
});

/// Argument of `zx_system_powerctl`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct zx_system_powerctl_arg_t {
    /// Members C reaches without this name.
    pub anon: zx_system_powerctl_arg__argument,
}
record!(zx_system_powerctl_arg_t, 12, 4, { anon: 0 });

/// A fixed-point performance scale.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_cpu_performance_scale_t {
    pub integer_part: u32,
    pub fractional_part: u32,
}
record!(zx_cpu_performance_scale_t, 8, 4, { integer_part: 0, fractional_part: 4 });

/// Performance scale of one processor.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_cpu_performance_info_t {
    pub logical_cpu_number: u32,
    pub performance_scale: zx_cpu_performance_scale_t,
}
record!(zx_cpu_performance_info_t, 12, 4, { logical_cpu_number: 0, performance_scale: 4 });

/// A power level of a processor.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_processor_power_level_t {
    pub options: zx_processor_power_level_options_t,
    pub processing_rate: u64,
    pub power_coefficient_nw: u64,
    pub control_interface: zx_processor_power_control_t,
    pub control_argument: u64,
    pub diagnostic_name: [c_char; ZX_MAX_NAME_LEN],
    /// Zero.
    pub padding1: [u8; 32],
}
record!(zx_processor_power_level_t, 104, 8, {
    options: 0, processing_rate: 8, power_coefficient_nw: 16, control_interface: 24,
    control_argument: 32, diagnostic_name: 40, padding1: 72
});

/// Cost of a change of power level.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_processor_power_level_transition_t {
    pub from: u32,
    pub to: u32,
    pub latency: zx_duration_t,
    pub energy: u64,
}
record!(zx_processor_power_level_transition_t, 24, 8, { from: 0, to: 4, latency: 8, energy: 16 });

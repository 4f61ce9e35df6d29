// SPDX-License-Identifier: MIT
//! Secure monitor calls: `zircon/syscalls/smc.h`.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

// Fields of a function id.
pub const ARM_SMC_SERVICE_CALL_NUM_SIP_SERVICE_LENGTH: i32 = 1;
pub const ARM_SMC_SERVICE_CALL_NUM_SIP_SERVICE_BASE: i32 = 2;
pub const ARM_SMC_SERVICE_CALL_NUM_TRUSTED_OS_LENGTH: i32 = 14;
pub const ARM_SMC_SERVICE_CALL_NUM_SHIFT: i32 = 24;
pub const ARM_SMC_SERVICE_CALL_NUM_TRUSTED_OS_BASE: i32 = 50;
pub const ARM_SMC_SERVICE_CALL_NUM_MASK: i32 = 0x3f;
pub const ARM_SMC_SERVICE_CALL_NUM_MAX: i32 = 63;

/// Arguments of `zx_smc_call`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_smc_parameters_t {
    pub func_id: u32,
    /// Zero.
    pub padding1: [u8; 4],
    pub arg1: u64,
    pub arg2: u64,
    pub arg3: u64,
    pub arg4: u64,
    pub arg5: u64,
    pub arg6: u64,
    pub client_id: u16,
    pub secure_os_id: u16,
    /// Zero.
    pub padding2: [u8; 4],
}
record!(zx_smc_parameters_t, 64, 8, {
    func_id: 0, padding1: 4, arg1: 8, arg2: 16, arg3: 24, arg4: 32, arg5: 40, arg6: 48,
    client_id: 56, secure_os_id: 58, padding2: 60
});

/// Results of `zx_smc_call`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct zx_smc_result_t {
    pub arg0: u64,
    pub arg1: u64,
    pub arg2: u64,
    pub arg3: u64,
    pub arg6: u64,
}
record!(zx_smc_result_t, 40, 8, { arg0: 0, arg1: 8, arg2: 16, arg3: 24, arg6: 32 });

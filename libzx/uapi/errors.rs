// SPDX-License-Identifier: MIT
//! Status codes: `zircon/errors.h`. Each value is fixed for ever; retired ones are never reused.

#![allow(missing_docs)] // constants and members carry Zircon's names and are explained by the pages of the calls

use super::types::zx_status_t;

// Success.
pub const ZX_OK: zx_status_t = 0;

// Failures.
pub const ZX_ERR_INTERNAL: zx_status_t = -1;
pub const ZX_ERR_NOT_SUPPORTED: zx_status_t = -2;
pub const ZX_ERR_NO_RESOURCES: zx_status_t = -3;
pub const ZX_ERR_NO_MEMORY: zx_status_t = -4;
pub const ZX_ERR_INTERNAL_INTR_RETRY: zx_status_t = -6;
pub const ZX_ERR_INVALID_ARGS: zx_status_t = -10;
pub const ZX_ERR_BAD_HANDLE: zx_status_t = -11;
pub const ZX_ERR_WRONG_TYPE: zx_status_t = -12;
pub const ZX_ERR_BAD_SYSCALL: zx_status_t = -13;
pub const ZX_ERR_OUT_OF_RANGE: zx_status_t = -14;
pub const ZX_ERR_BUFFER_TOO_SMALL: zx_status_t = -15;
pub const ZX_ERR_BAD_STATE: zx_status_t = -20;
pub const ZX_ERR_TIMED_OUT: zx_status_t = -21;
pub const ZX_ERR_SHOULD_WAIT: zx_status_t = -22;
pub const ZX_ERR_CANCELED: zx_status_t = -23;
pub const ZX_ERR_PEER_CLOSED: zx_status_t = -24;
pub const ZX_ERR_NOT_FOUND: zx_status_t = -25;
pub const ZX_ERR_ALREADY_EXISTS: zx_status_t = -26;
pub const ZX_ERR_ALREADY_BOUND: zx_status_t = -27;
pub const ZX_ERR_UNAVAILABLE: zx_status_t = -28;
pub const ZX_ERR_ACCESS_DENIED: zx_status_t = -30;
pub const ZX_ERR_IO: zx_status_t = -40;
pub const ZX_ERR_IO_REFUSED: zx_status_t = -41;
pub const ZX_ERR_IO_DATA_INTEGRITY: zx_status_t = -42;
pub const ZX_ERR_IO_DATA_LOSS: zx_status_t = -43;
pub const ZX_ERR_IO_NOT_PRESENT: zx_status_t = -44;
pub const ZX_ERR_IO_OVERRUN: zx_status_t = -45;
pub const ZX_ERR_IO_MISSED_DEADLINE: zx_status_t = -46;
pub const ZX_ERR_IO_INVALID: zx_status_t = -47;
pub const ZX_ERR_BAD_PATH: zx_status_t = -50;
pub const ZX_ERR_NOT_DIR: zx_status_t = -51;
pub const ZX_ERR_NOT_FILE: zx_status_t = -52;
pub const ZX_ERR_FILE_BIG: zx_status_t = -53;
pub const ZX_ERR_NO_SPACE: zx_status_t = -54;
pub const ZX_ERR_NOT_EMPTY: zx_status_t = -55;
pub const ZX_ERR_STOP: zx_status_t = -60;
pub const ZX_ERR_NEXT: zx_status_t = -61;
pub const ZX_ERR_ASYNC: zx_status_t = -62;
pub const ZX_ERR_PROTOCOL_NOT_SUPPORTED: zx_status_t = -70;
pub const ZX_ERR_ADDRESS_UNREACHABLE: zx_status_t = -71;
pub const ZX_ERR_ADDRESS_IN_USE: zx_status_t = -72;
pub const ZX_ERR_NOT_CONNECTED: zx_status_t = -73;
pub const ZX_ERR_CONNECTION_REFUSED: zx_status_t = -74;
pub const ZX_ERR_CONNECTION_RESET: zx_status_t = -75;
pub const ZX_ERR_CONNECTION_ABORTED: zx_status_t = -76;
pub const ZX_ERR_INTERRUPTED_RETRY: zx_status_t = -6;

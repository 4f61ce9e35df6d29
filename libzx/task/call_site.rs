// SPDX-License-Identifier: MIT
//! Where a thread called the library from: the registers that the call will
//! give back, found by unwinding the library's own frames.
#![allow(unsafe_code)]

use std::ffi::c_void;

/// The registers that a call keeps, as the caller has them.
#[derive(Clone, Copy, Default, Debug)]
pub struct CallSite {
    /// Where the call returns to,
    pub rip: u64,
    /// and with which stack pointer.
    pub rsp: u64,
    /// The register of this name,
    pub rbx: u64,
    /// this one,
    pub rbp: u64,
    /// and the last four.
    pub r12_to_r15: [u64; 4],
}

/// How many frames a call has at most.
const MOST_FRAMES: u32 = 200;

struct Walk {
    /// An address in the frame of the call.
    frame: usize,
    left: u32,
    found: Option<CallSite>,
}

type Context = c_void;

const GO_ON: i32 = 0;
const STOP: i32 = 4;

// Part of every C++ runtime, and of Rust's.
unsafe extern "C" {
    fn _Unwind_Backtrace(
        f: extern "C" fn(*mut Context, *mut c_void) -> i32,
        argument: *mut c_void,
    ) -> i32;
    fn _Unwind_GetGR(context: *mut Context, register: i32) -> usize;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    fn _Unwind_GetCFA(context: *mut Context) -> usize;
}

/// Finds the caller of the call that has this address in its frame.
pub fn find(frame: usize) -> Option<CallSite> {
    let mut walk = Walk {
        frame,
        left: MOST_FRAMES,
        found: None,
    };
    // SAFETY: `visit` takes what it is given.
    unsafe { _Unwind_Backtrace(visit, (&raw mut walk).cast()) };
    walk.found
}

/// Looks at one frame after the other, from the innermost on.
extern "C" fn visit(context: *mut Context, walk: *mut c_void) -> i32 {
    // SAFETY: `find` passed this, and nobody else uses it meanwhile.
    let walk = unsafe { &mut *walk.cast::<Walk>() };
    // SAFETY: the context is the unwinder's. This is the stack pointer in the
    // visited frame, hence where the frame that it called ends.
    let end_of_inner = unsafe { _Unwind_GetCFA(context) };
    walk.left -= 1;
    // A thread's two stacks lie anywhere: the frame is that in which the
    // address is, not merely one that is higher.
    if end_of_inner <= walk.frame || end_of_inner - walk.frame > FRAME_BYTES {
        return if walk.left == 0 { STOP } else { GO_ON };
    }
    // The numbers are those of the processor's debugging format.
    // SAFETY: as above; these registers are always known.
    let register = |number| unsafe { _Unwind_GetGR(context, number) as u64 };
    walk.found = Some(CallSite {
        // SAFETY: as above.
        rip: unsafe { _Unwind_GetIP(context) as u64 },
        rsp: end_of_inner as u64,
        rbx: register(3),
        rbp: register(6),
        r12_to_r15: [register(12), register(13), register(14), register(15)],
    });
    STOP
}

/// The frame of a call is smaller than this.
const FRAME_BYTES: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn called(marker: &mut usize) -> Option<CallSite> {
        let frame = 0u8;
        *marker = std::hint::black_box(&raw const frame).addr();
        std::hint::black_box(inner(*marker))
    }

    #[inline(never)]
    fn inner(frame: usize) -> Option<CallSite> {
        std::hint::black_box(find(frame))
    }

    // Not inlined: its address is where the call site has to be.
    #[inline(never)]
    fn caller() -> (usize, CallSite, u64) {
        let mut marker = 0;
        let site = called(&mut marker).unwrap_or_default();
        let own = 0u8;
        let own = std::hint::black_box(&raw const own).addr() as u64;
        (marker, site, own)
    }

    #[test]
    fn the_caller_is_found() {
        let (marker, site, own) = caller();
        assert!(site.rsp > marker as u64 && site.rsp <= own);
        let begin = caller as *const () as usize as u64;
        assert!((begin..begin + 4096).contains(&site.rip));
    }
}

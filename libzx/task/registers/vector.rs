// SPDX-License-Identifier: MIT
//! Floating-point and vector registers, in the format in which the processor
//! stores them to the frame of a signal.

use std::arch::x86_64::__cpuid_count;

use nix::libc;

use crate::status::{Result, Status};
use crate::uapi::debug as c;

/// The part that all processors store.
const LEGACY_BYTES: usize = 512;
/// What Linux puts into the part's last bytes when more follows.
const MAGIC_AT: usize = 464;
const MAGIC: u32 = 0x4650_5853;
/// Which components follow, and which of them are not in their initial state.
const FEATURES_AT: usize = MAGIC_AT + 8;
const IN_USE_AT: usize = LEGACY_BYTES;

const X87: u32 = 0;
const SSE: u32 = 1;
/// The upper halves of YMM0 to 15.
const AVX: u32 = 2;
const OPMASK: u32 = 5;
/// The upper halves of ZMM0 to 15, and all of ZMM16 to 31.
const ZMM_HIGH: u32 = 6;
const HIGH_ZMM: u32 = 7;

const XMM_AT: usize = 160;
const ST_AT: usize = 32;
const MXCSR_AT: usize = 24;
const MXCSR_MASK_AT: usize = 28;

/// The bytes of a context's floating-point and vector registers.
struct Area {
    bytes: *mut u8,
    extended: bool,
}

impl Area {
    /// `NOT_SUPPORTED` for a context without, as of a thread in a call.
    fn of(context: &libc::ucontext_t) -> Result<Area> {
        let bytes: *mut u8 = context.uc_mcontext.fpregs.cast();
        if bytes.is_null() {
            return Err(Status::NOT_SUPPORTED);
        }
        let mut area = Area {
            bytes,
            extended: false,
        };
        area.extended = area.get::<u32>(MAGIC_AT) == MAGIC;
        Ok(area)
    }

    fn get<T: Copy>(&self, at: usize) -> T {
        // SAFETY: callers stay within what the area has, which is the thread's
        // and does not change while it stands still.
        let place = unsafe { self.bytes.add(at) }.cast::<T>();
        // SAFETY: as above; all types asked for are made of integers.
        unsafe { place.read_unaligned() }
    }

    fn put<T: Copy>(&self, at: usize, value: T) {
        // SAFETY: as for `get`.
        let place = unsafe { self.bytes.add(at) }.cast::<T>();
        // SAFETY: as for `get`; readers of a thread's registers are few, and
        // those that write at the same time get one of the values.
        unsafe { place.write_unaligned(value) };
    }

    /// Where a component is, if the processor has it.
    fn component(&self, number: u32) -> Option<usize> {
        let stored = self.extended && self.get::<u64>(FEATURES_AT) >> number & 1 != 0;
        stored.then(|| {
            let place = __cpuid_count(0xD, number);
            place.ebx as usize
        })
    }

    /// Whether a component is not in its initial state.
    fn in_use(&self, number: u32) -> bool {
        !self.extended || self.get::<u64>(IN_USE_AT) >> number & 1 != 0
    }

    /// Makes a component's bytes count; those that did not count are zeroed.
    fn use_component(&self, number: u32, zeroed: std::ops::Range<usize>) {
        if self.in_use(number) {
            return;
        }
        zeroed.for_each(|at| self.put(at, 0u8));
        let used = self.get::<u64>(IN_USE_AT) | 1 << number;
        self.put(IN_USE_AT, used);
    }
}

/// The state in which the processor starts.
const INITIAL_FCW: u16 = 0x37F;

/// The registers of the x87 unit.
pub fn fp(context: &libc::ucontext_t) -> Result<c::zx_thread_state_fp_regs_t> {
    let area = Area::of(context)?;
    let mut regs = c::zx_thread_state_fp_regs_t {
        fcw: INITIAL_FCW,
        fsw: 0,
        ftw: 0,
        reserved: 0,
        fop: 0,
        fip: 0,
        fdp: 0,
        padding1: [0; 8],
        st: [c::zx_thread_state_fp_regs__st_x86_64 { low: 0, high: 0 }; 8],
    };
    if area.in_use(X87) {
        regs.fcw = area.get(0);
        regs.fsw = area.get(2);
        regs.ftw = area.get(4);
        regs.fop = area.get(6);
        regs.fip = area.get(8);
        regs.fdp = area.get(16);
        for (index, st) in regs.st.iter_mut().enumerate() {
            st.low = area.get(ST_AT + index * 16);
            st.high = area.get(ST_AT + index * 16 + 8);
        }
    }
    Ok(regs)
}

/// Changes the registers of the x87 unit.
pub fn set_fp(context: &libc::ucontext_t, regs: &c::zx_thread_state_fp_regs_t) -> Result {
    let area = Area::of(context)?;
    area.use_component(X87, 0..MXCSR_AT);
    area.put(0, regs.fcw);
    area.put(2, regs.fsw);
    area.put(4, regs.ftw);
    area.put(6, regs.fop);
    area.put(8, regs.fip);
    area.put(16, regs.fdp);
    for (index, st) in regs.st.iter().enumerate() {
        area.put(ST_AT + index * 16, st.low);
        // An 80-bit number.
        area.put(ST_AT + index * 16 + 8, st.high & 0xFFFF);
    }
    Ok(())
}

/// The vector registers; parts that the processor does not have are 0.
pub fn vector(context: &libc::ucontext_t) -> Result<c::zx_thread_state_vector_regs_t> {
    let area = Area::of(context)?;
    let zero = c::zx_thread_state_vector_regs__zmm_x86_64 { v: [0; 8] };
    let mut regs = c::zx_thread_state_vector_regs_t {
        zmm: [zero; 32],
        opmask: [0; 8],
        mxcsr: area.get(MXCSR_AT),
        padding1: [0; 4],
    };
    if area.in_use(SSE) {
        for (index, zmm) in regs.zmm[..16].iter_mut().enumerate() {
            zmm.v[..2].copy_from_slice(&area.get::<[u64; 2]>(XMM_AT + index * 16));
        }
    }
    let used = |number| area.component(number).filter(|_| area.in_use(number));
    if let Some(at) = used(AVX) {
        for (index, zmm) in regs.zmm[..16].iter_mut().enumerate() {
            zmm.v[2..4].copy_from_slice(&area.get::<[u64; 2]>(at + index * 16));
        }
    }
    if let Some(at) = used(OPMASK) {
        regs.opmask = area.get(at);
    }
    if let Some(at) = used(ZMM_HIGH) {
        for (index, zmm) in regs.zmm[..16].iter_mut().enumerate() {
            zmm.v[4..].copy_from_slice(&area.get::<[u64; 4]>(at + index * 32));
        }
    }
    if let Some(at) = used(HIGH_ZMM) {
        for (index, zmm) in regs.zmm[16..].iter_mut().enumerate() {
            zmm.v = area.get(at + index * 64);
        }
    }
    Ok(regs)
}

/// Changes the vector registers, as far as the processor has them.
/// `INVALID_ARGS` for bits of the control register that it does not have.
pub fn set_vector(context: &libc::ucontext_t, regs: &c::zx_thread_state_vector_regs_t) -> Result {
    let area = Area::of(context)?;
    let mask = match area.get::<u32>(MXCSR_MASK_AT) {
        0 => 0xFFBF, // what it means where it is not told
        told => told,
    };
    if regs.mxcsr & !mask != 0 {
        return Err(Status::INVALID_ARGS);
    }
    area.put(MXCSR_AT, regs.mxcsr);
    area.use_component(SSE, XMM_AT..XMM_AT + 256);
    for (index, zmm) in regs.zmm[..16].iter().enumerate() {
        area.put(XMM_AT + index * 16, [zmm.v[0], zmm.v[1]]);
    }
    if let Some(at) = area.component(AVX) {
        area.use_component(AVX, at..at + 256);
        for (index, zmm) in regs.zmm[..16].iter().enumerate() {
            area.put(at + index * 16, [zmm.v[2], zmm.v[3]]);
        }
    }
    if let Some(at) = area.component(OPMASK) {
        area.use_component(OPMASK, at..at + 64);
        area.put(at, regs.opmask);
    }
    if let Some(at) = area.component(ZMM_HIGH) {
        area.use_component(ZMM_HIGH, at..at + 512);
        for (index, zmm) in regs.zmm[..16].iter().enumerate() {
            area.put(at + index * 32, [zmm.v[4], zmm.v[5], zmm.v[6], zmm.v[7]]);
        }
    }
    if let Some(at) = area.component(HIGH_ZMM) {
        area.use_component(HIGH_ZMM, at..at + 1024);
        for (index, zmm) in regs.zmm[16..].iter().enumerate() {
            area.put(at + index * 64, zmm.v);
        }
    }
    Ok(())
}

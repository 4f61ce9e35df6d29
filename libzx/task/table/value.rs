// SPDX-License-Identifier: MIT
//! Handle values: which slot they name, and which of its uses (objects.md,
//! section 3.1).

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use crate::sys::cancel;

/// The bits that are set in every handle (`ZX_HANDLE_FIXED_BITS_MASK`).
pub const FIXED_BITS: u32 = 0x3;
/// How many bits name the slot.
pub const INDEX_BITS: u32 = 20;
/// One bit less than there is room for: values are never negative.
const GENERATION_BITS: u32 = 9;
/// How many uses of a slot have values of their own.
pub const GENERATIONS: u32 = 1 << GENERATION_BITS;

/// Hides which slot a value names, so that programs cannot come to rely on
/// the numbers of one run.
fn secret() -> u32 {
    static SECRET: OnceLock<u32> = OnceLock::new();
    *SECRET.get_or_init(|| {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "any 32 bits of it are random"
        )]
        let random = cancel::disabled(|| RandomState::new().hash_one(0)) as u32;
        random & (i32::MAX as u32) & !FIXED_BITS
    })
}

/// The value of a slot's use.
pub fn encode(index: u32, generation: u32) -> u32 {
    let generation = generation % GENERATIONS;
    ((((generation << INDEX_BITS) | index) << FIXED_BITS.count_ones()) ^ secret()) | FIXED_BITS
}

/// The slot and the generation that a value names, if it can be a handle.
pub fn decode(value: u32) -> Option<(u32, u32)> {
    if value & FIXED_BITS != FIXED_BITS {
        return None;
    }
    let bits = (value ^ secret()) >> FIXED_BITS.count_ones();
    Some((bits & ((1 << INDEX_BITS) - 1), bits >> INDEX_BITS))
}

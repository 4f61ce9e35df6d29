// SPDX-License-Identifier: MIT
//! Pending vectors (hypervisor.md, section 8): a bit each, no priorities but
//! the numbers, no in-service state.

use std::sync::atomic::{AtomicU64, Ordering};

/// The vector of non-maskable interrupts.
pub const NMI: u8 = 2;
/// The first vector of external interrupts.
pub const FIRST_EXTERNAL: u8 = 32;
/// The last exception that can be generated.
pub const LAST_EXCEPTION: u8 = 20;

/// The exceptions, which do not survive the injection of anything.
const EXCEPTIONS: u64 = ((1 << (LAST_EXCEPTION + 1)) - 1) & !(1 << NMI);

/// Exceptions that push an error code.
const WITH_ERROR_CODE: u64 = 1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17;

/// Whether an exception pushes an error code.
pub fn has_error_code(vector: u8) -> bool {
    vector <= LAST_EXCEPTION && WITH_ERROR_CODE & 1 << vector != 0
}

/// The pending vectors of a VCPU; set by any thread, cleared by its own.
#[derive(Default)]
pub struct Pending([AtomicU64; 4]);

impl Pending {
    /// Makes a vector pending.
    pub fn set(&self, vector: u8) {
        self.word(vector)
            .fetch_or(1 << (vector % 64), Ordering::SeqCst);
    }

    /// Takes a vector out.
    pub fn clear(&self, vector: u8) {
        self.word(vector)
            .fetch_and(!(1 << (vector % 64)), Ordering::SeqCst);
    }

    /// Whether a vector is pending.
    pub fn has(&self, vector: u8) -> bool {
        self.word(vector).load(Ordering::SeqCst) & 1 << (vector % 64) != 0
    }

    /// Whether anything is pending.
    pub fn any(&self) -> bool {
        self.0.iter().any(|word| word.load(Ordering::SeqCst) != 0)
    }

    /// The highest pending vector other than NMI.
    pub fn highest(&self) -> Option<u8> {
        (0..4u8).rev().find_map(|index| {
            let mut word = self.0[usize::from(index)].load(Ordering::SeqCst);
            if index == 0 {
                word &= !(1 << NMI);
            }
            let top = 63u8.checked_sub(u8::try_from(word.leading_zeros()).ok()?)?;
            Some(index * 64 + top)
        })
    }

    /// Discards the pending exceptions.
    pub fn discard_exceptions(&self) {
        if self.0[0].load(Ordering::SeqCst) & EXCEPTIONS != 0 {
            self.0[0].fetch_and(!EXCEPTIONS, Ordering::SeqCst);
        }
    }

    fn word(&self, vector: u8) -> &AtomicU64 {
        &self.0[usize::from(vector / 64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn highest_skips_nmi_and_goes_down() {
        let pending = Pending::default();
        assert_eq!(pending.highest(), None);
        for vector in [0, 2, 16, 32, 255] {
            pending.set(vector);
        }
        let mut seen = Vec::new();
        while let Some(vector) = pending.highest() {
            seen.push(vector);
            pending.clear(vector);
        }
        assert_eq!(seen, [255, 32, 16, 0]);
        assert!(pending.has(NMI) && pending.any());
    }

    #[test]
    fn discard_exceptions_keeps_nmi_and_externals() {
        let pending = Pending::default();
        (0..=40).for_each(|vector| pending.set(vector));
        pending.discard_exceptions();
        let left: Vec<u8> = (0..=40).filter(|&vector| pending.has(vector)).collect();
        let expected: Vec<u8> = [2].into_iter().chain(21..=40).collect();
        assert_eq!(left, expected);
    }

    #[test]
    fn error_codes_follow_the_architecture() {
        let with: Vec<u8> = (0..=255).filter(|&vector| has_error_code(vector)).collect();
        assert_eq!(with, [8, 10, 11, 12, 13, 14, 17]);
    }
}

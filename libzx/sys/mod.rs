// SPDX-License-Identifier: MIT
//! What the library needs of Linux and of the processor. Nothing here knows
//! kernel objects or guests.

pub mod clock;
pub mod exit;
pub mod futex;
pub mod gate;
pub mod heap;
pub mod machine;
pub mod memory;
pub mod procfs;
pub mod random;
pub mod range_set;
pub mod spin;
pub mod timer_queue;
pub mod user_copy;

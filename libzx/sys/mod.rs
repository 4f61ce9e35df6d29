// SPDX-License-Identifier: MIT
//! What the library needs of Linux and of the processor. Nothing here knows
//! kernel objects or guests.

pub mod apart;
pub mod cancel;
pub mod clock;
pub mod closed_pages;
pub mod exit;
pub mod file;
pub mod futex;
pub mod gate;
pub mod heap;
pub mod machine;
pub mod memory;
pub mod own_memory;
pub mod page_traps;
pub mod probe;
pub mod procfs;
pub mod random;
pub mod range_set;
pub mod spin;
pub mod sync;
pub mod thread;
pub mod timer_queue;
pub mod unmap;
pub mod user_copy;

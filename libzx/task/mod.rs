// SPDX-License-Identifier: MIT
//! Who calls: jobs, processes, the handles of a process, what belongs to a
//! thread, and the context that every call gets.

mod call_site;
pub mod context;
pub mod exception;
pub mod futex;
pub mod handover;
pub mod job;
pub mod leave;
mod machine_context;
pub mod policy;
pub mod process;
pub mod raise;
pub mod record;
pub mod registers;
mod service;
pub mod signals;
pub mod sleep;
pub mod start;
pub mod suspend;
pub mod table;
pub mod thread;
pub mod threads;

pub use context::Context;
pub use record::ThreadRecord;
pub use sleep::BlockedOn;
pub use thread::Thread;

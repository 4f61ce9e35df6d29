// SPDX-License-Identifier: MIT
//! Who calls: jobs, processes, the handles of a process, and the context that
//! every call gets.

pub mod context;
pub mod job;
pub mod process;
pub mod table;

pub use context::Context;

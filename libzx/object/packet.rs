// SPDX-License-Identifier: MIT
//! A port packet in the library's own shape; the C edge knows the layouts.

/// What a packet reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Payload {
    /// A program's own packet: status and 32 bytes as they were queued.
    User {
        /// The program's status field.
        status: i32,
        /// The program's data.
        data: [u64; 4],
    },
    /// Signals became active.
    Signal {
        /// The signals that were waited for.
        trigger: u32,
        /// The signals active at the match.
        observed: u32,
        /// How often: always 1.
        count: u64,
        /// Monotonic time of the match, or 0.
        timestamp: i64,
    },
    /// A guest wrote to a bell trap at this address.
    GuestBell {
        /// Guest-physical address of the access.
        gpa: u64,
    },
    /// A VMO wants pages of its pager.
    PageRequest {
        /// Instead: it wants none any more.
        complete: bool,
        /// The first byte wanted.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// A bound interrupt was triggered.
    Interrupt {
        /// What the trigger said.
        timestamp: i64,
    },
}

/// A packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet {
    /// The key of whoever registered for it.
    pub key: u64,
    /// The content.
    pub payload: Payload,
}

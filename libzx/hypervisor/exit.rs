// SPDX-License-Identifier: MIT
//! What a VCPU leaves the guest for, as the backend tells it.

/// Why the guest was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// A port instruction; the data is in the exit's buffer.
    Port(PortAccess),
    /// An access to memory without a slot, or a store to a read-only one.
    Memory(MemoryAccess),
    /// HLT; the instruction pointer is behind it.
    Halt,
    /// An interrupt can be delivered now.
    Window,
    /// A signal, or nothing that concerns the library.
    Interrupted,
    /// RDMSR of this register, to be answered.
    ReadMsr(u32),
    /// WRMSR of this register.
    WriteMsr(u32, u64),
    /// Triple fault.
    Shutdown,
    /// The guest state cannot be entered.
    BadEntry,
    /// An instruction that KVM would have to emulate and does not know.
    Emulation,
    /// The host has no memory behind an address of a slot.
    NoHostMemory,
    /// KVM has no memory for the guest.
    NoKernelMemory,
    /// Something KVM could not do.
    Failed,
    /// An exit that the library did not ask for.
    Unknown,
}

impl Exit {
    /// A word for people.
    pub fn name(&self) -> &'static str {
        match self {
            Exit::Port(_) => "port",
            Exit::Memory(_) => "memory",
            Exit::Halt => "halt",
            Exit::Window => "interrupt window",
            Exit::Interrupted => "signal",
            Exit::ReadMsr(_) => "rdmsr",
            Exit::WriteMsr(..) => "wrmsr",
            Exit::Shutdown => "triple fault",
            Exit::BadEntry => "entry refused",
            Exit::Emulation => "unknown instruction",
            Exit::NoHostMemory => "no host memory",
            Exit::NoKernelMemory => "no kernel memory",
            Exit::Failed => "failure",
            Exit::Unknown => "unknown",
        }
    }

    /// The address, port or register that it is about.
    pub fn address(&self) -> Option<u64> {
        match self {
            Exit::Port(access) => Some(access.port.into()),
            Exit::Memory(access) => Some(access.gpa),
            Exit::ReadMsr(register) | Exit::WriteMsr(register, _) => Some((*register).into()),
            _ => None,
        }
    }
}

/// A port instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortAccess {
    /// The port.
    pub port: u16,
    /// Bytes of one element: 1, 2 or 4.
    pub size: u8,
    /// Whether the guest reads.
    pub input: bool,
    /// Elements in the buffer; more than one only for string instructions.
    pub count: u32,
}

/// An access, or a part of at most eight bytes of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryAccess {
    /// Guest-physical address.
    pub gpa: u64,
    /// Bytes: 1 to 8.
    pub len: u8,
    /// The bytes that are stored; `None` for a load.
    pub stored: Option<[u8; 8]>,
}

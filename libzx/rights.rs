// SPDX-License-Identifier: MIT
//! Rights of handles and the default set of each object type (objects.md,
//! section 4).

use crate::uapi::rights as c;

/// A set of rights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rights(u32);

macro_rules! rights {
    ($($name:ident = $value:ident),* $(,)?) => {
        impl Rights {
            $(
                #[doc = concat!("`", stringify!($value), "`.")]
                pub const $name: Rights = Rights(c::$value);
            )*
        }
    };
}

rights! {
    NONE = ZX_RIGHT_NONE,
    DUPLICATE = ZX_RIGHT_DUPLICATE,
    TRANSFER = ZX_RIGHT_TRANSFER,
    READ = ZX_RIGHT_READ,
    WRITE = ZX_RIGHT_WRITE,
    EXECUTE = ZX_RIGHT_EXECUTE,
    MAP = ZX_RIGHT_MAP,
    GET_PROPERTY = ZX_RIGHT_GET_PROPERTY,
    SET_PROPERTY = ZX_RIGHT_SET_PROPERTY,
    ENUMERATE = ZX_RIGHT_ENUMERATE,
    SIGNAL = ZX_RIGHT_SIGNAL,
    SIGNAL_PEER = ZX_RIGHT_SIGNAL_PEER,
    WAIT = ZX_RIGHT_WAIT,
    INSPECT = ZX_RIGHT_INSPECT,
    DESTROY = ZX_RIGHT_DESTROY,
    SET_POLICY = ZX_RIGHT_SET_POLICY,
    MANAGE_JOB = ZX_RIGHT_MANAGE_JOB,
    APPLY_PROFILE = ZX_RIGHT_APPLY_PROFILE,
    MANAGE_THREAD = ZX_RIGHT_MANAGE_THREAD,
    MANAGE_PROCESS = ZX_RIGHT_MANAGE_PROCESS,
    MANAGE_SOCKET = ZX_RIGHT_MANAGE_SOCKET,
    DEFAULT_BTI = ZX_DEFAULT_BTI_RIGHTS,
    DEFAULT_CHANNEL = ZX_DEFAULT_CHANNEL_RIGHTS,
    DEFAULT_CLOCK = ZX_DEFAULT_CLOCK_RIGHTS,
    DEFAULT_FIFO = ZX_DEFAULT_FIFO_RIGHTS,
    DEFAULT_EVENT = ZX_DEFAULT_EVENT_RIGHTS,
    DEFAULT_EVENTPAIR = ZX_DEFAULT_EVENTPAIR_RIGHTS,
    DEFAULT_EXCEPTION = ZX_DEFAULT_EXCEPTION_RIGHTS,
    DEFAULT_GUEST = ZX_DEFAULT_GUEST_RIGHTS,
    DEFAULT_INTERRUPT = ZX_DEFAULT_INTERRUPT_RIGHTS,
    DEFAULT_IOMMU = ZX_DEFAULT_IOMMU_RIGHTS,
    DEFAULT_JOB = ZX_DEFAULT_JOB_RIGHTS,
    DEFAULT_LOG = ZX_DEFAULT_LOG_RIGHTS,
    DEFAULT_PAGER = ZX_DEFAULT_PAGER_RIGHTS,
    DEFAULT_PORT = ZX_DEFAULT_PORT_RIGHTS,
    DEFAULT_PROCESS = ZX_DEFAULT_PROCESS_RIGHTS,
    DEFAULT_PROFILE = ZX_DEFAULT_PROFILE_RIGHTS,
    DEFAULT_RESOURCE = ZX_DEFAULT_RESOURCE_RIGHTS,
    DEFAULT_SOCKET = ZX_DEFAULT_SOCKET_RIGHTS,
    DEFAULT_STREAM = ZX_DEFAULT_STREAM_RIGHTS,
    DEFAULT_SUSPEND_TOKEN = ZX_DEFAULT_SUSPEND_TOKEN_RIGHTS,
    DEFAULT_SYSTEM_EVENT = ZX_DEFAULT_SYSTEM_EVENT_LOW_MEMORY_RIGHTS,
    DEFAULT_THREAD = ZX_DEFAULT_THREAD_RIGHTS,
    DEFAULT_TIMER = ZX_DEFAULT_TIMER_RIGHTS,
    DEFAULT_VCPU = ZX_DEFAULT_VCPU_RIGHTS,
    DEFAULT_VMAR = ZX_DEFAULT_VMAR_RIGHTS,
    DEFAULT_VMO = ZX_DEFAULT_VMO_RIGHTS,
}

impl Rights {
    /// Those of the program's end of a channel for exceptions.
    pub const EXCEPTION_CHANNEL: Rights =
        Rights(c::ZX_RIGHT_TRANSFER | c::ZX_RIGHT_WAIT | c::ZX_RIGHT_READ);

    /// The set with exactly these bits.
    pub const fn from_bits(bits: u32) -> Rights {
        Rights(bits)
    }

    /// The bits of the set.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether every right of `other` is in this set.
    pub const fn contains(self, other: Rights) -> bool {
        self.0 & other.0 == other.0
    }

    /// This set and `other` together.
    #[must_use]
    pub const fn with(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }

    /// This set without the rights of `other`.
    #[must_use]
    pub const fn without(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }

    /// What this set and `other` both have.
    #[must_use]
    pub const fn intersection(self, other: Rights) -> Rights {
        Rights(self.0 & other.0)
    }

    /// The rights a caller asked for, given those it has:
    /// `ZX_RIGHT_SAME_RIGHTS` is recognised only as that exact value, anything
    /// else must be a subset. `None` when it is not.
    pub fn requested(self, asked: u32) -> Option<Rights> {
        if asked == c::ZX_RIGHT_SAME_RIGHTS {
            return Some(self);
        }
        let asked = Rights(asked);
        self.contains(asked).then_some(asked)
    }
}

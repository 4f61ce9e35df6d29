// SPDX-License-Identifier: MIT
//! Kernel objects: what Zircon promises of them, in Rust's own types. Nothing
//! here knows the C edge or KVM.
//!
//! To add an object: write its file with an `impl KernelObject` (`Peered` if
//! it is one end of two), add its line to `objects!` below, its default rights
//! to `rights.rs` and its calls to a file of `calls/`.
//!
//! # Lock order
//!
//! Outermost first; a lock is taken only when everything held is above it.
//!
//! | lock | where | notes |
//! |---|---|---|
//! | VCPU run lock | `vcpu.rs` | owner thread only, held across `KVM_RUN` |
//! | threads | `task/threads.rs`, `service.rs`, `leave.rs` | that threads start, then the lists of them, then the thread that serves them, one after the other |
//! | startup handle | `task/process.rs`, `calls/utc.rs` | while it is put into the table |
//! | VCPU numbers | `guest.rs` | of one guest; held while KVM makes a VCPU |
//! | address space | `vmar.rs` | the region tree of one process or guest |
//! | guest memory | `hypervisor/memory.rs` | of one guest: who changes it, then its slots and traps, then its VCPUs |
//! | mappings | `sys/page_traps.rs` | what the process has mapped, then which accesses trap; not with guest memory |
//! | turn | `ring.rs`, `vmo/content.rs`, `stream.rs` | one reader or writer of a fifo, a socket or a VMO by streams; of a stream, its place first |
//! | family | `vmo/family.rs` | the pages of a VMO and its relatives |
//! | page source | `vmo/source.rs` | what is wanted of a pager; not while a packet is queued |
//! | debug log | `debuglog.rs` | the records, while their readers' signals change |
//! | object state | `base.rs` and the file of each object | one object or one pair of peers |
//! | timer queue | `sys/timer_queue.rs` | set while a timer is locked |
//! | port queue | `port.rs` | fed while an object's state is locked |
//! | table shard | `task/table` | index allocation only |
//! | futex queue | `task/futex.rs` | who sleeps on words of the program |
//! | file read apart | `sys/apart.rs` | whose turn it is, then what is to be read; the thread that reads is waited for |
//! | leaves | | names and labels of objects; `resource.rs`: what was given; `pager.rs`: its sources; `guest.rs`: who waits for a bell; `vmo/backing.rs`: where it is mapped; `kvm/vm.rs`: VCPUs half made; `task/handover.rs`: what is handed over; `task/policy.rs`; `task/exception.rs`: a task's channel, and how far an exception is; `task/record/pool.rs`; `sys/unmap.rs` |
//! | heap | `sys/heap.rs` | the last, as everything allocates |
//!
//! None but the run lock is held while a thread blocks, none but that and a
//! turn while it touches caller memory. Guest memory is touched with its lock
//! held; what answers for absent pages needs the mappings and a family only. Last-handle actions, wake-ups and the
//! drops of objects happen without any of them.

use std::sync::Arc;

pub mod async_wait;
pub mod base;
pub mod channel;
pub mod clock;
pub mod debuglog;
pub mod dma;
pub mod event;
pub mod eventpair;
pub mod fifo;
pub mod guest;
pub mod handle;
pub mod info;
pub mod interrupt;
pub mod message;
pub mod observer;
pub mod packet;
pub mod pager;
pub mod peer;
pub mod port;
pub mod profile;
pub mod property;
pub mod resource;
pub mod ring;
pub mod signal;
mod slots;
pub mod socket;
pub mod stream;
pub mod system_event;
pub mod timer;
pub mod vcpu;
pub mod vmar;
pub mod vmo;
pub mod wait;

use base::{Base, Koid, ObserverGuard, Signals};

use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::types::ZX_USER_SIGNAL_ALL;

/// The value of `zx_obj_type_t`.
pub type ObjectType = u32;

/// What every type of object says about itself.
pub trait KernelObject: Send + Sync + Sized + 'static {
    /// Its number in `zx_info_handle_basic_t`.
    const TYPE: ObjectType;
    /// The rights of a handle from the type's create call.
    const DEFAULT_RIGHTS: Rights;
    /// The signals that programs may change, given a handle with the right.
    const SETTABLE: Signals = ZX_USER_SIGNAL_ALL;
    /// Whether its signals describe nothing but themselves.
    const ONLY_SIGNALS: bool = false;
    /// Whether the type has a peer; it then implements `signal_peer`.
    const PEERED: bool = false;

    /// The shared part.
    fn base(&self) -> &Base;

    /// The koid of the peer or parent; 0 for types without one.
    fn related_koid(&self) -> Koid {
        0
    }

    /// Locks the object's observers; `None` for types that cannot be waited
    /// on.
    fn observers(&self) -> Option<ObserverGuard<'_>> {
        None
    }

    /// Changes the signals of the peer; the masks have been checked.
    /// `PEER_CLOSED` when it is gone.
    fn signal_peer(&self, _clear: Signals, _set: Signals) -> Result {
        Err(Status::NOT_SUPPORTED)
    }

    /// Runs when the last handle has gone, before the call that closed it
    /// returns, at most once at a time, without any lock.
    fn on_zero_handles(self: &Arc<Self>) {}
}

macro_rules! objects {
    ($($name:ident => $path:path),* $(,)?) => {
        /// A reference to an object of any type.
        #[derive(Clone)]
        pub enum Object {
            $(
                #[doc = concat!("A [`", stringify!($path), "`].")]
                $name(Arc<$path>),
            )*
        }

        impl Object {
            /// The number of the object's type.
            pub fn object_type(&self) -> ObjectType {
                match self { $(Object::$name(_) => <$path>::TYPE,)* }
            }

            /// The shared part.
            pub fn base(&self) -> &Base {
                match self { $(Object::$name(object) => object.base(),)* }
            }

            /// The koid of the peer or parent, or 0.
            pub fn related_koid(&self) -> Koid {
                match self { $(Object::$name(object) => object.related_koid(),)* }
            }

            /// Locks the object's observers, if it can be waited on.
            pub fn observers(&self) -> Option<ObserverGuard<'_>> {
                match self { $(Object::$name(object) => object.observers(),)* }
            }

            /// Whether threads and ports can wait for its signals.
            pub fn is_waitable(&self) -> bool {
                match self {
                    $(Object::$name(_) => <$path>::DEFAULT_RIGHTS.contains(Rights::WAIT),)*
                }
            }

            /// Whether it has signals that programs may change.
            pub fn is_signalable(&self) -> bool {
                match self {
                    $(Object::$name(_) => <$path>::DEFAULT_RIGHTS.contains(Rights::SIGNAL),)*
                }
            }

            /// The signals that programs may change.
            pub fn settable(&self) -> Signals {
                match self { $(Object::$name(_) => <$path>::SETTABLE,)* }
            }

            /// Whether its signals may change without its lock.
            pub fn has_only_signals(&self) -> bool {
                match self { $(Object::$name(_) => <$path>::ONLY_SIGNALS,)* }
            }

            /// Whether it is of a type with peers.
            pub fn is_peered(&self) -> bool {
                match self { $(Object::$name(_) => <$path>::PEERED,)* }
            }

            /// Changes the signals of its peer.
            pub fn signal_peer(&self, clear: Signals, set: Signals) -> Result {
                match self { $(Object::$name(object) => object.signal_peer(clear, set),)* }
            }

            fn on_zero_handles(&self) {
                match self { $(Object::$name(object) => object.on_zero_handles(),)* }
            }
        }

        $(
            impl From<Arc<$path>> for Object {
                fn from(object: Arc<$path>) -> Object {
                    Object::$name(object)
                }
            }

            impl Typed for $path {
                fn of(object: &Object) -> Option<&Arc<$path>> {
                    match object {
                        Object::$name(object) => Some(object),
                        _ => None,
                    }
                }
            }
        )*
    };
}

/// Objects that a typed lookup can ask for.
pub trait Typed: KernelObject {
    /// The object, if it is of this type.
    fn of(object: &Object) -> Option<&Arc<Self>>;
}

objects! {
    Event => event::Event,
    EventPair => eventpair::EventPair,
    Exception => crate::task::exception::Exception,
    Interrupt => interrupt::Interrupt,
    Job => crate::task::job::Job,
    Process => crate::task::process::Process,
    Vmo => vmo::Vmo,
    Stream => stream::Stream,
    Pager => pager::Pager,
    Port => port::Port,
    Resource => resource::Resource,
    SuspendToken => crate::task::suspend::SuspendToken,
    Thread => crate::task::thread::Thread,
    Timer => timer::Timer,
    Vmar => vmar::Vmar,
    Guest => guest::Guest,
    Vcpu => vcpu::Vcpu,
    Channel => channel::Channel,
    Socket => socket::Socket,
    Fifo => fifo::Fifo,
    Clock => clock::Clock,
    DebugLog => debuglog::DebugLog,
    Profile => profile::Profile,
    Iommu => dma::Iommu,
    Bti => dma::Bti,
}

impl Object {
    /// Ends all waits that were made through the handle with this identity.
    fn cancel_waits(&self, handle: u64) {
        if !self.base().observed() {
            return;
        }
        if let Some(mut list) = self.observers() {
            let canceled = self.base().cancel_locked(&mut list, handle);
            drop(list);
            drop(canceled);
        }
    }
}

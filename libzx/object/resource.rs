// SPDX-License-Identifier: MIT
//! Resources: tokens that allow privileged calls (tasks-time-system.md,
//! section 9.2). On Linux they are bookkeeping only: they grant nothing that
//! the process may not do anyway.

use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use super::base::Base;
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::uapi::resource as c;
use crate::uapi::types::{ZX_MAX_NAME_LEN, ZX_OBJ_TYPE_RESOURCE};

/// A name as kernel objects keep it: zero padded and terminated.
pub type Name = [u8; ZX_MAX_NAME_LEN];

/// What a resource is about; the numbers are those of the C header.
pub type Kind = u32;

/// A resource.
pub struct Resource {
    base: Base,
    kind: Kind,
    flags: u32,
    start: u64,
    size: u64,
    name: Name,
    /// Whether the range stands in the list of ranges given out.
    listed: bool,
}

/// The ranges of resources alive.
static GIVEN: Mutex<Vec<Given>> = Mutex::new(Vec::new());

struct Given {
    kind: Kind,
    range: Range<u64>,
    exclusive: bool,
}

impl KernelObject for Resource {
    const TYPE: ObjectType = ZX_OBJ_TYPE_RESOURCE;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_RESOURCE;

    fn base(&self) -> &Base {
        &self.base
    }

    fn on_zero_handles(self: &Arc<Self>) {
        if !self.listed {
            return;
        }
        let mut given = GIVEN.lock();
        let ours = |g: &Given| {
            g.kind == self.kind && g.range == self.range() && g.exclusive == self.exclusive()
        };
        if let Some(index) = given.iter().position(ours) {
            given.swap_remove(index);
        }
    }
}

/// The part of the numbers of a kind that this machine has, as documented in
/// the README: x86 has no secure monitor.
fn machine_region(kind: Kind) -> Range<u64> {
    match kind {
        c::ZX_RSRC_KIND_MMIO => 0..1 << 52,
        c::ZX_RSRC_KIND_IRQ => 0..1024,
        c::ZX_RSRC_KIND_IOPORT => 0..1 << 16,
        c::ZX_RSRC_KIND_SYSTEM => 0..13,
        _ => 0..0,
    }
}

impl Resource {
    /// The resource of kind ROOT, which satisfies every check.
    pub fn root() -> Arc<Resource> {
        Arc::new(Resource {
            base: Base::new(0),
            kind: c::ZX_RSRC_KIND_ROOT,
            flags: 0,
            start: 0,
            size: 0,
            name: name_from(b"root"),
            listed: false,
        })
    }

    /// A resource for making guests.
    pub fn hypervisor() -> Result<Arc<Resource>> {
        let base = c::ZX_RSRC_SYSTEM_HYPERVISOR_BASE;
        let name = || Ok(name_from(b"hypervisor"));
        Resource::create(&Resource::root(), c::ZX_RSRC_KIND_SYSTEM, base, 1, name)
    }

    /// A resource for `size` numbers from `start` out of what `parent` has.
    /// `options` holds the kind and the flags; checks 2 to 8 of
    /// `zx_resource_create`.
    pub fn create(
        parent: &Resource,
        options: u32,
        start: u64,
        size: u64,
        name: impl FnOnce() -> Result<Name>,
    ) -> Result<Arc<Resource>> {
        let kind = options & 0xFFFF;
        let flags = options & 0xFFFF_0000;
        if kind >= c::ZX_RSRC_KIND_COUNT || flags & !c::ZX_RSRC_FLAGS_MASK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let parent_is_root = parent.kind == c::ZX_RSRC_KIND_ROOT;
        if !parent_is_root {
            if parent.kind != kind || !parent.covers(start, size) {
                return Err(Status::ACCESS_DENIED);
            }
            if (parent.flags | flags) & c::ZX_RSRC_FLAG_EXCLUSIVE != 0 {
                return Err(Status::INVALID_ARGS);
            }
        }
        let name = name()?;
        let ranged = kind != c::ZX_RSRC_KIND_ROOT;
        if !ranged && (start != 0 || size != 0) {
            return Err(Status::INVALID_ARGS);
        }
        let end = start.checked_add(size).ok_or(Status::INVALID_ARGS)?;
        if ranged && size == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let resource = Resource {
            base: Base::new(0),
            kind,
            flags,
            start,
            size,
            name,
            listed: ranged,
        };
        if ranged {
            let region = machine_region(kind);
            if start < region.start || end > region.end {
                return Err(Status::NOT_FOUND);
            }
            give(Given {
                kind,
                range: start..end,
                exclusive: resource.exclusive(),
            })?;
        }
        Ok(Arc::new(resource))
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its flags.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// The first number and how many there are.
    pub fn extent(&self) -> (u64, u64) {
        (self.start, self.size)
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Fails unless this is the root resource or one of kind SYSTEM for
    /// `base`: `wrong_kind` for another kind, `OUT_OF_RANGE` for another
    /// base.
    pub fn check_system(&self, base: u64, wrong_kind: Status) -> Result {
        match self.kind {
            c::ZX_RSRC_KIND_ROOT => Ok(()),
            c::ZX_RSRC_KIND_SYSTEM if self.covers(base, 1) => Ok(()),
            c::ZX_RSRC_KIND_SYSTEM if wrong_kind == Status::WRONG_TYPE => Err(Status::OUT_OF_RANGE),
            _ => Err(wrong_kind),
        }
    }

    /// Fails unless this is the root resource or has `size` numbers of a kind
    /// from `start` on: `WRONG_TYPE` for another kind, `OUT_OF_RANGE` for
    /// other numbers.
    pub fn check_range(&self, kind: Kind, start: u64, size: u64) -> Result {
        if self.kind == c::ZX_RSRC_KIND_ROOT {
            Ok(())
        } else if self.kind != kind {
            Err(Status::WRONG_TYPE)
        } else if self.covers(start, size) {
            Ok(())
        } else {
            Err(Status::OUT_OF_RANGE)
        }
    }

    /// Fails unless this is the root resource or has the interrupt `number`.
    pub fn check_irq(&self, number: u32) -> Result {
        self.check_range(c::ZX_RSRC_KIND_IRQ, number.into(), 1)
    }

    /// Fails with `WRONG_TYPE` unless this is the root resource, or the one
    /// that later Zircon has for the same purpose: of kind SYSTEM for `base`.
    pub fn check_purpose(&self, base: u64) -> Result {
        match self.kind {
            c::ZX_RSRC_KIND_ROOT => Ok(()),
            c::ZX_RSRC_KIND_SYSTEM if self.covers(base, 1) => Ok(()),
            _ => Err(Status::WRONG_TYPE),
        }
    }

    /// Fails with `WRONG_TYPE` unless this is the root resource.
    pub fn check_root(&self) -> Result {
        match self.kind {
            c::ZX_RSRC_KIND_ROOT => Ok(()),
            _ => Err(Status::WRONG_TYPE),
        }
    }

    /// Fails unless the resource allows to ask about the machine.
    pub fn check_info(&self) -> Result {
        self.check_system(c::ZX_RSRC_SYSTEM_INFO_BASE, Status::WRONG_TYPE)
    }

    fn range(&self) -> Range<u64> {
        self.start..self.start + self.size
    }

    fn exclusive(&self) -> bool {
        self.flags & c::ZX_RSRC_FLAG_EXCLUSIVE != 0
    }

    fn covers(&self, start: u64, size: u64) -> bool {
        let inside = |end: u64| start >= self.start && end <= self.start + self.size;
        start.checked_add(size).is_some_and(inside)
    }
}

/// Lists a range, unless it or one that it overlaps is exclusive.
fn give(new: Given) -> Result {
    let mut given = GIVEN.lock();
    let clash = given.iter().any(|old| {
        old.kind == new.kind
            && old.range.start < new.range.end
            && new.range.start < old.range.end
            && (old.exclusive || new.exclusive)
    });
    if clash {
        return Err(Status::NOT_FOUND);
    }
    given.push(new);
    Ok(())
}

/// A name from bytes: cut at the first NUL or at 31 bytes, zero padded.
pub fn name_from(bytes: &[u8]) -> Name {
    let mut name = Name::default();
    let limit = name.len() - 1;
    let kept = bytes.iter().take(limit).take_while(|&&byte| byte != 0);
    name.iter_mut().zip(kept).for_each(|(to, from)| *to = *from);
    name
}

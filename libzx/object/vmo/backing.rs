// SPDX-License-Identifier: MIT
//! The memory file of a VMO and everything that shows it.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::aliases::{Alias, Aliases, SpaceId};
use super::family::{Family, NodeId};
use crate::hypervisor::memory::HostView;
use crate::status::Result;
use crate::sys::closed_pages;
use crate::sys::memory::{Mapping, MemFd, Prot};
use crate::sys::page_traps::{self, Mappings, Outcome, Owner, Touch, Traps};

/// The largest file of which guests share one mapping of the whole.
const WHOLE_MAX: u64 = 1 << 40;

/// A memory file, and where it is mapped.
pub struct Backing {
    /// The file.
    pub file: MemFd,
    family: Weak<Family>,
    node: NodeId,
    this: Weak<Backing>,
    /// Where programs have mapped it.
    pub aliases: Mutex<Aliases>,
    /// The library's own mappings for guests, and which byte each begins with.
    views: Mutex<Vec<(Weak<Mapping>, u64)>>,
}

impl Backing {
    /// A file of zeroes for the node of a family.
    pub fn new(size: u64, family: &Arc<Family>, node: NodeId) -> Result<Arc<Backing>> {
        Backing::make(size, Arc::downgrade(family), node)
    }

    /// A file that is mapped nowhere.
    pub fn unseen(size: u64) -> Result<Arc<Backing>> {
        Backing::make(size, Weak::new(), 0)
    }

    fn make(size: u64, family: Weak<Family>, node: NodeId) -> Result<Arc<Backing>> {
        let file = MemFd::new(size)?;
        Ok(Arc::new_cyclic(|this| Backing {
            file,
            family,
            node,
            this: this.clone(),
            aliases: Mutex::default(),
            views: Mutex::default(),
        }))
    }

    /// Notes a mapping that a program has made.
    pub fn add_alias(&self, space: SpaceId, at: u64, alias: Alias, prot: Prot) {
        self.aliases.lock().insert(space, at, alias);
        if let SpaceId::Process(_) = space {
            page_traps::add_view(at, alias.len, alias.offset, prot, self.this.clone());
        }
    }

    /// Forgets one.
    pub fn remove_alias(&self, space: SpaceId, at: u64) {
        self.aliases.lock().remove(space, at);
        if let SpaceId::Process(_) = space {
            page_traps::remove_view(at);
        }
    }

    /// Maps a range for guests. All of them share one mapping of the whole
    /// file if it is not `growing`, so that cutting makes no new one.
    pub fn host_view(
        &self,
        mappings: &Mappings<'_>,
        (offset, len): (u64, u64),
        size: u64,
        growing: bool,
        traps: Option<Traps>,
    ) -> Result<HostView> {
        let shared = !growing && size <= WHOLE_MAX;
        let mut views = self.views.lock();
        views.retain(|(mapping, _)| mapping.strong_count() != 0);
        if shared && let Some(mapping) = views.iter().find_map(|(mapping, _)| mapping.upgrade()) {
            return Ok(HostView { mapping, offset });
        }
        let (start, len) = if shared { (0, size) } else { (offset, len) };
        let mapping = Arc::new(Mapping::new(&self.file, start, len)?);
        let at = mapping.addr() as u64;
        page_traps::add_guest_view(at, len, start, self.this.clone());
        if let Some(traps) = traps {
            page_traps::set(mappings, at, len, traps)?;
        }
        views.push((Arc::downgrade(&mapping), start));
        let offset = offset - start;
        Ok(HostView { mapping, offset })
    }

    /// Traps accesses through every mapping there is.
    pub fn trap_all(&self, mappings: &Mappings<'_>, traps: Traps) -> Result {
        let shown = |(_, len): &(u64, u64)| *len != 0;
        for (at, len) in self.aliases.lock().in_process().filter(shown) {
            page_traps::set(mappings, at, len, traps)?;
        }
        for (mapping, _) in &*self.views.lock() {
            if let Some(mapping) = mapping.upgrade() {
                page_traps::set(mappings, mapping.addr() as u64, mapping.len() as u64, traps)?;
            }
        }
        Ok(())
    }

    /// Opens what was closed since pages could not be had.
    pub fn reopen(&self) {
        let mappings = page_traps::lock();
        for (at, len) in self.aliases.lock().in_process() {
            closed_pages::reopen(at, len);
        }
        for (mapping, _) in &*self.views.lock() {
            if let Some(mapping) = mapping.upgrade() {
                closed_pages::reopen(mapping.addr() as u64, mapping.len() as u64);
            }
        }
        drop(mappings);
    }

    /// Whether nothing shows it.
    pub fn is_unmapped(&self) -> bool {
        self.aliases.lock().count() == 0
    }
}

impl Owner for Backing {
    fn touched(&self, offset: u64, touch: Touch, at: u64) -> Outcome {
        let Some(family) = self.family.upgrade() else {
            return Outcome::Retry;
        };
        family.touched(self.node, offset, touch, at)
    }
}

// SPDX-License-Identifier: MIT
//! VMOs whose pages a pager serves (memory.md, section 6).

use std::sync::Arc;

use super::family::Tree;
use super::source::{PageSource, Ticket};
use super::{PAGE_LEN, Vmo};
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::uapi::types::{ZX_VMO_DISCARDABLE, ZX_VMO_RESIZABLE};

impl Vmo {
    /// A VMO whose pages come from somewhere.
    pub fn create_paged(size: u64, options: u32, source: Arc<PageSource>) -> Result<Arc<Vmo>> {
        if options & !ZX_VMO_RESIZABLE != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = Vmo::create(size, options & !ZX_VMO_DISCARDABLE)?;
        vmo.family.write().set_pager(vmo.node, source);
        Ok(vmo)
    }

    /// Where its own pages come from, if they come from a pager.
    pub fn page_source(&self) -> Option<Arc<PageSource>> {
        if self.slice.is_some() {
            return None;
        }
        self.family.read().pager(self.node)
    }

    /// Whether pages of it, or of what it is a copy of, come from a pager.
    pub fn is_paged(&self) -> bool {
        self.family.read().is_paged(self.node)
    }

    /// Asks for the first pages of a range that are absent; of one page for
    /// most.
    pub(super) fn ask_absent(
        &self,
        tree: &Tree,
        first: u64,
        end: u64,
        all: bool,
    ) -> Option<Result<Ticket>> {
        let (source, page, count) = tree.first_absent(self.node, first, end)?;
        let count = if all { count } else { 1 };
        Some(source.ask(page, page + count))
    }

    /// Checks 5 to 8 of `zx_pager_supply_pages` for the VMO that gives pages.
    pub fn check_giving(&self, offset: u64, len: u64) -> Result {
        let tree = self.family.read();
        self.check_range(&tree, offset, len)?;
        let busy = self.parent_koid != 0
            || tree.is_paged(self.node)
            || tree.has_relatives()
            || tree.children(self.kin) != 0
            || !self.backing.is_unmapped();
        if busy { Err(Status::BAD_STATE) } else { Ok(()) }
    }

    /// Takes pages from another VMO where it has none, and empties the range
    /// there.
    pub fn supply(
        &self,
        source: &PageSource,
        (offset, len): (u64, u64),
        aux: &Vmo,
        aux_offset: u64,
    ) -> Result {
        self.check_range(&self.family.read(), offset, len)?;
        self.backing.reopen();
        let mut bytes = [0; PAGE_LEN];
        for done in (0..len).step_by(PAGE_LEN) {
            let page = (offset + done) / PAGE;
            {
                let tree = aux.family.read();
                aux.check_range(&tree, aux_offset + done, PAGE)?;
                let (place, _) = tree.locate(aux.node, (aux_offset + done) / PAGE, 1);
                tree.read_at(place, 0, &mut bytes)?;
            }
            let mut tree = self.family.write();
            if tree.size(self.node) <= page * PAGE {
                // It was cut meanwhile.
                return Err(Status::OUT_OF_RANGE);
            }
            tree.supply(self.node, page, &bytes)?;
            source.came(page, page + 1);
        }
        let mut tree = aux.family.write();
        let left = aux.size_in(&tree).saturating_sub(aux_offset).min(len);
        tree.clear(aux.node, aux_offset, left)
    }

    /// Fails the requests that want a page of a range; check 5 of
    /// `zx_pager_op_range`.
    pub fn fail_requests(
        &self,
        source: &PageSource,
        offset: u64,
        len: u64,
        status: Status,
    ) -> Result {
        self.check_range(&self.family.read(), offset, len)?;
        source.fail(offset / PAGE, (offset + len) / PAGE, status);
        Ok(())
    }
}

// SPDX-License-Identifier: MIT
//! Children of VMOs (memory.md, sections 3.6 and 3.7).

use std::sync::{Arc, Weak};

use super::backing::Backing;
use super::family::Tree;
use super::{Parts, Slice, Vmo, round_up, rounded};
use crate::object::resource::Name;
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::sys::page_traps::{self, Mappings};
use crate::uapi::types as c;

/// The child that a program asks for.
pub struct ChildRequest {
    /// `ZX_VMO_CHILD_*` without `NO_WRITE`, which is about the handle.
    pub options: u32,
    /// Which byte of the parent comes first.
    pub offset: u64,
    /// How many bytes it has.
    pub size: u64,
    /// Its name.
    pub name: Name,
}

impl Vmo {
    /// Makes a child; checks 3 to 5 of `zx_vmo_create_child`.
    pub fn create_child(self: &Arc<Vmo>, request: ChildRequest) -> Result<Arc<Vmo>> {
        if self.options & c::ZX_VMO_DISCARDABLE != 0 {
            return Err(Status::NOT_SUPPORTED);
        }
        if request.options & c::ZX_VMO_CHILD_SLICE != 0 {
            return self.create_slice(request);
        }
        let kind = request.options & !c::ZX_VMO_CHILD_RESIZABLE;
        if kind != c::ZX_VMO_CHILD_SNAPSHOT && kind != c::ZX_VMO_CHILD_SNAPSHOT_AT_LEAST_ON_WRITE {
            return Err(Status::INVALID_ARGS);
        }
        self.create_copy(request)
    }

    fn create_slice(self: &Arc<Vmo>, request: ChildRequest) -> Result<Arc<Vmo>> {
        let ChildRequest { offset, size, .. } = request;
        if request.options != c::ZX_VMO_CHILD_SLICE || !offset.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let len = round_up(size);
        if len < size {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut tree = self.family.write();
        self.check_range(&tree, offset, len)
            .map_err(|_| Status::INVALID_ARGS)?;
        if self.is_resizable() {
            return Err(Status::NOT_SUPPORTED);
        }
        self.check_cached(&tree)?;
        let root = match &self.slice {
            Some(slice) => Arc::clone(&slice.root),
            None => Arc::clone(self),
        };
        let start = self.start() + offset;
        let slice = Slice { start, len, root };
        let child = Arc::new_cyclic(|this| {
            Vmo::new(Parts {
                options: 0,
                parent: Some((self.base.koid(), self.depth.wrapping_add(offset))),
                name: request.name,
                family: Arc::clone(&self.family),
                kin: tree.add_kin(Weak::clone(this), Some(self.kin), size),
                node: self.node,
                backing: Arc::clone(&self.backing),
                slice: Some(slice),
            })
        });
        self.note_child(tree);
        Ok(child)
    }

    fn create_copy(self: &Arc<Vmo>, request: ChildRequest) -> Result<Arc<Vmo>> {
        let ChildRequest { offset, size, .. } = request;
        if !offset.is_multiple_of(PAGE) {
            return Err(Status::INVALID_ARGS);
        }
        let len = rounded(size)?;
        let exact = request.options & c::ZX_VMO_CHILD_SNAPSHOT != 0;
        if self.slice.is_some() || exact && self.is_paged() {
            return Err(Status::NOT_SUPPORTED);
        }
        let mappings = page_traps::lock();
        let mut tree = self.family.write();
        self.check_cached(&tree)?;
        let depth = self.depth.checked_add(offset);
        let depth = depth.filter(|depth| depth.checked_add(len).is_some());
        let depth = depth.ok_or(Status::INVALID_ARGS)?;
        let make = |node| Backing::new(len, &self.family, node);
        let (node, backing) = tree.add_node(len / PAGE, make)?;
        if let Err(status) = self.show_to(&mappings, &mut tree, node, offset) {
            tree.hide(node);
            return Err(status);
        }
        let resizable = request.options & c::ZX_VMO_CHILD_RESIZABLE != 0;
        let child = Arc::new_cyclic(|this| {
            Vmo::new(Parts {
                options: if resizable { c::ZX_VMO_RESIZABLE } else { 0 },
                parent: Some((self.base.koid(), depth)),
                name: request.name,
                family: Arc::clone(&self.family),
                kin: tree.add_kin(Weak::clone(this), Some(self.kin), size),
                node,
                backing,
                slice: None,
            })
        });
        self.note_child(tree);
        Ok(child)
    }

    /// Lets a new node show what this VMO shows now. From then on stores to
    /// the mappings of this one are trapped.
    fn show_to(
        &self,
        mappings: &Mappings<'_>,
        tree: &mut Tree,
        node: usize,
        offset: u64,
    ) -> Result {
        if !page_traps::available() {
            return tree.copy_all(node, self.node, offset / PAGE);
        }
        let fresh = tree.attach(node, self.node, offset / PAGE);
        if fresh && let Some(traps) = tree.traps(self.node) {
            self.backing.trap_all(mappings, traps)?;
        }
        Ok(())
    }

    /// Tells that there is a child.
    fn note_child(&self, tree: parking_lot::RwLockWriteGuard<'_, Tree>) {
        let mut list = self.observers.lock();
        let fired = self
            .base
            .update_locked(&mut list, c::ZX_VMO_ZERO_CHILDREN, 0);
        drop(list);
        drop(tree);
        drop(fired);
    }
}

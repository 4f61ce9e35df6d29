// SPDX-License-Identifier: MIT
//! The pages of a VMO and of its copy-on-write relatives (memory.md, section
//! 3.7).
//!
//! Every VMO has a memory file of its own, which is all that its mappings ever
//! show. What a child has not got yet it takes from its *source* page by page:
//! when a page is touched through a mapping (`page_traps`), or read or written
//! by a call. A VMO with children keeps its file; before a page of it changes,
//! the old page goes to the *snapshot*, a node without mappings of which the
//! children are readers:
//!
//! ```text
//! child ──source──> snapshot ──source──> VMO ──source──> ...
//! ```
//!
//! A second snapshot is put between the first one and the VMO. A VMO that is
//! closed while others read its pages stays as a node that nobody sees. So
//! making a child copies nothing and is independent of sizes; each page is
//! copied at most once for every VMO that sees it; and a mapping stays one
//! mapping of the host.
//!
//! Everything here is done with the family locked, and touches no memory but
//! the files and the library's own.

use std::sync::{Arc, Weak};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use slab::Slab;

use super::Vmo;
use super::backing::Backing;
use super::source::PageSource;
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::sys::page_traps::{Outcome, Touch, Traps};
use crate::sys::range_set::RangeSet;
use crate::uapi::types::ZX_CACHE_POLICY_CACHED;

/// Names a node of a family.
pub type NodeId = usize;
/// Names a VMO of a family.
pub type KinId = usize;

/// How many pages a load brings at most.
const AROUND: u64 = 16;
/// Up to how many pages it is cheaper to read what they hold than to ask.
const FEW: u64 = 64;
const PAGE_LEN: usize = 4096;

/// A VMO, its children, theirs and so on, under one lock.
#[derive(Default)]
pub struct Family(RwLock<Tree>);

impl Family {
    /// Looks at it.
    pub fn read(&self) -> RwLockReadGuard<'_, Tree> {
        self.0.read()
    }

    /// Changes it.
    pub fn write(&self) -> RwLockWriteGuard<'_, Tree> {
        self.0.write()
    }

    /// A page of a node was touched through a mapping.
    pub fn touched(&self, id: NodeId, offset: u64, touch: Touch, at: u64) -> Outcome {
        let page = offset / PAGE;
        let mut tree = self.write();
        if !tree.nodes.contains(id) || page >= tree.nodes[id].pages {
            return Outcome::Retry;
        }
        if touch != Touch::Protected
            && let Some((source, page, _)) = tree.first_absent(id, page, page + 1)
        {
            return match source.ask_for_access(page, at) {
                Ok(()) => Outcome::Wait,
                Err(status) => Outcome::Fail(status),
            };
        }
        let done = match touch {
            Touch::Protected => tree.keep_old(id, page, page + 1),
            Touch::Load => tree.fill(id, page, true),
            Touch::Store => tree.fill(id, page, false),
        };
        match done {
            // Without memory there is nothing to do but to try until there is.
            Err(_) => Outcome::Again,
            Ok(()) if touch == Touch::Protected && !tree.has_snapshot(id) => Outcome::Unprotect,
            Ok(()) => Outcome::Retry,
        }
    }
}

/// What is locked.
#[derive(Default)]
pub struct Tree {
    nodes: Slab<Node>,
    kin: Slab<Kin>,
    visible: usize,
}

/// Where a node finds the pages that it has not got.
#[derive(Clone, Copy)]
struct Source {
    node: NodeId,
    /// Which page there is page 0 here.
    offset: u64,
    /// From which page on there is none, but zeroes.
    limit: u64,
}

/// Pages.
pub struct Node {
    /// The file; `None` for a snapshot that holds only zeroes.
    backing: Option<Arc<Backing>>,
    /// How many there are.
    pages: u64,
    /// Whether a VMO shows them.
    visible: bool,
    /// With a source: the pages that do not come from there.
    own: RangeSet,
    /// The pages that have memory without being written.
    committed: RangeSet,
    source: Option<Source>,
    /// The nodes that have this one as their source.
    readers: Vec<NodeId>,
    /// The youngest snapshot of it.
    snapshot: Option<NodeId>,
    /// `ZX_CACHE_POLICY_*`.
    pub cache_policy: u32,
    /// How often it is locked, if it is discardable.
    pub locks: u64,
    /// Where the pages come from that are not `own`, instead of a source.
    pager: Option<Served>,
}

/// Tells the pager when the last use of its pages is gone.
struct Served(Arc<PageSource>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.end_unused();
    }
}

/// What the family knows of a VMO.
pub struct Kin {
    vmo: Weak<Vmo>,
    parent: Option<KinId>,
    children: Vec<KinId>,
    /// The bytes that its user says count.
    pub content_size: u64,
}

/// Where a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the file of a node.
    File(NodeId, u64),
    /// Nowhere: it is zero.
    Zero,
    /// With the pager of a node.
    Absent(NodeId, u64),
}

impl Node {
    fn new(backing: Option<Arc<Backing>>, pages: u64, visible: bool) -> Node {
        Node {
            backing,
            pages,
            visible,
            own: RangeSet::default(),
            committed: RangeSet::default(),
            source: None,
            readers: Vec::new(),
            snapshot: None,
            cache_policy: ZX_CACHE_POLICY_CACHED,
            locks: 0,
            pager: None,
        }
    }

    /// The pages of a range that were written to its file, as runs.
    fn written(&self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let Some(backing) = &self.backing else {
            return Vec::new();
        };
        let parts = backing.file.written(start * PAGE, (end - start) * PAGE);
        let pages = |(start, end): (u64, u64)| (start / PAGE, end.div_ceil(PAGE));
        parts.into_iter().map(pages).collect()
    }

    fn punch(&mut self, start: u64, end: u64) -> Result {
        if let Some(backing) = &self.backing {
            backing.file.clear(start * PAGE, (end - start) * PAGE)?;
        }
        self.committed.remove(start, end);
        Ok(())
    }
}

impl Tree {
    /// Adds the pages of a new VMO.
    pub fn add_node(
        &mut self,
        pages: u64,
        backing: impl FnOnce(NodeId) -> Result<Arc<Backing>>,
    ) -> Result<(NodeId, Arc<Backing>)> {
        let entry = self.nodes.vacant_entry();
        let id = entry.key();
        let backing = backing(id)?;
        entry.insert(Node::new(Some(Arc::clone(&backing)), pages, true));
        self.visible += 1;
        Ok((id, backing))
    }

    /// Adds a VMO.
    pub fn add_kin(&mut self, vmo: Weak<Vmo>, parent: Option<KinId>, content_size: u64) -> KinId {
        let id = self.kin.insert(Kin {
            vmo,
            parent,
            children: Vec::new(),
            content_size,
        });
        if let Some(parent) = parent {
            self.kin[parent].children.push(id);
        }
        id
    }

    /// What is known of a VMO.
    pub fn kin(&self, id: KinId) -> &Kin {
        &self.kin[id]
    }

    /// The same, to be changed.
    pub fn kin_mut(&mut self, id: KinId) -> &mut Kin {
        &mut self.kin[id]
    }

    /// How many direct children a VMO has.
    pub fn children(&self, id: KinId) -> usize {
        self.kin[id].children.len()
    }

    /// Takes a VMO out; its children become its parent's. Returns the parent
    /// if it has no child any more.
    pub fn remove_kin(&mut self, id: KinId) -> Option<Arc<Vmo>> {
        let gone = self.kin.try_remove(id)?;
        for &child in &gone.children {
            self.kin[child].parent = gone.parent;
        }
        let parent = &mut self.kin[gone.parent?];
        parent.children.retain(|&child| child != id);
        parent.children.extend(gone.children);
        if parent.children.is_empty() {
            parent.vmo.upgrade()
        } else {
            None
        }
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The same, to be changed.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id]
    }

    /// How many bytes a node has.
    pub fn size(&self, id: NodeId) -> u64 {
        self.nodes[id].pages * PAGE
    }

    /// Whether a VMO has relatives that copy on write.
    pub fn has_relatives(&self) -> bool {
        self.visible > 1
    }

    /// Whether a node's absent pages have to be put there.
    pub fn lacks_pages(&self, id: NodeId) -> bool {
        self.nodes[id].source.is_some() || self.nodes[id].pager.is_some()
    }

    /// Lets a pager serve the pages of a new node.
    pub fn set_pager(&mut self, id: NodeId, source: Arc<PageSource>) {
        self.nodes[id].pager = Some(Served(source));
    }

    /// Where the pages of a node come from, if a pager serves them.
    pub fn pager(&self, id: NodeId) -> Option<Arc<PageSource>> {
        let served = self.nodes[id].pager.as_ref();
        served.map(|served| Arc::clone(&served.0))
    }

    /// Whether a pager serves a node or what it takes pages from.
    pub fn is_paged(&self, mut id: NodeId) -> bool {
        loop {
            let node = &self.nodes[id];
            match (&node.pager, node.source) {
                (Some(_), _) => return true,
                (None, Some(source)) => id = source.node,
                (None, None) => return false,
            }
        }
    }

    /// The first pages of a range that their pager has to bring: its source,
    /// the first one there, and how many are next to it.
    pub fn first_absent(
        &self,
        id: NodeId,
        mut page: u64,
        end: u64,
    ) -> Option<(Arc<PageSource>, u64, u64)> {
        while page < end {
            let (place, len) = self.locate(id, page, end - page);
            if let Place::Absent(node, page) = place {
                return self.pager(node).map(|source| (source, page, len));
            }
            page += len;
        }
        None
    }

    /// Puts a page from a pager where there is none.
    pub fn supply(&mut self, id: NodeId, page: u64, bytes: &[u8]) -> Result {
        let node = &mut self.nodes[id];
        if !node.own.contains(page) {
            let backing = node.backing.as_ref().ok_or(Status::INTERNAL)?;
            backing.file.write_bytes(page * PAGE, bytes)?;
            node.own.insert(page, page + 1);
        }
        Ok(())
    }

    /// Whether pages of a node are to be kept before they change.
    pub fn has_snapshot(&self, id: NodeId) -> bool {
        self.nodes[id].snapshot.is_some()
    }

    /// Which accesses through mappings of a node have to be trapped.
    pub fn traps(&self, id: NodeId) -> Option<Traps> {
        let traps = Traps {
            missing: self.lacks_pages(id),
            stores: self.has_snapshot(id),
        };
        (traps.missing || traps.stores).then_some(traps)
    }

    /// Whether writing to a node needs no more than that.
    pub fn is_plain(&self, id: NodeId) -> bool {
        !self.lacks_pages(id) && !self.has_snapshot(id)
    }

    /// Where a page is, and how many of those that follow are next to it.
    pub fn locate(&self, seer: NodeId, mut page: u64, mut len: u64) -> (Place, u64) {
        let mut id = seer;
        loop {
            let node = &self.nodes[id];
            if let Some(source) = node.source {
                let (own, end) = node.own.run_at(page);
                len = len.min(end - page);
                if !own {
                    if page >= source.limit {
                        return (Place::Zero, len);
                    }
                    len = len.min(source.limit - page);
                    page += source.offset;
                    id = source.node;
                    continue;
                }
            }
            if let Some(Served(pager)) = &node.pager {
                let (own, end) = node.own.run_at(page);
                len = len.min(end - page);
                if !own {
                    // Copies of what never came are zero.
                    let lost = pager.has_ended() && id != seer;
                    let place = if lost {
                        Place::Zero
                    } else {
                        Place::Absent(id, page)
                    };
                    return (place, len);
                }
            }
            return match node.backing {
                Some(_) => (Place::File(id, page), len),
                None => (Place::Zero, len),
            };
        }
    }

    /// Reads bytes from where a page is.
    pub fn read_at(&self, place: Place, offset: u64, into: &mut [u8]) -> Result {
        match place {
            Place::File(id, page) => {
                let backing = self.nodes[id].backing.as_ref().ok_or(Status::INTERNAL)?;
                backing.file.read_bytes(page * PAGE + offset, into)
            }
            Place::Zero => {
                into.fill(0);
                Ok(())
            }
            Place::Absent(..) => Err(Status::INTERNAL),
        }
    }

    /// The pages of a range of a node's file that hold something, as runs.
    /// Linux tells them well for long ranges only: it looks for the end of
    /// what was written however far that is.
    fn data_runs(&self, id: NodeId, start: u64, end: u64) -> Result<Vec<(u64, u64)>> {
        if end - start > FEW {
            return Ok(self.nodes[id].written(start, end));
        }
        let mut found = RangeSet::default();
        let mut bytes = [0; PAGE_LEN];
        for page in start..end {
            self.read_at(Place::File(id, page), 0, &mut bytes)?;
            if bytes != [0; PAGE_LEN] {
                found.insert(page, page + 1);
            }
        }
        Ok(found.runs(start, end).collect())
    }

    /// Copies what pages hold as seen from one node to the file of another.
    /// Pages of zeroes take no memory there.
    fn copy(&self, from: NodeId, mut page: u64, end: u64, to: &Backing, shift: i64) -> Result {
        while page < end {
            let (place, len) = self.locate(from, page, end - page);
            if let Place::File(id, at) = place {
                let target = page.wrapping_add_signed(shift);
                if len <= FEW {
                    self.copy_pages(id, (at, at + len), to, target)?;
                } else {
                    for (start, stop) in self.nodes[id].written(at, at + len) {
                        self.copy_pages(id, (start, stop), to, target + (start - at))?;
                    }
                }
            }
            page += len;
        }
        Ok(())
    }

    fn copy_pages(
        &self,
        id: NodeId,
        (start, end): (u64, u64),
        to: &Backing,
        target: u64,
    ) -> Result {
        let mut bytes = [0; PAGE_LEN];
        for page in start..end {
            self.read_at(Place::File(id, page), 0, &mut bytes)?;
            if bytes != [0; PAGE_LEN] {
                let offset = (target + (page - start)) * PAGE;
                to.file.write_bytes(offset, &bytes)?;
            }
        }
        Ok(())
    }

    /// The parts of a range that somebody sees, of a node that no VMO shows or
    /// as far as its readers go.
    fn needed_runs(&self, id: NodeId, start: u64, end: u64) -> RangeSet {
        let mut needed = RangeSet::default();
        // Chains of snapshots may be deeper than a stack is. The last number
        // is what takes a page there to the one here.
        let mut left = vec![(id, start, end, 0)];
        while let Some((id, start, end, shift)) = left.pop() {
            for &reader in &self.nodes[id].readers {
                let node = &self.nodes[reader];
                let Some(source) = node.source else { continue };
                let first = start.saturating_sub(source.offset);
                let last = end.saturating_sub(source.offset).min(source.limit);
                let shift = shift + source.offset;
                for (from, to) in node.own.gaps(first, last) {
                    if node.visible {
                        needed.insert(from + shift, to + shift);
                    } else {
                        left.push((reader, from, to, shift));
                    }
                }
            }
        }
        needed
    }

    /// Keeps what pages of a node hold for those that read its snapshot,
    /// before the pages change.
    pub fn keep_old(&mut self, id: NodeId, start: u64, end: u64) -> Result {
        let Some(snapshot) = self.nodes[id].snapshot else {
            return Ok(());
        };
        let limit = self.nodes[snapshot].source.map_or(0, |source| source.limit);
        let gaps = self.nodes[snapshot].own.gaps(start, end.min(limit));
        for (from, to) in gaps {
            let needed = self.needed_runs(snapshot, from, to);
            for (from, to) in needed.runs(from, to) {
                if self.holds_data(id, from, to) {
                    let backing = self.snapshot_file(snapshot)?;
                    self.copy(id, from, to, &backing, 0)?;
                }
            }
            self.nodes[snapshot].own.insert(from, to);
        }
        Ok(())
    }

    fn holds_data(&self, id: NodeId, mut page: u64, end: u64) -> bool {
        while page < end {
            let (place, len) = self.locate(id, page, end - page);
            if let Place::File(id, at) = place
                && self
                    .data_runs(id, at, at + len)
                    .is_ok_and(|runs| !runs.is_empty())
            {
                return true;
            }
            page += len;
        }
        false
    }

    fn snapshot_file(&mut self, id: NodeId) -> Result<Arc<Backing>> {
        let node = &mut self.nodes[id];
        if let Some(backing) = &node.backing {
            return Ok(Arc::clone(backing));
        }
        let backing = Backing::unseen(node.pages * PAGE)?;
        node.backing = Some(Arc::clone(&backing));
        Ok(backing)
    }

    /// Makes pages a node's own; with `keep` they hold what they are seen to
    /// hold, otherwise they are about to be written as a whole.
    pub fn take_over(&mut self, id: NodeId, start: u64, end: u64, keep: bool) -> Result {
        let Some(source) = self.nodes[id].source else {
            return Ok(());
        };
        for (from, to) in self.nodes[id].own.gaps(start, end) {
            if keep {
                let backing = self.nodes[id].backing.clone().ok_or(Status::INTERNAL)?;
                self.copy(id, from, to, &backing, 0)?;
            }
            self.nodes[id].own.insert(from, to);
            self.release(source, from, to);
        }
        Ok(())
    }

    /// Gives pages back that a node has ceased to see in its source, unless
    /// somebody else does.
    fn release(&mut self, source: Source, start: u64, end: u64) {
        let mut left = vec![(source, start, end)];
        while let Some((source, start, end)) = left.pop() {
            let end = end.min(source.limit);
            if start >= end || self.nodes[source.node].visible {
                continue;
            }
            let (start, end) = (start + source.offset, end + source.offset);
            let needed = self.needed_runs(source.node, start, end);
            for (from, to) in needed.gaps(start, end) {
                // Memory that stays is no fault that anybody could see.
                let _ = self.nodes[source.node].punch(from, to);
                if let Some(next) = self.nodes[source.node].source {
                    let gaps = self.nodes[source.node].own.gaps(from, to);
                    left.extend(gaps.into_iter().map(|(from, to)| (next, from, to)));
                }
            }
        }
    }

    /// Makes a range of a node zero; whole pages lose their memory.
    pub fn clear(&mut self, id: NodeId, offset: u64, len: u64) -> Result {
        if len == 0 {
            return Ok(());
        }
        let end = offset + len;
        let (first, last) = (offset / PAGE, end.div_ceil(PAGE));
        self.keep_old(id, first, last)?;
        let (whole, whole_end) = (offset.div_ceil(PAGE), end / PAGE);
        if whole < whole_end {
            self.take_over(id, whole, whole_end, false)?;
            self.nodes[id].punch(whole, whole_end)?;
        }
        // What is left of the first and of the last page.
        for (from, to) in [
            (offset, end.min(whole * PAGE)),
            (offset.max(whole_end * PAGE), end),
        ] {
            let page = from / PAGE;
            if from < to
                && (from % PAGE != 0 || to % PAGE != 0)
                && self.holds_data(id, page, page + 1)
            {
                self.take_over(id, page, page + 1, true)?;
                let backing = self.nodes[id].backing.as_ref().ok_or(Status::INTERNAL)?;
                backing.file.clear(from, to - from)?;
            }
        }
        Ok(())
    }

    /// Gives pages of a node memory of their own.
    pub fn commit(&mut self, id: NodeId, start: u64, end: u64) -> Result {
        // Nobody sees a difference: what a snapshot shows stays the same.
        self.take_over(id, start, end, true)?;
        let node = &mut self.nodes[id];
        let backing = node.backing.as_ref().ok_or(Status::INTERNAL)?;
        backing.file.commit(start * PAGE, (end - start) * PAGE)?;
        node.committed.insert(start, end);
        Ok(())
    }

    /// Prepares a node for a write of a range.
    pub fn prepare_write(&mut self, id: NodeId, offset: u64, len: u64) -> Result {
        let end = offset + len;
        let (first, last) = (offset / PAGE, end.div_ceil(PAGE));
        self.keep_old(id, first, last)?;
        if self.lacks_pages(id) {
            let (whole, whole_end) = (offset.div_ceil(PAGE), end / PAGE);
            if whole < whole_end {
                self.take_over(id, first, whole, true)?;
                self.take_over(id, whole, whole_end, false)?;
                self.take_over(id, whole_end, last, true)?;
            } else {
                self.take_over(id, first, last, true)?;
            }
        }
        Ok(())
    }

    /// Puts a page of a node that was touched into its file, and for a load
    /// some that come after it, if they hold something.
    pub fn fill(&mut self, id: NodeId, page: u64, load: bool) -> Result {
        if page >= self.nodes[id].pages {
            return Ok(());
        }
        let mut end = page + 1;
        if load
            && let (Place::File(there, at), len) = self.locate(id, page, AROUND)
            && there != id
        {
            let held = self.data_runs(there, at, at + len)?;
            let run = held.first().filter(|(from, _)| *from == at);
            end = run.map_or(end, |(_, to)| page + (to - at));
        }
        self.take_over(id, page, end, true)?;
        let held = self.data_runs(id, page, page + 1)?;
        let node = &mut self.nodes[id];
        if held.is_empty() {
            let backing = node.backing.as_ref().ok_or(Status::INTERNAL)?;
            backing.file.commit(page * PAGE, PAGE)?;
            node.committed.insert(page, page + 1);
        }
        Ok(())
    }

    /// Changes the number of a node's pages.
    pub fn resize(&mut self, id: NodeId, pages: u64) -> Result {
        let old = self.nodes[id].pages;
        // Copies of a pager's pages lose what they have not got yet.
        if pages < old && self.nodes[id].pager.is_none() {
            self.keep_old(id, pages, old)?;
        }
        let backing = self.nodes[id].backing.clone().ok_or(Status::INTERNAL)?;
        backing.file.set_size(pages * PAGE)?;
        let node = &mut self.nodes[id];
        node.pages = pages;
        if pages < old {
            node.own.remove(pages, u64::MAX);
            node.committed.remove(pages, u64::MAX);
            if let Some(source) = node.source {
                let limit = source.limit.min(pages);
                node.source = Some(Source { limit, ..source });
                self.release(source, pages, old);
            }
            if let Some(snapshot) = self.nodes[id].snapshot
                && let Some(source) = &mut self.nodes[snapshot].source
            {
                // Its own pages are found before the source is looked at.
                source.limit = source.limit.min(pages);
            }
            if let Some(Served(pager)) = &self.nodes[id].pager {
                pager.cut(pages);
            }
        }
        Ok(())
    }

    /// Lets a new node show what another one shows now, from a page on.
    /// Returns whether stores to the other one's mappings have to be trapped
    /// anew.
    pub fn attach(&mut self, child: NodeId, parent: NodeId, offset: u64) -> bool {
        let seen = self.nodes[parent].pages.saturating_sub(offset);
        let limit = self.nodes[child].pages.min(seen);
        if limit == 0 {
            return false;
        }
        let (snapshot, fresh) = self.fresh_snapshot(parent);
        self.nodes[child].source = Some(Source {
            node: snapshot,
            offset,
            limit,
        });
        self.nodes[snapshot].readers.push(child);
        fresh
    }

    /// A snapshot of a node as it is now.
    fn fresh_snapshot(&mut self, id: NodeId) -> (NodeId, bool) {
        let pages = self.nodes[id].pages;
        let old = self.nodes[id].snapshot;
        if let Some(old) = old
            && self.nodes[old].own.is_empty()
            && self.nodes[old]
                .source
                .is_some_and(|source| source.limit == pages)
        {
            return (old, false);
        }
        let mut node = Node::new(None, pages, false);
        node.source = Some(Source {
            node: id,
            offset: 0,
            limit: pages,
        });
        node.readers.extend(old);
        let new = self.nodes.insert(node);
        if let Some(old) = old {
            if let Some(source) = &mut self.nodes[old].source {
                source.node = new;
            }
            self.nodes[id].readers.retain(|&reader| reader != old);
        }
        self.nodes[id].readers.push(new);
        self.nodes[id].snapshot = Some(new);
        (new, true)
    }

    /// Copies what a range of another node shows into a new one, at once: for
    /// hosts where pages cannot be trapped.
    pub fn copy_all(&self, child: NodeId, parent: NodeId, offset: u64) -> Result {
        let seen = self.nodes[parent].pages.saturating_sub(offset);
        let end = self.nodes[child].pages.min(seen);
        let backing = self.nodes[child].backing.clone().ok_or(Status::INTERNAL)?;
        let shift = i64::try_from(offset).map_err(|_| Status::OUT_OF_RANGE)?;
        if end == 0 {
            return Ok(());
        }
        self.copy(parent, offset, offset + end, &backing, -shift)
    }

    /// Ends the life of a node as a VMO. Who reads it keeps what it sees.
    pub fn hide(&mut self, id: NodeId) {
        self.nodes[id].visible = false;
        self.visible -= 1;
        let mut concerned = self.nodes[id].readers.clone();
        let mut next = Some(id);
        while let Some(id) = next {
            concerned.push(id);
            next = self.nodes[id].source.map(|source| source.node);
        }
        self.drop_unread(id);
        if self.nodes.contains(id) {
            self.drop_unseen(id);
        }
        self.fold(&concerned);
    }

    /// Gives the memory back of what nobody sees of a node any more.
    fn drop_unseen(&mut self, id: NodeId) {
        let pages = self.nodes[id].pages;
        let needed = self.needed_runs(id, 0, pages);
        for (from, to) in needed.gaps(0, pages) {
            let _ = self.nodes[id].punch(from, to);
        }
        if let Some(source) = self.nodes[id].source {
            let unseen = needed.gaps(0, pages);
            for (from, to) in unseen {
                for (from, to) in self.nodes[id].own.gaps(from, to) {
                    self.release(source, from, to);
                }
            }
        }
    }

    /// Drops a node that no VMO shows and that nobody reads, and then perhaps
    /// its source.
    fn drop_unread(&mut self, mut id: NodeId) {
        while let Some(node) = self.nodes.get(id)
            && !node.visible
            && node.readers.is_empty()
        {
            let gone = self.nodes.remove(id);
            let Some(source) = gone.source else { return };
            let next = &mut self.nodes[source.node];
            next.readers.retain(|&reader| reader != id);
            if next.snapshot == Some(id) {
                next.snapshot = None;
            }
            // What only the dropped one saw.
            self.release(source, 0, source.limit);
            id = source.node;
        }
    }

    /// Moves the pages of those of the nodes that no VMO shows and that have
    /// one reader to that one, where they are few. So chains of such nodes
    /// stay short: what they hold is disjoint, and together no more than what
    /// is seen.
    fn fold(&mut self, concerned: &[NodeId]) {
        const FOLDED: u64 = 256;
        for &id in concerned {
            let Some(node) = self.nodes.get(id) else {
                continue;
            };
            let &[reader] = &node.readers[..] else {
                continue;
            };
            let Some(link) = self.nodes[reader].source else {
                continue;
            };
            if node.pager.is_some()
                || node.visible
                || node
                    .source
                    .is_some_and(|source| self.nodes[source.node].visible)
            {
                // The snapshot of a VMO has to be met by its stores.
                continue;
            }
            let needed = self.needed_runs(id, link.offset, link.offset + link.limit);
            let pages: u64 = needed
                .runs(0, u64::MAX)
                .flat_map(|(from, to)| self.nodes[id].written(from, to))
                .map(|(from, to)| to - from)
                .sum();
            if pages <= FOLDED && self.fold_into(id, reader, link).is_err() {
                return;
            }
        }
    }

    /// Moves what `id` holds itself to its only reader.
    fn fold_into(&mut self, id: NodeId, reader: NodeId, link: Source) -> Result {
        let held: Vec<(u64, u64)> = match self.nodes[id].source {
            Some(_) => self.nodes[id]
                .own
                .runs(link.offset, link.offset + link.limit)
                .collect(),
            None => vec![(link.offset, link.offset + link.limit)],
        };
        for (from, to) in held {
            let (from, to) = (from - link.offset, to - link.offset);
            for (from, to) in self.nodes[reader].own.gaps(from, to) {
                if self.holds_data(reader, from, to) {
                    let backing = if self.nodes[reader].visible {
                        self.nodes[reader].backing.clone().ok_or(Status::INTERNAL)?
                    } else {
                        self.snapshot_file(reader)?
                    };
                    self.copy(reader, from, to, &backing, 0)?;
                }
                self.nodes[reader].own.insert(from, to);
            }
        }
        let next = self.nodes[id].source.and_then(|source| {
            let seen = source.limit.saturating_sub(link.offset);
            let limit = link.limit.min(seen);
            let offset = source.offset + link.offset;
            (limit != 0).then_some(Source {
                node: source.node,
                offset,
                limit,
            })
        });
        let gone = self.nodes.remove(id);
        if let Some(source) = gone.source {
            self.nodes[source.node].readers.retain(|&other| other != id);
            if self.nodes[source.node].snapshot == Some(id) {
                self.nodes[source.node].snapshot = None;
            }
        }
        self.nodes[reader].source = next;
        if let Some(next) = next {
            self.nodes[next.node].readers.push(reader);
        } else if let Some(source) = gone.source {
            self.drop_unread(source.node);
        }
        Ok(())
    }

    /// How many pages of a range have memory that counts as this node's: those
    /// of its file, and those of nodes that no VMO shows which it is the first
    /// to see.
    pub fn committed(&self, id: NodeId, start: u64, end: u64) -> u64 {
        let mut count = self.held(id, start, end);
        let mut reader = id;
        let mut open = vec![(start, end)];
        while let Some(source) = self.nodes[reader].source
            && !self.nodes[source.node].visible
        {
            let own = &self.nodes[reader].own;
            let seen = |&(from, to): &(u64, u64)| own.gaps(from, to.min(source.limit));
            let shifted = |(from, to)| (from + source.offset, to + source.offset);
            open = open.iter().flat_map(seen).map(shifted).collect();
            for &(from, to) in &open {
                count += self.held_first(source.node, from, to, id);
            }
            reader = source.node;
        }
        count
    }

    /// How many pages of a range have memory in a node's file.
    fn held(&self, id: NodeId, start: u64, end: u64) -> u64 {
        let node = &self.nodes[id];
        let also = |&(from, to): &(u64, u64)| to - from - node.committed.count(from, to);
        let written = node.written(start, end);
        node.committed.count(start, end) + written.iter().map(also).sum::<u64>()
    }

    /// The same, only those that `seer` is the first to see.
    fn held_first(&self, id: NodeId, start: u64, end: u64, seer: NodeId) -> u64 {
        let node = &self.nodes[id];
        let mut pages: RangeSet = node.committed.runs(start, end).collect();
        for (from, to) in node.written(start, end) {
            pages.insert(from, to);
        }
        let all = pages.runs(start, end).flat_map(|(from, to)| from..to);
        let first = all.filter(|&page| self.first_to_see(id, page) == Some(seer));
        first.count() as u64
    }

    fn first_to_see(&self, id: NodeId, page: u64) -> Option<NodeId> {
        let mut left = vec![(id, page)];
        while let Some((id, page)) = left.pop() {
            let node = &self.nodes[id];
            if node.visible {
                return Some(id);
            }
            for &reader in node.readers.iter().rev() {
                if let Some(there) = self.seen_as(reader, page) {
                    left.push((reader, there));
                }
            }
        }
        None
    }

    /// Which page of a reader a page of its source shows as, if it does.
    fn seen_as(&self, reader: NodeId, page: u64) -> Option<u64> {
        let node = &self.nodes[reader];
        let source = node.source?;
        let there = page.checked_sub(source.offset)?;
        (there < source.limit && !node.own.contains(there)).then_some(there)
    }
}

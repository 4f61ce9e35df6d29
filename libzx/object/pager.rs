// SPDX-License-Identifier: MIT
//! Pagers (memory.md, section 6): programs that serve the pages of VMOs.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::base::Base;
use super::port::Port;
use super::vmo::{PageSource, Vmo};
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::page_traps;
use crate::uapi::types::ZX_OBJ_TYPE_PAGER;

/// A pager.
pub struct Pager {
    base: Base,
    sources: Mutex<Vec<Weak<PageSource>>>,
}

impl KernelObject for Pager {
    const TYPE: ObjectType = ZX_OBJ_TYPE_PAGER;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_PAGER;

    fn base(&self) -> &Base {
        &self.base
    }

    fn on_zero_handles(self: &Arc<Self>) {
        let sources = std::mem::take(&mut *self.sources.lock());
        for source in sources.iter().filter_map(Weak::upgrade) {
            source.end(true);
        }
    }
}

impl Pager {
    /// A pager without VMOs. `NOT_SUPPORTED` where the host does not let the
    /// library see accesses to absent pages.
    pub fn new() -> Result<Arc<Pager>> {
        if !page_traps::available() {
            return Err(Status::NOT_SUPPORTED);
        }
        Ok(Arc::new(Pager {
            base: Base::new(0),
            sources: Mutex::default(),
        }))
    }

    /// A VMO whose pages come from it; what is wanted is told to a port.
    pub fn create_vmo(
        &self,
        options: u32,
        port: Arc<Port>,
        key: u64,
        size: u64,
    ) -> Result<Arc<Vmo>> {
        let source = PageSource::new(self.base.koid(), port, key);
        let vmo = Vmo::create_paged(size, options, Arc::clone(&source))?;
        let mut sources = self.sources.lock();
        sources.retain(|source| source.strong_count() != 0);
        sources.push(Arc::downgrade(&source));
        Ok(vmo)
    }

    /// The source of one of its VMOs; `INVALID_ARGS` for others.
    pub fn source_of(&self, vmo: &Vmo) -> Result<Arc<PageSource>> {
        let source = vmo.page_source().ok_or(Status::INVALID_ARGS)?;
        if source.pager() != self.base.koid() {
            return Err(Status::INVALID_ARGS);
        }
        Ok(source)
    }
}

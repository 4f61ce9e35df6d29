// SPDX-License-Identifier: MIT
//! What devices use to reach memory (tasks-time-system.md, sections 10 and
//! 10.1): IOMMUs and their bus transactions. A program has no physical
//! addresses, so these objects exist, but nothing can be pinned for a device.

use std::sync::Arc;

use super::base::{Base, Koid};
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::uapi::types::{ZX_OBJ_TYPE_BTI, ZX_OBJ_TYPE_IOMMU};

/// An IOMMU that translates nothing.
pub struct Iommu {
    base: Base,
}

impl KernelObject for Iommu {
    const TYPE: ObjectType = ZX_OBJ_TYPE_IOMMU;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_IOMMU;

    fn base(&self) -> &Base {
        &self.base
    }
}

impl Iommu {
    /// An IOMMU.
    pub fn new() -> Arc<Iommu> {
        Arc::new(Iommu { base: Base::new(0) })
    }
}

/// One device's accesses through an IOMMU.
pub struct Bti {
    base: Base,
    iommu: Arc<Iommu>,
    id: u64,
}

impl KernelObject for Bti {
    const TYPE: ObjectType = ZX_OBJ_TYPE_BTI;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_BTI;

    fn base(&self) -> &Base {
        &self.base
    }
}

impl Bti {
    /// The accesses of the device with this number.
    pub fn new(iommu: Arc<Iommu>, id: u64) -> Arc<Bti> {
        Arc::new(Bti {
            base: Base::new(0),
            iommu,
            id,
        })
    }

    /// The number of the device.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The koid of its IOMMU.
    pub fn iommu_koid(&self) -> Koid {
        self.iommu.base.koid()
    }
}

// SPDX-License-Identifier: MIT
//! The topics about VMOs, address regions and what of them a process has.

use super::{InfoOut, collect, push};
use crate::object::vmar::{Piece, Seen, Vmar};
use crate::object::vmo::Vmo;
use crate::object::{KernelObject, Object};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::memory::PAGE;
use crate::task::Context;
use crate::task::process::Process;
use crate::uapi::object as c;
use crate::uapi::types::zx_handle_t;

fn word(value: u64) -> Result<usize> {
    usize::try_from(value).map_err(|_| Status::INTERNAL)
}

pub fn vmar(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let (base, len) = cx.get::<Vmar>(handle, Rights::INSPECT)?.extent();
    out.single(&c::zx_info_vmar_t {
        base: word(base)?,
        len: word(len)?,
    })
}

pub fn vmo(cx: &Context, handle: zx_handle_t, topic: u32, out: &InfoOut) -> Result {
    let vmo = cx.get::<Vmo>(handle, Rights::NONE)?;
    let record = vmo_with_handle(&vmo, vmo.handle().rights());
    if topic == c::ZX_INFO_VMO {
        out.single(&record)
    } else {
        out.single(&in_v1(&record))
    }
}

pub fn process_vmos(cx: &Context, handle: zx_handle_t, topic: u32, out: &InfoOut) -> Result {
    let process = cx.get::<Process>(handle, Rights::INSPECT)?;
    if !process.is_running() {
        return Err(Status::BAD_STATE);
    }
    let space = process.root_vmar().whole_space()?;
    let mut records = Vec::new();
    let mut result = Ok(());
    cx.for_each_handle(|_, handle| {
        if let (Object::Vmo(vmo), true) = (handle.object(), result.is_ok()) {
            result = push(&mut records, vmo_with_handle(vmo, handle.rights()));
        }
    });
    result?;
    for piece in pieces(&space) {
        let record = vmo_record(&piece.vmo, c::ZX_INFO_VMO_VIA_MAPPING);
        push(&mut records, record)?;
    }
    if topic == c::ZX_INFO_PROCESS_VMOS {
        out.many(&records)
    } else {
        out.many(&collect(records.iter().map(in_v1))?)
    }
}

pub fn process_maps(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let process = cx.get::<Process>(handle, Rights::INSPECT)?;
    let (base, size) = process.root_vmar().extent();
    let space = living_space(&process)?;
    let mut records = Vec::new();
    let whole = c::zx_info_maps_t {
        name: process.name().map(u8::cast_signed),
        base: word(base)?,
        size: word(size)?,
        r#type: c::ZX_INFO_MAPS_TYPE_ASPACE,
        ..Default::default()
    };
    push(&mut records, whole)?;
    for seen in &space {
        push(&mut records, map(seen)?)?;
    }
    out.many(&records)
}

/// Depth 0 is that of the whole address space.
fn map(seen: &Seen) -> Result<c::zx_info_maps_t> {
    let region = c::zx_info_maps_t {
        base: word(seen.start)?,
        size: word(seen.len)?,
        depth: seen.depth + 1,
        r#type: c::ZX_INFO_MAPS_TYPE_VMAR,
        ..Default::default()
    };
    let Some(piece) = &seen.piece else {
        return Ok(region);
    };
    let mut mapping = c::zx_info_maps_t {
        name: piece.vmo.name().map(u8::cast_signed),
        r#type: c::ZX_INFO_MAPS_TYPE_MAPPING,
        ..region
    };
    mapping.u.mapping = c::zx_info_maps_mapping_t {
        mmu_flags: piece.perms.bits(),
        vmo_koid: piece.vmo.base().koid(),
        vmo_offset: piece.offset,
        committed_pages: word(committed(piece) / PAGE)?,
        ..Default::default()
    };
    Ok(mapping)
}

/// What is in the address space of a process; `BAD_STATE` when that is gone.
fn living_space(process: &Process) -> Result<Vec<Seen>> {
    let space = process.root_vmar().whole_space()?;
    // While it is there, the root is in it.
    if process.has_exited() || space.is_empty() {
        return Err(Status::BAD_STATE);
    }
    Ok(space)
}

/// Only other processes could share memory, and there are none.
pub fn task_stats(cx: &Context, handle: zx_handle_t, out: &InfoOut) -> Result {
    let space = living_space(&*cx.get::<Process>(handle, Rights::INSPECT)?)?;
    out.single(&c::zx_info_task_stats_t {
        mem_mapped_bytes: word(pieces(&space).map(|piece| piece.len).sum())?,
        mem_private_bytes: word(pieces(&space).map(committed).sum())?,
        ..Default::default()
    })
}

fn pieces(space: &[Seen]) -> impl Iterator<Item = &Piece> {
    space.iter().filter_map(|seen| seen.piece.as_ref())
}

fn committed(piece: &Piece) -> u64 {
    piece.vmo.committed(piece.offset, piece.len)
}

fn vmo_with_handle(vmo: &Vmo, rights: Rights) -> c::zx_info_vmo_t {
    c::zx_info_vmo_t {
        handle_rights: rights.bits(),
        ..vmo_record(vmo, c::ZX_INFO_VMO_VIA_HANDLE)
    }
}

fn vmo_record(vmo: &Vmo, via: u32) -> c::zx_info_vmo_t {
    let (num_mappings, spaces) = vmo.mappings();
    let flag = |set, flag| if set { flag } else { 0 };
    let committed = vmo.committed(0, vmo.size());
    c::zx_info_vmo_t {
        koid: vmo.base().koid(),
        name: vmo.name().map(u8::cast_signed),
        size_bytes: vmo.size(),
        num_mappings,
        share_count: if num_mappings < 2 { 1 } else { spaces },
        parent_koid: vmo.parent_koid(),
        num_children: vmo.children(),
        flags: c::ZX_INFO_VMO_TYPE_PAGED
            | via
            | flag(vmo.is_resizable(), c::ZX_INFO_VMO_RESIZABLE)
            | flag(vmo.is_paged(), c::ZX_INFO_VMO_PAGER_BACKED)
            | flag(vmo.is_cow_child(), c::ZX_INFO_VMO_IS_COW_CLONE),
        committed_bytes: committed,
        cache_policy: vmo.cache_policy(),
        metadata_bytes: committed / PAGE * METADATA,
        ..Default::default()
    }
}

/// What Linux keeps about each page of memory.
const METADATA: u64 = 64;

fn in_v1(record: &c::zx_info_vmo_t) -> c::zx_info_vmo_v1_t {
    c::zx_info_vmo_v1_t {
        koid: record.koid,
        name: record.name,
        size_bytes: record.size_bytes,
        num_mappings: record.num_mappings,
        share_count: record.share_count,
        flags: record.flags,
        committed_bytes: record.committed_bytes,
        handle_rights: record.handle_rights,
        cache_policy: record.cache_policy,
        parent_koid: record.parent_koid,
        num_children: record.num_children,
        ..Default::default()
    }
}

// SPDX-License-Identifier: MIT
use super::*;
use crate::uapi::types::*;

const RW: u32 = ZX_VM_PERM_READ | ZX_VM_PERM_WRITE;
const ANY: u32 = CAN_MAP_PERMS | ZX_VM_CAN_MAP_SPECIFIC;

fn map(vmar: &Vmar, options: u32, offset: u64, vmo: &Arc<Vmo>, pages: u64) -> Result<Mapped> {
    let max = Perms(PERM_BITS);
    let (vmar_offset, len) = (offset * PAGE, pages * PAGE);
    vmar.map(&MapRequest {
        options,
        vmar_offset,
        vmo,
        vmo_offset: 0,
        len,
        max,
    })
}

/// What is in a region: start and length of mappings in pages, their offset
/// in the VMO and their permissions.
fn pieces(vmar: &Vmar) -> Result<Vec<(u64, u64, u64, u32)>> {
    let state = vmar.space.0.lock();
    let pieces = state.tree.region(vmar.id)?.pieces(vmar.start, vmar.end);
    let describe = |(at, piece): (u64, Piece)| {
        let page = |bytes: u64| bytes / PAGE;
        (
            page(at - vmar.start),
            page(piece.len),
            page(piece.offset),
            piece.perms.0,
        )
    };
    Ok(pieces.into_iter().map(describe).collect())
}

fn region(pages: u64) -> Result<Arc<Vmar>> {
    Vmar::process_root().allocate(ANY, 0, pages * PAGE)
}

#[test]
fn vmar_unmap_cuts_mappings() -> Result {
    let (vmar, vmo) = (region(16)?, Vmo::create(8 * PAGE, 0)?);
    map(&vmar, RW | ZX_VM_SPECIFIC, 2, &vmo, 8)?;
    let at = |page: u64| vmar.start + page * PAGE;
    vmar.unmap(at(4), PAGE)?;
    assert_eq!(pieces(&vmar)?, [(2, 2, 0, RW), (5, 5, 3, RW)]);
    vmar.unmap(at(0), 3 * PAGE)?;
    vmar.unmap(at(9), 7 * PAGE)?;
    assert_eq!(pieces(&vmar)?, [(3, 1, 1, RW), (5, 4, 3, RW)]);
    vmar.unmap(at(0), 16 * PAGE)?;
    assert_eq!(pieces(&vmar)?, []);
    Ok(())
}

#[test]
fn vmar_protect_splits_mappings() -> Result {
    let (vmar, vmo) = (region(16)?, Vmo::create(8 * PAGE, 0)?);
    map(&vmar, RW | ZX_VM_SPECIFIC, 0, &vmo, 4)?;
    map(&vmar, RW | ZX_VM_SPECIFIC, 4, &vmo, 4)?;
    vmar.protect(ZX_VM_PERM_READ, vmar.start + 3 * PAGE, 2 * PAGE)?;
    let read = ZX_VM_PERM_READ;
    assert_eq!(
        pieces(&vmar)?,
        [
            (0, 3, 0, RW),
            (3, 1, 3, read),
            (4, 1, 0, read),
            (5, 3, 1, RW)
        ]
    );
    let past = vmar.protect(read, vmar.start + 7 * PAGE, 2 * PAGE);
    assert_eq!(past, Err(Status::NOT_FOUND));
    Ok(())
}

#[test]
fn vmar_map_takes_lowest_free_place() -> Result {
    let (vmar, vmo) = (region(8)?, Vmo::create(PAGE, 0)?);
    map(&vmar, RW | ZX_VM_SPECIFIC, 2, &vmo, 1)?;
    assert_eq!(map(&vmar, RW, 0, &vmo, 3)?.start, vmar.start + 3 * PAGE);
    assert_eq!(map(&vmar, RW, 0, &vmo, 2)?.start, vmar.start);
    let below = ZX_VM_OFFSET_IS_UPPER_LIMIT;
    assert_eq!(
        map(&vmar, RW | below, 6, &vmo, 1).err(),
        Some(Status::NO_MEMORY)
    );
    assert_eq!(map(&vmar, RW, 0, &vmo, 3).err(), Some(Status::NO_MEMORY));
    assert_eq!(map(&vmar, RW, 0, &vmo, 2)?.start, vmar.start + 6 * PAGE);
    Ok(())
}

#[test]
fn vmar_undo_map_leaves_later_mappings() -> Result {
    let (vmar, vmo) = (region(8)?, Vmo::create(8 * PAGE, 0)?);
    let first = map(&vmar, RW, 0, &vmo, 8)?;
    map(&vmar, RW | ZX_VM_SPECIFIC_OVERWRITE, 3, &vmo, 2)?;
    vmar.undo_map(&first);
    assert_eq!(pieces(&vmar)?, [(3, 2, 0, RW)]);
    Ok(())
}

#[test]
fn vmar_destroy_reaches_grandchildren() -> Result {
    let (vmar, vmo) = (region(8)?, Vmo::create(PAGE, 0)?);
    let child = vmar.allocate(ANY, 0, 4 * PAGE)?;
    let grandchild = child.allocate(ANY, 0, 2 * PAGE)?;
    map(&grandchild, RW, 0, &vmo, 1)?;
    assert_eq!(Arc::strong_count(&vmo), 2);
    vmar.destroy()?;
    assert_eq!(Arc::strong_count(&vmo), 1);
    for gone in [&vmar, &child, &grandchild] {
        assert_eq!(gone.destroy(), Err(Status::BAD_STATE));
        assert_eq!(gone.unmap(gone.start, PAGE), Err(Status::BAD_STATE));
        assert_eq!(map(gone, RW, 0, &vmo, 1).err(), Some(Status::BAD_STATE));
    }
    Ok(())
}

#[test]
fn vmar_root_overwrite_spans_mappings_and_gaps() -> Result {
    let (root, vmo) = (Vmar::process_root(), Vmo::create(8 * PAGE, 0)?);
    let mapped = map(&root, RW, 0, &vmo, 8)?;
    root.unmap(mapped.start + 3 * PAGE, PAGE)?;
    let offset = (mapped.start - root.start) / PAGE;
    map(&root, RW | ZX_VM_SPECIFIC_OVERWRITE, offset + 2, &vmo, 3)?;
    let expected = [
        (offset, 2, 0, RW),
        (offset + 2, 3, 0, RW),
        (offset + 5, 3, 5, RW),
    ];
    assert_eq!(pieces(&root)?, expected);
    Ok(())
}

#[test]
fn vmar_unmap_for_trap_spares_regions() -> Result {
    let memory = Arc::new(GuestMemory::default());
    let (root, vmo) = (Vmar::guest_root(memory), Vmo::create(8 * PAGE, 0)?);
    let child = root.allocate(ANY | ZX_VM_SPECIFIC, 4 * PAGE, 4 * PAGE)?;
    {
        // A guest without a machine maps nothing; the tree is what counts.
        let mut state = root.space.0.lock();
        let perms = Perms(RW);
        let piece = Piece {
            len: 4 * PAGE,
            vmo,
            offset: 0,
            perms,
            max: perms,
            serial: 1,
        };
        state.tree.insert_piece(ROOT, 0, piece.clone());
        state.tree.insert_piece(child.id, 4 * PAGE, piece);
    }
    root.unmap_for_trap(3 * PAGE, 2 * PAGE)?;
    assert_eq!(pieces(&root)?, [(0, 3, 0, RW)]);
    assert_eq!(pieces(&child)?, [(1, 3, 1, RW)]);
    root.unmap_for_trap(100 * PAGE, PAGE)?;
    root.teardown_guest();
    assert_eq!(root.unmap(0, PAGE), Err(Status::BAD_STATE));
    assert_eq!(child.destroy(), Err(Status::BAD_STATE));
    Ok(())
}

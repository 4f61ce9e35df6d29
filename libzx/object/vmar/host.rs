// SPDX-License-Identifier: MIT
//! What stands behind a tree: addresses of this process, or of a guest.

use std::sync::Arc;

use super::Perms;
use super::tree::Piece;
use crate::hypervisor::memory::{Access, GuestMemory};
use crate::status::{Result, Status};
use crate::sys::memory::{Contents, HostSpace};

/// Where something new goes.
#[derive(Clone, Copy)]
pub enum Placement {
    /// Wherever the host has room.
    Anywhere { align: u64 },
    /// As high as possible in a range.
    Below { range: (u64, u64), align: u64 },
    /// Here, where the tree has nothing.
    At(u64),
    /// Here, whatever mappings the tree has, in one step.
    Over(u64),
}

/// The memory of an address space.
pub enum Host {
    /// This process. What lies in a region below the root lies in that
    /// region's reservation, which may have lost what was unmapped at the
    /// host's limit of mappings; everything else stands for itself.
    Process(HostSpace),
    /// A guest.
    Guest(Arc<GuestMemory>),
    /// A process that does not run: there is nothing but the tree.
    Idle,
    /// A guest or a process that is gone.
    Gone,
}

impl Host {
    /// Maps a piece and returns its address. `nested` when the region is not
    /// the root.
    pub fn map(&mut self, place: Placement, piece: &Piece, nested: bool) -> Result<u64> {
        match self {
            Host::Process(space) => map_in_process(space, place, piece, nested),
            Host::Guest(memory) => map_in_guest(memory, place, piece),
            Host::Idle => match place {
                Placement::At(at) | Placement::Over(at) => Ok(at),
                _ => Err(Status::INTERNAL),
            },
            Host::Gone => Err(Status::BAD_STATE),
        }
    }

    /// Sets addresses aside for a region and returns the first.
    pub fn reserve(&mut self, place: Placement, len: u64, nested: bool) -> Result<u64> {
        match (self, place) {
            (Host::Process(space), _) if !nested => put(space, place, len, Contents::Nothing),
            (_, Placement::At(at)) => Ok(at),
            _ => Err(Status::INTERNAL),
        }
    }

    /// Unmaps a range that the tree uses; in a nested region the range stays
    /// set aside if the host can.
    pub fn unmap(&mut self, start: u64, end: u64, nested: bool) -> Result {
        match self {
            Host::Process(space) if nested => space.vacate(start, end - start),
            Host::Process(space) => space.release_owned(start, end - start),
            Host::Guest(memory) => memory.unmap(start, end - start),
            Host::Idle => Ok(()),
            Host::Gone => Err(Status::BAD_STATE),
        }
    }

    /// Changes the permissions of the pieces that make up `start..end`. On
    /// failure they are what they were.
    pub fn protect(&mut self, start: u64, end: u64, pieces: &[(u64, Piece)], new: Perms) -> Result {
        match self {
            Host::Process(space) => {
                let set = |at: u64, piece: &Piece, perms: Perms| match visible(piece) {
                    0 => Ok(()),
                    len => space.protect(at, len, perms.prot()),
                };
                let mut all = pieces.iter();
                all.try_for_each(|(at, piece)| set(*at, piece, new))
                    .inspect_err(|_| {
                        for (at, piece) in pieces {
                            let _ = set(*at, piece, piece.perms);
                        }
                    })
            }
            Host::Guest(memory) => memory.protect(start, end - start, access(new)),
            Host::Idle => Ok(()),
            Host::Gone => Err(Status::BAD_STATE),
        }
    }

    /// Whether a place may be left to the host.
    pub fn chooses(&self) -> bool {
        matches!(self, Host::Process(_))
    }
}

/// How much of a piece, from its start, a file can stand for.
fn visible(piece: &Piece) -> u64 {
    piece.vmo.mappable(piece.offset, piece.len)
}

fn access(perms: Perms) -> Access {
    Access {
        read: perms.contains(Perms::READ),
        write: perms.contains(Perms::WRITE),
        execute: perms.contains(Perms::EXECUTE),
    }
}

/// Puts contents at a place that is the process's own.
fn put(space: &mut HostSpace, place: Placement, len: u64, contents: Contents<'_>) -> Result<u64> {
    match place {
        Placement::Anywhere { align } => space.map_anywhere(len, align, contents),
        Placement::Below { range, align } => space.map_below(range, len, align, contents),
        Placement::At(at) => space.map_at(at, len, contents).map(|()| at),
        Placement::Over(at) => space.overwrite(at, len, contents).map(|()| at),
    }
}

fn map_in_process(
    space: &mut HostSpace,
    place: Placement,
    piece: &Piece,
    nested: bool,
) -> Result<u64> {
    let seen = visible(piece);
    let (file, offset) = piece.vmo.file(piece.offset);
    let file = Contents::File(file, offset, piece.perms.prot());
    let contents = if seen == piece.len {
        file
    } else {
        Contents::Nothing
    };
    let at = match place {
        Placement::At(at) | Placement::Over(at) if nested => {
            space.fill(at, piece.len, contents)?;
            at
        }
        _ => put(space, place, piece.len, contents)?,
    };
    if seen != 0 && seen != piece.len {
        // The rest of the range never shows anything.
        space.replace(at, seen, file).inspect_err(|_| {
            if !nested && !matches!(place, Placement::Over(_)) {
                let _ = space.release(at, piece.len);
            }
        })?;
    }
    Ok(at)
}

fn map_in_guest(memory: &GuestMemory, place: Placement, piece: &Piece) -> Result<u64> {
    let access = access(piece.perms);
    let view = piece.vmo.host_view(piece.offset, piece.len)?;
    let shown = view.as_ref().map_or(0, |(_, len)| *len);
    let parts = |at: u64| {
        let seen = view.map(|(view, len)| (at, len, Some(view)));
        let rest = (shown < piece.len).then_some((at + shown, piece.len - shown, None));
        seen.into_iter().chain(rest)
    };
    match place {
        Placement::At(at) | Placement::Over(at) => memory
            .replace(at, piece.len, parts(at), access)
            .map(|()| at),
        _ => Err(Status::INTERNAL),
    }
}

// SPDX-License-Identifier: MIT
//! The debug log (tasks-time-system.md, section 8.5): the last records of the
//! process, which each log object reads at its own pace. Who reads too slowly
//! loses the oldest ones and is told how many bytes they were.

use std::sync::Arc;

use parking_lot::Mutex;

use super::base::{Base, Fired, ObserverGuard, SignalLock};
use super::{KernelObject, ObjectType};
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::sys::clock;
use crate::uapi::log::ZX_LOG_RECORD_DATA_MAX;
use crate::uapi::types::{ZX_LOG_READABLE, ZX_LOG_WRITABLE, ZX_OBJ_TYPE_LOG};

/// How many records are kept.
const KEPT: usize = 512;

/// The longest text of a record.
pub const DATA_MAX: usize = ZX_LOG_RECORD_DATA_MAX;

/// What a record takes besides its text, as programs count it.
const HEADER_SIZE: u64 = 32;

/// A record.
#[derive(Clone, Copy)]
pub struct Record {
    /// The number of the record, counted from the first one that was written.
    pub sequence: u64,
    /// Bytes of all records before it.
    bytes_before: u64,
    /// How grave it is.
    pub severity: u8,
    /// The writer's flags.
    pub flags: u8,
    /// When it was written.
    pub time: i64,
    /// The process that wrote it,
    pub process: u64,
    /// and the thread.
    pub thread: u64,
    len: u16,
    text: [u8; DATA_MAX],
}

impl Record {
    const NONE: Record = Record {
        sequence: 0,
        bytes_before: 0,
        severity: 0,
        flags: 0,
        time: 0,
        process: 0,
        thread: 0,
        len: 0,
        text: [0; DATA_MAX],
    };

    /// What it says.
    pub fn text(&self) -> &[u8] {
        &self.text[..usize::from(self.len)]
    }

    fn bytes_after(&self) -> u64 {
        self.bytes_before + HEADER_SIZE + u64::from(self.len)
    }
}

/// A log: a way to write records, and maybe a place to read them from.
pub struct DebugLog {
    base: Base,
    observers: SignalLock,
    readable: bool,
}

impl KernelObject for DebugLog {
    const TYPE: ObjectType = ZX_OBJ_TYPE_LOG;
    const DEFAULT_RIGHTS: Rights = Rights::DEFAULT_LOG;

    fn base(&self) -> &Base {
        &self.base
    }

    fn observers(&self) -> Option<ObserverGuard<'_>> {
        Some(self.observers.lock())
    }

    fn on_zero_handles(self: &Arc<Self>) {
        if self.readable {
            RECORDS
                .lock()
                .readers
                .retain(|reader| !Arc::ptr_eq(&reader.log, self));
        }
    }
}

/// The records; their lock is taken before that of a log.
static RECORDS: Mutex<Records> = Mutex::new(Records {
    slots: Vec::new(),
    next: 0,
    bytes: 0,
    readers: Vec::new(),
});

struct Records {
    /// The record with number `n` is at `n % KEPT`, once there is one.
    slots: Vec<Record>,
    /// The number of the next record.
    next: u64,
    /// Bytes of all records ever written.
    bytes: u64,
    readers: Vec<Reader>,
}

/// A log object that can be read; gone with its last handle.
struct Reader {
    log: Arc<DebugLog>,
    /// The number of the record that it reads next,
    next: u64,
    /// and the bytes before that one.
    bytes: u64,
}

impl Records {
    /// The number of the oldest record kept.
    fn oldest(&self) -> u64 {
        self.next.saturating_sub(KEPT as u64)
    }

    fn at(&mut self, number: u64) -> Option<&mut Record> {
        let index = usize::try_from(number % KEPT as u64).ok()?;
        self.slots.get_mut(index)
    }

    /// Makes room for all records, at first.
    fn prepare(&mut self) -> Result {
        if self.slots.is_empty() {
            let room = self.slots.try_reserve_exact(KEPT);
            room.map_err(|_| Status::NO_MEMORY)?;
            self.slots.resize(KEPT, Record::NONE);
        }
        Ok(())
    }
}

impl DebugLog {
    /// A log; one that can be read begins with the oldest record kept.
    pub fn new(readable: bool) -> Result<Arc<DebugLog>> {
        let log = Arc::new(DebugLog {
            base: Base::new(ZX_LOG_WRITABLE),
            observers: SignalLock::default(),
            readable,
        });
        if !readable {
            return Ok(log);
        }
        let mut records = RECORDS.lock();
        let room = records.readers.try_reserve(1);
        room.map_err(|_| Status::NO_MEMORY)?;
        let next = records.oldest();
        let something = next < records.next;
        let bytes = records.at(next).map_or(0, |record| record.bytes_before);
        records.readers.push(Reader {
            log: log.clone(),
            next,
            bytes: if something { bytes } else { 0 },
        });
        let fired = log.show(something);
        drop(records);
        drop(fired);
        Ok(log)
    }

    /// The rights of the first handle to it.
    pub fn handle_rights(&self) -> Rights {
        if self.readable {
            DebugLog::DEFAULT_RIGHTS.with(Rights::READ)
        } else {
            DebugLog::DEFAULT_RIGHTS
        }
    }

    /// Takes the next record out, and tells how many bytes were lost before
    /// it. `SHOULD_WAIT` when there is none.
    pub fn read(&self) -> Result<(Record, u64)> {
        let mut records = RECORDS.lock();
        let mut readers = records.readers.iter();
        let index = readers.position(|reader| std::ptr::eq(Arc::as_ptr(&reader.log), self));
        let index = index.ok_or(Status::SHOULD_WAIT)?;
        let number = records.readers[index].next.max(records.oldest());
        let end = records.next;
        let record = *records.at(number).ok_or(Status::SHOULD_WAIT)?;
        if number == end {
            return Err(Status::SHOULD_WAIT);
        }
        let reader = &mut records.readers[index];
        let lost = record.bytes_before - reader.bytes;
        reader.next = number + 1;
        reader.bytes = record.bytes_after();
        let fired = self.show(number + 1 < end);
        drop(records);
        drop(fired);
        Ok((record, lost))
    }

    /// Says whether there is something to read; the records are locked.
    fn show(&self, something: bool) -> Fired {
        let (clear, set) = if something {
            (0, ZX_LOG_READABLE)
        } else {
            (ZX_LOG_READABLE, 0)
        };
        let mut list = self.observers.lock();
        self.base.update_locked(&mut list, clear, set)
    }
}

/// Writes a record for all readers; what of `text` is too long is cut off.
/// `NO_MEMORY` when there is none for the first record.
pub fn write(text: &[u8], severity: u8, flags: u8, (process, thread): (u64, u64)) -> Result {
    let text = &text[..text.len().min(DATA_MAX)];
    let mut records = RECORDS.lock();
    records.prepare()?;
    let (sequence, bytes_before) = (records.next, records.bytes);
    if let Some(record) = records.at(sequence) {
        *record = Record {
            sequence,
            bytes_before,
            severity,
            flags,
            time: clock::monotonic_ns(),
            process,
            thread,
            len: u16::try_from(text.len()).unwrap_or_default(),
            text: [0; DATA_MAX],
        };
        record.text[..text.len()].copy_from_slice(text);
        records.bytes = record.bytes_after();
        records.next += 1;
    }
    let mut fired = Fired::default();
    for reader in &records.readers {
        fired.absorb(reader.log.show(true));
    }
    drop(records);
    drop(fired);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_is_told_of_what_it_lost() -> Result {
        let log = DebugLog::new(true)?;
        while log.read().is_ok() {}
        let extra = 3;
        for i in 0..KEPT + extra {
            write(&[b'x'; 10], 0x30, 0, (1, i as u64))?;
        }
        let (first, lost) = log.read()?;
        assert_eq!((first.thread, lost), (extra as u64, extra as u64 * 42));
        assert_eq!(first.text(), [b'x'; 10]);
        for _ in 1..KEPT {
            assert_eq!(log.read()?.1, 0);
        }
        assert_eq!(log.read().err(), Some(Status::SHOULD_WAIT));
        log.on_zero_handles();
        Ok(())
    }
}

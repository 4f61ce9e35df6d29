// SPDX-License-Identifier: MIT
//! Counting: calls by family, what VCPUs spend their time with, and handles
//! that are left when the process exits. All of it is off unless the
//! environment or the program asks; counters are atomics, so that counting
//! takes no lock.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use nix::libc;

use super::table::{CALLS, Call, Direction, Extent, Kind};
use super::text::{Rights, Span, Text, Type};
use super::trace::{self, line};
use super::user::UserIn;
use super::watch::Ended;
use crate::object::property;
use crate::status;
use crate::sys::probe::Visit;
use crate::task::table as handles;
use crate::uapi::libzx::libzx_vcpu_stats_t;

/// Statuses that are told apart: 0 to -79.
const STATUSES: usize = 80;

/// What is counted of one call.
struct CallCount {
    by_status: [AtomicU32; STATUSES],
    time_ns: AtomicU64,
}

static COUNTS: [CallCount; CALLS.len()] = [const {
    CallCount {
        by_status: [const { AtomicU32::new(0) }; STATUSES],
        time_ns: AtomicU64::new(0),
    }
}; CALLS.len()];

/// The kinds of exits that are told apart; the last one stands for all others.
const EXITS: [&str; 8] = [
    "port",
    "memory",
    "halt",
    "interrupt window",
    "signal",
    "rdmsr",
    "wrmsr",
    "other",
];

/// What is counted of one VCPU.
struct VcpuCount {
    koid: AtomicU64,
    runs: AtomicU64,
    exits: [AtomicU64; EXITS.len()],
    library_ns: [AtomicU64; EXITS.len()],
    guest_ns: [AtomicU64; EXITS.len()],
    run_ns: AtomicU64,
    program_ns: AtomicU64,
    last_end: AtomicI64,
    interrupts: AtomicU64,
    kicks: AtomicU64,
}

static VCPUS: [VcpuCount; 128] = [const {
    VcpuCount {
        koid: AtomicU64::new(0),
        runs: AtomicU64::new(0),
        exits: [const { AtomicU64::new(0) }; EXITS.len()],
        library_ns: [const { AtomicU64::new(0) }; EXITS.len()],
        guest_ns: [const { AtomicU64::new(0) }; EXITS.len()],
        run_ns: AtomicU64::new(0),
        program_ns: AtomicU64::new(0),
        last_end: AtomicI64::new(0),
        interrupts: AtomicU64::new(0),
        kicks: AtomicU64::new(0),
    }
}; 128];

static COUNTING: AtomicBool = AtomicBool::new(false);
/// Whether it is noted which call has made a handle, and whether its place in
/// the program too.
static HANDLES: AtomicBool = AtomicBool::new(false);
static PLACES: AtomicBool = AtomicBool::new(false);
static REPORT: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The exit that the library deals with: its kind and when it was.
    static EXIT: Cell<Option<(usize, i64)>> = const { Cell::new(None) };
}

/// Reads `LIBZX_STATS` and `LIBZX_LEAKS`.
pub fn read_environment() {
    let set = |name| trace::environment(name).filter(|value| !value.is_empty());
    if set(c"LIBZX_STATS").is_some() {
        REPORT.store(true, Relaxed);
        COUNTING.store(true, Relaxed);
    }
    if let Some(value) = set(c"LIBZX_LEAKS") {
        HANDLES.store(true, Relaxed);
        PLACES.store(value == b"stack", Relaxed);
    }
    if REPORT.load(Relaxed) || HANDLES.load(Relaxed) {
        extern "C" fn at_exit() {
            report();
        }
        // SAFETY: the library stays loaded until the process ends.
        unsafe { libc::atexit(at_exit) };
    }
}

/// Begins to count.
pub fn count() {
    COUNTING.store(true, Relaxed);
}

/// Whether calls are counted or their handles noted.
pub fn is_on() -> bool {
    COUNTING.load(Relaxed) || HANDLES.load(Relaxed)
}

/// Whether visits to guests are counted.
pub fn wants_visits() -> bool {
    COUNTING.load(Relaxed)
}

fn vcpu(koid: u64) -> Option<&'static VcpuCount> {
    if koid == 0 {
        return None;
    }
    VCPUS.iter().find(|vcpu| {
        vcpu.koid.load(Relaxed) == koid
            || vcpu
                .koid
                .compare_exchange(0, koid, Relaxed, Relaxed)
                .is_ok()
    })
}

fn add(counter: &AtomicU64, ns: i64) {
    counter.fetch_add(u64::try_from(ns).unwrap_or(0), Relaxed);
}

/// Counts a time in a guest.
pub fn visit(visit: &Visit) {
    let Some(vcpu) = vcpu(trace::running()).filter(|_| wants_visits()) else {
        return;
    };
    let last = EXITS.len() - 1;
    let kind = EXITS
        .iter()
        .position(|name| *name == visit.exit)
        .unwrap_or(last);
    let before = EXIT.try_with(|exit| exit.replace(Some((kind, visit.ended))));
    if let Ok(Some((kind, ended))) = before {
        add(&vcpu.library_ns[kind], visit.started - ended);
    }
    vcpu.exits[kind].fetch_add(1, Relaxed);
    add(&vcpu.guest_ns[kind], visit.ended - visit.started);
}

/// Counts a call that has returned.
pub fn ended(call: &'static Call, arguments: &[u64], vcpu_koid: u64, ended: &Ended) {
    if COUNTING.load(Relaxed) {
        let index = CALLS.iter().position(|known| std::ptr::eq(known, call));
        if let Some(count) = index.and_then(|index| COUNTS.get(index)) {
            let status = match call.result {
                Kind::Status => ended.status(),
                _ => 0,
            };
            let slot = usize::try_from(-i64::from(status))
                .unwrap_or(0)
                .min(STATUSES - 1);
            count.by_status[slot].fetch_add(1, Relaxed);
            add(&count.time_ns, ended.now - ended.started);
        }
        count_vcpu(call, vcpu_koid, ended);
    }
    if HANDLES.load(Relaxed) && (!matches!(call.result, Kind::Status) || ended.status() == 0) {
        note_handles(call, arguments, ended.word);
    }
}

fn count_vcpu(call: &Call, koid: u64, ended: &Ended) {
    let Some(vcpu) = vcpu(koid) else {
        return;
    };
    match call.name {
        "zx_vcpu_resume" | "zx_vcpu_enter" => {
            vcpu.runs.fetch_add(1, Relaxed);
            add(&vcpu.run_ns, ended.now - ended.started);
            let before = vcpu.last_end.swap(ended.now, Relaxed);
            if before != 0 {
                add(&vcpu.program_ns, ended.started - before);
            }
            if let Ok(Some((kind, at))) = EXIT.try_with(Cell::take) {
                add(&vcpu.library_ns[kind], ended.now - at);
            }
        }
        "zx_vcpu_interrupt" if ended.status() == 0 => {
            vcpu.interrupts.fetch_add(1, Relaxed);
        }
        "zx_vcpu_kick" if ended.status() == 0 => {
            vcpu.kicks.fetch_add(1, Relaxed);
        }
        _ => {}
    }
}

/// What was counted of a VCPU.
pub fn of_vcpu(koid: u64) -> libzx_vcpu_stats_t {
    let mut stats = libzx_vcpu_stats_t::default();
    if let Some(vcpu) = vcpu(koid) {
        let sum = |counters: &[AtomicU64]| counters.iter().map(|c| c.load(Relaxed)).sum();
        stats.runs = vcpu.runs.load(Relaxed);
        stats.exits = sum(&vcpu.exits);
        stats.port_exits = vcpu.exits[0].load(Relaxed);
        stats.memory_exits = vcpu.exits[1].load(Relaxed);
        stats.halt_exits = vcpu.exits[2].load(Relaxed);
        stats.msr_exits = sum(&vcpu.exits[5..7]);
        stats.interrupts = vcpu.interrupts.load(Relaxed);
        stats.kicks = vcpu.kicks.load(Relaxed);
        stats.guest_ns = sum(&vcpu.guest_ns);
        let run_ns = vcpu.run_ns.load(Relaxed);
        stats.library_ns = run_ns.saturating_sub(stats.guest_ns);
        stats.program_ns = vcpu.program_ns.load(Relaxed);
    }
    stats
}

// --- Handles ------------------------------------------------------------------

/// Who has made a handle.
struct Maker {
    value: AtomicU32,
    call: AtomicU32,
    order: AtomicU64,
    place: AtomicU64,
}

/// By the low bits of the handle's value; a later handle takes the place of an
/// earlier one, of which less is known then.
static MAKERS: [Maker; 1 << 14] = [const {
    Maker {
        value: AtomicU32::new(0),
        call: AtomicU32::new(0),
        order: AtomicU64::new(0),
        place: AtomicU64::new(0),
    }
}; 1 << 14];

fn maker(value: u32) -> &'static Maker {
    let mixed = value.wrapping_mul(0x9E37_79B1) >> 18;
    &MAKERS[mixed as usize % MAKERS.len()]
}

fn note_handles(call: &Call, arguments: &[u64], word: u64) {
    let number = |address: u64| {
        let mut bytes = [0; 4];
        let from = UserIn::new(usize::try_from(address).unwrap_or(0) as *const u8);
        from.peek_slice(&mut bytes)
            .then(|| u32::from_le_bytes(bytes))
    };
    if matches!(call.result, Kind::Handle { .. }) {
        note(u32::try_from(word & 0xFFFF_FFFF).unwrap_or(0), call);
    }
    for (index, parameter) in call.parameters.iter().enumerate() {
        let (Some(pointer), Kind::Handle { .. }) = (&parameter.pointer, parameter.kind) else {
            continue;
        };
        if pointer.direction != Direction::Out || arguments[index] == 0 {
            continue;
        }
        let count = match (pointer.extent, pointer.used) {
            (Extent::Elements(_), Some(used)) => number(arguments[used]).unwrap_or(0),
            (Extent::Elements(_), None) => 0,
            _ => 1,
        };
        for at in 0..u64::from(count.min(64)) {
            if let Some(value) = number(arguments[index].wrapping_add(4 * at)) {
                note(value, call);
            }
        }
    }
}

fn note(value: u32, call: &Call) {
    static ORDER: AtomicU64 = AtomicU64::new(1);
    if value == 0 {
        return;
    }
    let place = if PLACES.load(Relaxed) {
        line::place()
    } else {
        0
    };
    let maker = maker(value);
    maker.call.store(call.number.into(), Relaxed);
    maker.order.store(ORDER.fetch_add(1, Relaxed), Relaxed);
    maker.place.store(place, Relaxed);
    maker.value.store(value, Relaxed);
}

/// Writes the handles that are live, oldest first, at most 100.
pub fn dump_handles(fd: i32) {
    let borrowed = [
        super::process::zx_process_self(),
        super::process::zx_job_default(),
        super::process::zx_vmar_root_self(),
        super::process::get_root_resource(),
    ];
    let mut live = Vec::new();
    handles::for_each(|value, _| {
        if !borrowed.contains(&value) {
            let maker = maker(value);
            let known = maker.value.load(Relaxed) == value;
            live.push((if known { maker.order.load(Relaxed) } else { 0 }, value));
        }
    });
    live.sort_unstable();
    let mut text = Text::<256>::new();
    let _ = writeln!(text, "libzx: {} handles are live", live.len());
    trace::write(fd, text.bytes());
    for &(order, value) in live.iter().take(100) {
        let Some(handle) = handles::peek(value) else {
            continue;
        };
        let object = handle.object();
        let mut text = Text::<512>::new();
        let _ = write!(
            text,
            "  {value:#x} {} koid {}",
            Type(object.object_type().into()),
            object.base().koid()
        );
        let name = property::name(object);
        let len = name
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(name.len());
        if len > 0 {
            let _ = write!(text, " \"{}\"", name[..len].escape_ascii());
        }
        let _ = write!(text, " rights {}", Rights(handle.rights().bits().into()));
        if order != 0 {
            let maker = maker(value);
            let number = maker.call.load(Relaxed);
            let call = CALLS.iter().find(|call| u32::from(call.number) == number);
            let _ = write!(text, ", made by {}", call.map_or("?", |call| call.name));
            let place = maker.place.load(Relaxed);
            if place != 0 {
                let _ = text.write_str(" at ");
                line::address(&mut text, place);
            }
        }
        let _ = text.write_char('\n');
        trace::write(fd, text.bytes());
    }
    if live.len() > 100 {
        let mut text = Text::<64>::new();
        let _ = writeln!(text, "  and {} more", live.len() - 100);
        trace::write(fd, text.bytes());
    }
}

// --- The report ---------------------------------------------------------------

/// Writes what was asked for when the process exits; once.
pub fn report() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.swap(true, Relaxed) {
        return;
    }
    if REPORT.load(Relaxed) {
        let path = trace::environment(c"LIBZX_STATS").unwrap_or_default();
        let fd = match path {
            b"1" | b"" => libc::STDERR_FILENO,
            path => trace::open_file(path).unwrap_or(libc::STDERR_FILENO),
        };
        write_stats(fd);
    }
    if HANDLES.load(Relaxed) {
        dump_handles(libc::STDERR_FILENO);
    }
}

fn span(ns: u64) -> Span {
    Span(i64::try_from(ns).unwrap_or(i64::MAX))
}

fn mean(sum: u64, count: u64) -> Span {
    span(sum.checked_div(count).unwrap_or(0))
}

fn write_stats(fd: i32) {
    for vcpu in VCPUS.iter().filter(|vcpu| vcpu.koid.load(Relaxed) != 0) {
        let stats = of_vcpu(vcpu.koid.load(Relaxed));
        let mut text = Text::<2048>::new();
        let _ = writeln!(
            text,
            "libzx: vcpu koid {}: {} runs, {} interrupts, {} kicks; guest {}, library {}, program {}",
            vcpu.koid.load(Relaxed),
            stats.runs,
            stats.interrupts,
            stats.kicks,
            span(stats.guest_ns),
            span(stats.library_ns),
            span(stats.program_ns)
        );
        for (kind, name) in EXITS.iter().enumerate() {
            let count = vcpu.exits[kind].load(Relaxed);
            if count != 0 {
                let library = vcpu.library_ns[kind].load(Relaxed);
                let guest = vcpu.guest_ns[kind].load(Relaxed);
                let _ = writeln!(
                    text,
                    "  {name}: {count} exits, library {} (mean {}), guest {} (mean {})",
                    span(library),
                    mean(library, count),
                    span(guest),
                    mean(guest, count)
                );
            }
        }
        trace::write(fd, text.bytes());
    }
    let mut families: Vec<&str> = CALLS.iter().map(|call| call.family).collect();
    families.sort_unstable();
    families.dedup();
    for family in families {
        let of_family = || {
            CALLS
                .iter()
                .zip(&COUNTS)
                .filter(move |(call, _)| call.family == family)
                .map(|(_, count)| count)
        };
        let by_status = |slot: usize| {
            let counts = of_family().map(|count| u64::from(count.by_status[slot].load(Relaxed)));
            counts.sum::<u64>()
        };
        let total: u64 = (0..STATUSES).map(by_status).sum();
        if total == 0 {
            continue;
        }
        let time = of_family().map(|count| count.time_ns.load(Relaxed)).sum();
        let mut text = Text::<1024>::new();
        let _ = write!(text, "libzx: {family}: {total} calls, {}", span(time));
        for slot in 1..STATUSES {
            let count = by_status(slot);
            if count != 0 {
                let number = -i32::try_from(slot).unwrap_or(0);
                let _ = write!(
                    text,
                    ", {count} {}",
                    status::name_of(number).unwrap_or("other")
                );
            }
        }
        let _ = text.write_char('\n');
        trace::write(fd, text.bytes());
    }
}

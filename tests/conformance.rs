// SPDX-License-Identifier: MIT
//! Every call of the table with every handle that it must refuse: zero, stale, of a wrong type,
//! without each right; and with every option bit that it does not have. All of it comes from the
//! table; the calls are those of the shared library, found by name.

#![allow(clippy::unwrap_used)] // a test ends there
#![allow(unsafe_code)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss
)]

use std::collections::BTreeMap;
use std::ffi::{CString, c_void};

use nix::libc;
use zx::calls::table::{CALLS, Call, Consumed, Extent, Kind, Parameter, TYPES};
use zx::uapi::errors::{ZX_ERR_ACCESS_DENIED, ZX_ERR_BAD_HANDLE, ZX_ERR_WRONG_TYPE, ZX_OK};
use zx::uapi::rights::{
    ZX_RIGHT_GET_PROPERTY, ZX_RIGHT_SAME_RIGHTS, ZX_RIGHT_SET_PROPERTY, ZX_RIGHT_SIGNAL_PEER,
};
use zx::uapi::types as t;

type Function = extern "C" fn(u64, u64, u64, u64, u64, u64, u64, u64) -> u64;

/// The shared library.
struct Library(*mut c_void);

impl Library {
    fn open() -> Library {
        let mut path = std::env::current_exe().unwrap();
        path.set_file_name("libzx.so");
        let path = CString::new(path.to_str().unwrap()).unwrap();
        // SAFETY: the path ends with a zero byte; the library may run its constructors.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        assert!(!library.is_null(), "{path:?}");
        Library(library)
    }

    fn call(&self, name: &str, arguments: &[u64]) -> i32 {
        let symbol = CString::new(name).unwrap();
        // SAFETY: the library is open, and the name ends with a zero byte.
        let function = unsafe { libc::dlsym(self.0, symbol.as_ptr()) };
        assert!(!function.is_null(), "{name} is not exported");
        // SAFETY: a call; it takes integers and pointers only, each in a word of its own, and does
        // not look at words behind its last argument.
        let function: Function = unsafe { std::mem::transmute(function) };
        let mut words = [0; 8];
        words[..arguments.len()].copy_from_slice(arguments);
        let [a, b, c, d, e, f, g, h] = words;
        function(a, b, c, d, e, f, g, h) as i32
    }

    /// Calls a function that stores handles at the places `outs` of its arguments.
    fn make(&self, name: &str, arguments: &[u64], outs: &[usize]) -> Option<Vec<u32>> {
        let mut handles = vec![0_u64; outs.len()];
        let mut arguments = arguments.to_vec();
        for (handle, &at) in handles.iter_mut().zip(outs) {
            arguments[at] = std::ptr::from_mut(handle).addr() as u64;
        }
        let status = self.call(name, &arguments);
        let handles = handles.iter().map(|&handle| handle as u32).collect();
        (status == ZX_OK).then_some(handles)
    }

    fn close(&self, handle: u32) {
        self.call("zx_handle_close", &[handle.into()]);
    }

    /// A new handle with all rights that its maker gives; none where there is no such object.
    fn object(&self, ty: u32) -> Option<u32> {
        let one = |name, arguments: &[u64], out| self.make(name, arguments, &[out]).map(|h| h[0]);
        let pair = |name, arguments: &[u64], first: usize| {
            let handles = self.make(name, arguments, &[first, first + 1])?;
            self.close(handles[1]);
            Some(handles[0])
        };
        let borrowed = |name| {
            let handle = self.call(name, &[]) as u32;
            one(
                "zx_handle_duplicate",
                &[handle.into(), ZX_RIGHT_SAME_RIGHTS.into(), 0],
                2,
            )
        };
        match ty {
            t::ZX_OBJ_TYPE_PROCESS => borrowed("zx_process_self"),
            t::ZX_OBJ_TYPE_JOB => borrowed("zx_job_default"),
            t::ZX_OBJ_TYPE_RESOURCE => borrowed("get_root_resource"),
            t::ZX_OBJ_TYPE_THREAD => {
                CALLS.iter().find(|call| call.name == "zx_thread_self")?;
                borrowed("zx_thread_self")
            }
            t::ZX_OBJ_TYPE_VMO => one("zx_vmo_create", &[4096, 0, 0], 2),
            t::ZX_OBJ_TYPE_CHANNEL => pair("zx_channel_create", &[0, 0, 0], 1),
            t::ZX_OBJ_TYPE_EVENT => one("zx_event_create", &[0, 0], 1),
            t::ZX_OBJ_TYPE_PORT => one("zx_port_create", &[0, 0], 1),
            t::ZX_OBJ_TYPE_INTERRUPT => one(
                "zx_interrupt_create",
                &[0, 0, t::ZX_INTERRUPT_VIRTUAL.into(), 0],
                3,
            ),
            t::ZX_OBJ_TYPE_SOCKET => pair("zx_socket_create", &[0, 0, 0], 1),
            t::ZX_OBJ_TYPE_EVENTPAIR => pair("zx_eventpair_create", &[0, 0, 0], 1),
            t::ZX_OBJ_TYPE_FIFO => pair("zx_fifo_create", &[8, 8, 0, 0, 0], 3),
            t::ZX_OBJ_TYPE_TIMER => one("zx_timer_create", &[0, 0, 0], 2),
            t::ZX_OBJ_TYPE_LOG => one("zx_debuglog_create", &[0, 1 << 30, 0], 2),
            t::ZX_OBJ_TYPE_STREAM => {
                let vmo = self.object(t::ZX_OBJ_TYPE_VMO)?;
                let stream = one("zx_stream_create", &[3, vmo.into(), 0, 0], 3);
                self.close(vmo);
                stream
            }
            t::ZX_OBJ_TYPE_CLOCK => one("zx_clock_create", &[0, 0, 0], 2),
            t::ZX_OBJ_TYPE_VMAR => {
                let root = self.call("zx_vmar_root_self", &[]) as u32;
                let mut address = 0_u64;
                let address = std::ptr::from_mut(&mut address).addr() as u64;
                let options = t::ZX_VM_CAN_MAP_READ | t::ZX_VM_CAN_MAP_WRITE;
                let arguments = [root.into(), options.into(), 0, 4096, 0, address];
                one("zx_vmar_allocate", &arguments, 4)
            }
            t::ZX_OBJ_TYPE_GUEST => {
                let resource = self.object(t::ZX_OBJ_TYPE_RESOURCE)?;
                let arguments = [resource.into(), 0, 0, 0];
                let handles = self.make("zx_guest_create", &arguments, &[2, 3]);
                self.close(resource);
                let handles = handles?;
                self.close(handles[1]);
                Some(handles[0])
            }
            t::ZX_OBJ_TYPE_VCPU => {
                let guest = self.object(t::ZX_OBJ_TYPE_GUEST)?;
                let vcpu = one("zx_vcpu_create", &[guest.into(), 0, 0, 0], 3);
                self.close(guest);
                vcpu
            }
            _ => None,
        }
    }

    /// The rights of a handle.
    fn rights(&self, handle: u32) -> u32 {
        let mut basic = zx::uapi::object::zx_info_handle_basic_t::default();
        let size = size_of_val(&basic) as u64;
        let buffer = std::ptr::from_mut(&mut basic).addr() as u64;
        let topic = zx::uapi::object::ZX_INFO_HANDLE_BASIC;
        let arguments = [handle.into(), topic.into(), buffer, size, 0, 0];
        assert_eq!(self.call("zx_object_get_info", &arguments), ZX_OK);
        basic.rights
    }
}

/// A type that an object of a parameter may have.
fn suitable(parameter: &Parameter) -> u32 {
    let Kind::Handle { types, rights, .. } = parameter.kind else {
        return 0;
    };
    match types.first() {
        Some(&ty) => ty,
        None if rights & ZX_RIGHT_SIGNAL_PEER != 0 => t::ZX_OBJ_TYPE_EVENTPAIR,
        None if rights & (ZX_RIGHT_GET_PROPERTY | ZX_RIGHT_SET_PROPERTY) != 0 => t::ZX_OBJ_TYPE_VMO,
        None => t::ZX_OBJ_TYPE_EVENT,
    }
}

fn is_handle(parameter: &Parameter) -> bool {
    parameter.pointer.is_none() && matches!(parameter.kind, Kind::Handle { .. })
}

/// Memory for what pointers point at.
struct Memory(Vec<[u64; 512]>);

/// Arguments with which a call has nothing to find fault with, as far as the table tells, and the
/// handles among them. None when there is no object of a type.
fn arguments(library: &Library, call: &Call, memory: &mut Memory) -> Option<(Vec<u64>, Vec<u32>)> {
    memory.0 = vec![[0; 512]; call.parameters.len()];
    let mut handles = Vec::new();
    let mut words = Vec::new();
    for (index, parameter) in call.parameters.iter().enumerate() {
        if parameter.pointer.is_some() {
            words.push(memory.0[index].as_ptr().addr() as u64);
            continue;
        }
        let counts = |extent: Extent| match extent {
            Extent::Bytes(of) => (of == index).then_some(32),
            Extent::Elements(of) => (of == index).then_some(1),
            Extent::One | Extent::Terminated => None,
        };
        let extents = call.parameters.iter().filter_map(|p| p.pointer.as_ref());
        let count = extents.filter_map(|pointer| counts(pointer.extent)).next();
        words.push(match parameter.kind {
            Kind::Handle { .. } if parameter.optional => 0,
            Kind::Handle { .. } => {
                let Some(handle) = library.object(suitable(parameter)) else {
                    handles.iter().for_each(|&handle| library.close(handle));
                    return None;
                };
                handles.push(handle);
                handle.into()
            }
            Kind::Value(constants) => constants.first().map_or(0, |(_, value)| *value),
            Kind::Rights => ZX_RIGHT_SAME_RIGHTS.into(),
            Kind::Number if count.is_some() => count.unwrap_or(0),
            Kind::Number if parameter.name.contains("size") || parameter.name == "len" => 4096,
            _ => 0,
        });
    }
    Some((words, handles))
}

/// What was found.
#[derive(Default)]
struct Found {
    faults: Vec<String>,
    /// How many calls gave exactly the status that the case is about.
    exact: usize,
    cases: usize,
    /// Types of which no object could be made.
    missing: BTreeMap<u32, usize>,
}

impl Found {
    /// A case ends with `wanted`, or with a status of a check before it.
    fn judge(&mut self, call: &Call, case: &str, status: i32, wanted: i32) {
        self.cases += 1;
        let of_later = call
            .parameters
            .iter()
            .filter(|parameter| is_handle(parameter));
        let is_first = of_later.map(|parameter| parameter.name).next();
        let mut statuses = call.statuses.iter();
        // What a later handle fails with stands at the last place of the status.
        let before = match is_first.is_some_and(|name| case.starts_with(&format!("{name} "))) {
            true => statuses.position(|&known| known == wanted),
            false => statuses.rposition(|&known| known == wanted),
        };
        match before {
            None => self.faults.push(format!(
                "{}: {case}: {} is not among its errors",
                call.name, wanted
            )),
            Some(_) if status == wanted => self.exact += 1,
            Some(before) if call.statuses[..before].contains(&status) => {}
            Some(_) => self
                .faults
                .push(format!("{}: {case}: {status}, not {wanted}", call.name)),
        }
    }
}

/// Whether the test may call it: it comes back, and says how it ended.
fn is_tested(call: &Call) -> bool {
    matches!(call.result, Kind::Status) && !call.name.contains("_exit")
}

/// Runs one case: a handle in the place of the one of a parameter.
fn run(library: &Library, call: &Call, index: usize, value: u32) -> Option<i32> {
    let mut memory = Memory(Vec::new());
    let (mut words, handles) = arguments(library, call, &mut memory)?;
    words[index] = value.into();
    let status = library.call(
        &format!("_{}", call.name).replace("_libzx", "libzx"),
        &words,
    );
    handles.iter().for_each(|&handle| library.close(handle));
    Some(status)
}

fn check_handle(library: &Library, call: &Call, index: usize, found: &mut Found) {
    let parameter = &call.parameters[index];
    let Kind::Handle {
        types,
        rights,
        vary,
        consumed,
    } = parameter.kind
    else {
        return;
    };
    let name = parameter.name;
    if !parameter.optional
        && let Some(status) = run(library, call, index, 0)
    {
        found.judge(call, &format!("{name} is 0"), status, ZX_ERR_BAD_HANDLE);
    }
    let stale = library.object(t::ZX_OBJ_TYPE_EVENT).unwrap();
    library.close(stale);
    if let Some(status) = run(library, call, index, stale) {
        found.judge(call, &format!("{name} is stale"), status, ZX_ERR_BAD_HANDLE);
    }
    if !types.is_empty() {
        let other = match types.contains(&t::ZX_OBJ_TYPE_TIMER) {
            true => t::ZX_OBJ_TYPE_EVENT,
            false => t::ZX_OBJ_TYPE_TIMER,
        };
        let other = library.object(other).unwrap();
        if let Some(status) = run(library, call, index, other) {
            let case = format!("{name} is of a wrong type");
            found.judge(call, &case, status, ZX_ERR_WRONG_TYPE);
        }
        if consumed == Consumed::Never {
            assert_ne!(
                library.rights(other),
                0,
                "{}: {name} was consumed",
                call.name
            );
        }
        library.close(other);
    }
    for right in (0..31)
        .map(|bit| 1 << bit)
        .filter(|right| rights & right != 0 && !vary)
    {
        let Some(handle) = library.object(suitable(parameter)) else {
            *found.missing.entry(suitable(parameter)).or_default() += 1;
            return;
        };
        let fewer = library.rights(handle) & !right;
        let replaced = library.make("zx_handle_replace", &[handle.into(), fewer.into(), 0], &[2]);
        let weak = replaced.unwrap()[0];
        if let Some(status) = run(library, call, index, weak) {
            let case = format!("{name} lacks right {right:#x}");
            found.judge(call, &case, status, ZX_ERR_ACCESS_DENIED);
        }
        library.close(weak);
    }
}

fn check_options(library: &Library, call: &Call, index: usize, found: &mut Found) {
    let Kind::Options {
        constants,
        unchecked: false,
    } = call.parameters[index].kind
    else {
        return;
    };
    let known = constants.iter().fold(0, |bits, (_, value)| bits | value);
    for bit in (0..32).filter(|bit| known >> bit & 1 == 0) {
        let mut memory = Memory(Vec::new());
        let Some((mut words, handles)) = arguments(library, call, &mut memory) else {
            return;
        };
        words[index] = 1 << bit;
        let status = library.call(call.name, &words);
        handles.iter().for_each(|&handle| library.close(handle));
        found.cases += 1;
        if status == ZX_OK || !call.statuses.contains(&status) {
            found
                .faults
                .push(format!("{}: option bit {bit}: {status}", call.name));
        } else {
            found.exact += 1;
        }
    }
}

#[test]
fn every_call_refuses_what_it_must() {
    let library = Library::open();
    let mut found = Found::default();
    for call in CALLS.iter().filter(|call| is_tested(call)) {
        for (index, parameter) in call.parameters.iter().enumerate() {
            if is_handle(parameter) {
                check_handle(&library, call, index, &mut found);
            } else {
                check_options(&library, call, index, &mut found);
            }
        }
    }
    let types: Vec<_> = found
        .missing
        .keys()
        .map(|ty| TYPES.iter().find(|(_, value)| *value == u64::from(*ty)))
        .map(|entry| entry.map_or("?", |(name, _)| *name))
        .collect();
    println!(
        "{} cases, {} exact; no objects of {types:?}",
        found.cases, found.exact
    );
    assert!(found.faults.is_empty(), "{}", found.faults.join("\n"));
    assert!(found.cases > 300, "{} cases are too few", found.cases);
    assert!(
        found.exact * 10 > found.cases * 8,
        "most cases end before the check they are about"
    );
}

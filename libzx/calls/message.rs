// SPDX-License-Identifier: MIT
//! Messages between caller memory and channels: payloads, handles on their
//! way in and out (ipc.md, sections 2.4 to 2.7).

use core::ffi::c_void;

use smallvec::SmallVec;

use super::user::{Pod, UserIn, UserOut};
use crate::object::Object;
use crate::object::channel::Channel;
use crate::object::handle::Handle;
use crate::object::message::Message;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::uapi::types as c;
use crate::uapi::types::zx_handle_t;

/// How many handles a message holds; how many entries of a longer array are
/// read at a time.
const MAX_HANDLES: usize = c::ZX_CHANNEL_MAX_MSG_HANDLES as usize;
const MAX_BYTES: usize = c::ZX_CHANNEL_MAX_MSG_BYTES as usize;

/// The bytes that a caller wants to send.
pub struct Payload {
    /// The bytes, or with `iovecs` an array of slices.
    pub bytes: *const c_void,
    /// How many bytes or slices.
    pub count: u32,
    /// Whether the caller passed slices.
    pub iovecs: bool,
}

impl Payload {
    /// Copies the payload into a new message.
    pub fn read(&self, num_handles: usize) -> Result<Box<Message>> {
        if self.iovecs {
            return self.gather(num_handles);
        }
        let len = self.count as usize;
        if len > MAX_BYTES || num_handles > MAX_HANDLES {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut message = Message::new(len)?;
        UserIn::<u8>::new(self.bytes.cast()).read_slice(0, message.bytes_mut())?;
        Ok(message)
    }

    fn gather(&self, num_handles: usize) -> Result<Box<Message>> {
        if self.count > c::ZX_CHANNEL_MAX_MSG_IOVECS {
            return Err(Status::OUT_OF_RANGE);
        }
        let empty = c::zx_channel_iovec_t::default();
        let mut slices = SmallVec::<[_; 16]>::from_elem(empty, self.count as usize);
        UserIn::new(self.bytes.cast()).read_slice(0, &mut slices)?;
        if slices.iter().any(|slice| slice.reserved != 0) {
            return Err(Status::INVALID_ARGS);
        }
        let len: u64 = slices.iter().map(|slice| u64::from(slice.capacity)).sum();
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > MAX_BYTES || num_handles > MAX_HANDLES {
            return Err(Status::OUT_OF_RANGE);
        }
        let mut message = Message::new(len)?;
        let mut rest = message.bytes_mut();
        for slice in &slices {
            let (piece, after) = rest.split_at_mut(slice.capacity as usize);
            UserIn::<u8>::new(slice.buffer.cast()).read_slice(0, piece)?;
            rest = after;
        }
        Ok(message)
    }
}

/// An entry of the array with the handles to send.
pub trait Offer: Pod + Default {
    /// The handle's value.
    fn handle(&self) -> zx_handle_t;

    /// Whether the call takes the handle away from the caller, come what may.
    fn is_moved(&self) -> bool;

    /// Turns the entry into the handle that travels through `channel`.
    fn collect(&self, cx: &Context, channel: &Channel) -> Result<Handle>;

    /// Notes in the entry why it failed; true if the caller is to see it.
    fn failed(&mut self, status: Status) -> bool;
}

impl Offer for zx_handle_t {
    fn handle(&self) -> zx_handle_t {
        *self
    }

    fn is_moved(&self) -> bool {
        true
    }

    fn collect(&self, cx: &Context, channel: &Channel) -> Result<Handle> {
        let handle = cx.take(*self)?;
        check_travel(handle.object(), handle.rights(), channel)?;
        Ok(handle)
    }

    fn failed(&mut self, _: Status) -> bool {
        false
    }
}

impl Offer for c::zx_handle_disposition_t {
    fn handle(&self) -> zx_handle_t {
        self.handle
    }

    fn is_moved(&self) -> bool {
        self.operation != c::ZX_HANDLE_OP_DUPLICATE
    }

    fn collect(&self, cx: &Context, channel: &Channel) -> Result<Handle> {
        if !self.is_moved() {
            let source = cx.get_any(self.handle)?;
            let rights = self.check(source.object(), source.rights(), channel)?;
            return Handle::duplicate(source.object(), rights);
        }
        let source = cx.take(self.handle)?;
        let rights = self.check(source.object(), source.rights(), channel)?;
        if rights == source.rights() {
            return Ok(source);
        }
        // Another handle: waits made through the old one end with it.
        Ok(Handle::new(source.object().clone(), rights))
    }

    fn failed(&mut self, status: Status) -> bool {
        self.result = status.raw();
        true
    }
}

impl c::zx_handle_disposition_t {
    /// The rights with which the handle travels.
    fn check(&self, object: &Object, rights: Rights, channel: &Channel) -> Result<Rights> {
        check_travel(object, rights, channel)?;
        if self.r#type != c::ZX_OBJ_TYPE_NONE && self.r#type != object.object_type() {
            return Err(Status::WRONG_TYPE);
        }
        if ![c::ZX_HANDLE_OP_MOVE, c::ZX_HANDLE_OP_DUPLICATE].contains(&self.operation) {
            return Err(Status::INVALID_ARGS);
        }
        let asked = rights.requested(self.rights).ok_or(Status::INVALID_ARGS)?;
        if !self.is_moved() && !rights.contains(Rights::DUPLICATE) {
            return Err(Status::ACCESS_DENIED);
        }
        Ok(asked)
    }
}

fn check_travel(object: &Object, rights: Rights, channel: &Channel) -> Result {
    if !rights.contains(Rights::TRANSFER) {
        return Err(Status::ACCESS_DENIED);
    }
    if channel.is(object) {
        return Err(Status::NOT_SUPPORTED);
    }
    Ok(())
}

/// The handles that a caller wants to send. Unless they were collected, those
/// that would have moved are closed when this is dropped: whatever its result,
/// a call takes them (ipc.md, section 2.4).
pub struct Offers<'a, T: Offer> {
    cx: &'a Context,
    array: *const T,
    count: usize,
    pending: bool,
}

impl<'a, T: Offer> Offers<'a, T> {
    /// The entries of a caller's array, which is not looked at yet.
    pub fn new(cx: &'a Context, array: *const T, count: u32) -> Offers<'a, T> {
        Offers {
            cx,
            array,
            count: count as usize,
            pending: true,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Puts all handles, at most as many as a message holds, into `message`.
    /// Fails as the first bad entry does, after having tried all.
    pub fn collect(&mut self, channel: &Channel, message: &mut Message) -> Result {
        if self.count == 0 {
            return Ok(());
        }
        let mut offers = [T::default(); MAX_HANDLES];
        let offers = offers.get_mut(..self.count).ok_or(Status::OUT_OF_RANGE)?;
        UserIn::new(self.array).read_slice(0, offers)?;
        self.pending = false;
        message.reserve_handles(self.count);
        let mut result = Ok(());
        let mut tell = false;
        for offer in &mut *offers {
            match offer.collect(self.cx, channel) {
                Ok(handle) => message.push(handle),
                Err(status) => {
                    result = result.and(Err(status));
                    tell |= offer.failed(status);
                }
            }
        }
        if tell {
            UserOut::new(self.array.cast_mut()).write_slice(0, offers)?;
        }
        result
    }
}

impl<T: Offer> Drop for Offers<'_, T> {
    fn drop(&mut self) {
        if !self.pending || self.count == 0 {
            return;
        }
        let array = UserIn::new(self.array);
        let mut block = [T::default(); MAX_HANDLES];
        for start in (0..self.count).step_by(MAX_HANDLES) {
            let block = &mut block[..MAX_HANDLES.min(self.count - start)];
            if array.read_slice(start, block).is_err() {
                return;
            }
            for offer in block.iter().filter(|offer| offer.is_moved()) {
                // What is no handle needs no closing.
                let _ = self.cx.close(offer.handle());
            }
        }
    }
}

/// An entry of the array for received handles.
pub trait Arrival: Pod {
    /// Describes a handle.
    fn new(value: zx_handle_t, object_type: u32, rights: Rights) -> Self;
}

impl Arrival for zx_handle_t {
    fn new(value: zx_handle_t, _: u32, _: Rights) -> zx_handle_t {
        value
    }
}

impl Arrival for c::zx_handle_info_t {
    fn new(handle: zx_handle_t, object_type: u32, rights: Rights) -> c::zx_handle_info_t {
        c::zx_handle_info_t {
            handle,
            r#type: object_type,
            rights: rights.bits(),
            unused: 0,
        }
    }
}

/// Where a caller wants a message.
pub struct Buffers<T> {
    /// Room for the bytes,
    bytes: UserOut<u8>,
    /// for so many.
    pub num_bytes: u32,
    /// Room for the handles,
    handles: UserOut<T>,
    /// for so many.
    pub num_handles: u32,
    /// Where to say how many bytes there are,
    actual_bytes: UserOut<u32>,
    /// and how many handles.
    actual_handles: UserOut<u32>,
}

impl<T: Arrival> Buffers<T> {
    /// Room for so many bytes, for so many handles, and where to say how many
    /// of each there are; any pointers will do.
    pub fn new(
        (bytes, num_bytes): (*mut c_void, u32),
        (handles, num_handles): (*mut T, u32),
        (actual_bytes, actual_handles): (*mut u32, *mut u32),
    ) -> Buffers<T> {
        Buffers {
            bytes: UserOut::new(bytes.cast()),
            num_bytes,
            handles: UserOut::new(handles),
            num_handles,
            actual_bytes: UserOut::new(actual_bytes),
            actual_handles: UserOut::new(actual_handles),
        }
    }

    /// Tells the sizes of a message where the caller wants to know them.
    pub fn tell_optional(&self, bytes: usize, handles: usize) -> Result {
        self.actual_bytes.write_optional(&size(bytes))?;
        self.actual_handles.write_optional(&size(handles))
    }

    /// Tells the sizes of a message to a caller who has to know them.
    pub fn tell(&self, bytes: usize, handles: usize) -> Result {
        self.actual_bytes.write(&size(bytes))?;
        self.actual_handles.write(&size(handles))
    }

    /// Hands over a message that fits. Its handles become the caller's only
    /// if everything could be stored.
    pub fn fill(&self, cx: &Context, message: &mut Message) -> Result {
        self.bytes.write_slice(0, message.bytes())?;
        if message.handles().is_empty() {
            return Ok(());
        }
        let mut arrivals = SmallVec::<[T; MAX_HANDLES]>::new();
        let mut places = Vec::with_capacity(message.handles().len());
        for handle in message.take_handles() {
            let (object_type, rights) = (handle.object().object_type(), handle.rights());
            let place = cx.reserve(handle)?;
            arrivals.push(T::new(place.value(), object_type, rights));
            places.push(place);
        }
        self.handles.write_slice(0, &arrivals)?;
        for place in places {
            place.commit();
        }
        Ok(())
    }
}

/// A size that is at most that of the largest message.
fn size(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

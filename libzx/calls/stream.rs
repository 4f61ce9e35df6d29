// SPDX-License-Identifier: MIT
//! Stream calls (memory.md, section 7).

use super::syscall;
use super::user::{UserIn, UserOut};
use crate::object::handle::Handle;
use crate::object::stream::{Buffers, Stream, Target};
use crate::object::vmo::Vmo;
use crate::rights::Rights;
use crate::status::{Result, Status};
use crate::task::Context;
use crate::uapi::types::{
    ZX_STREAM_APPEND, ZX_STREAM_CREATE_MASK, ZX_STREAM_MODE_READ, ZX_STREAM_MODE_WRITE,
    zx_handle_t, zx_iovec_t, zx_off_t, zx_status_t, zx_stream_seek_origin_t,
};

/// Makes a stream: a way to read and write a VMO up to its content size, from
/// a position that moves along. Streams on one VMO share its content size.
///
/// # Parameters
///
/// * `options` (options `ZX_STREAM_MODE_*`): what it is for
/// * `vmo` (vmo): with `ZX_RIGHT_READ` and `ZX_RIGHT_WRITE` as the options ask
/// * `seek`: where it begins, which may be anywhere
/// * `out_stream` (out, stream handle): the new handle, rights
///   `ZX_DEFAULT_STREAM_RIGHTS` and as the options say
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown options
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `vmo`
/// * `ZX_ERR_NO_MEMORY`
/// * `ZX_ERR_INVALID_ARGS`: `out_stream` cannot be written
pub extern "C" fn zx_stream_create(
    options: u32,
    vmo: zx_handle_t,
    seek: zx_off_t,
    out_stream: *mut zx_handle_t,
) -> zx_status_t {
    let out = UserOut::new(out_stream);
    syscall(|cx| {
        if options & !ZX_STREAM_CREATE_MASK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let right = |mode, right| {
            if options & mode != 0 {
                right
            } else {
                Rights::NONE
            }
        };
        let needed = right(ZX_STREAM_MODE_READ, Rights::READ)
            .with(right(ZX_STREAM_MODE_WRITE, Rights::WRITE));
        let vmo = cx.get::<Vmo>(vmo, needed)?.clone();
        let stream = Stream::new(vmo, options, seek);
        let rights = stream.handle_rights();
        cx.publish(out, Handle::new(stream, rights))
    })
}

/// Reads from where the stream is, which moves behind the bytes read. Fewer
/// than asked are read where the content ends.
///
/// # Parameters
///
/// * `handle` (stream, `ZX_RIGHT_READ`): the stream
/// * `options`: must be 0
/// * `vector` (in, out, array of `num_vector`): the buffers to fill, in order
/// * `num_vector`: how many
/// * `actual` (out, optional): how many bytes were read
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, `vector` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `vector` cannot be read, or the buffers together
///   have more than 2^64 - 1 bytes
/// * `ZX_ERR_BAD_STATE`: the cache policy of the VMO
/// * `ZX_ERR_OUT_OF_RANGE`: the content ends behind the VMO, and so does what
///   would be read
/// * `ZX_ERR_NOT_FOUND`: a buffer cannot be written
/// * `ZX_ERR_INVALID_ARGS`: `actual` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_stream_readv(
    handle: zx_handle_t,
    options: u32,
    vector: *mut zx_iovec_t,
    num_vector: usize,
    actual: *mut usize,
) -> zx_status_t {
    syscall(|cx| {
        let vector = Vector::new(options, 0, vector, num_vector)?;
        read(cx, handle, None, &vector, UserOut::new(actual))
    })
}

/// Reads from an offset; the stream stays where it is. Otherwise like
/// `zx_stream_readv`.
///
/// # Parameters
///
/// * `handle` (stream, `ZX_RIGHT_READ`): the stream
/// * `options`: must be 0
/// * `offset`: where to begin, in bytes
/// * `vector` (in, out, array of `num_vector`): the buffers to fill, in order
/// * `num_vector`: how many
/// * `actual` (out, optional): how many bytes were read
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, `vector` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `vector` cannot be read, or the buffers together
///   have more than 2^64 - 1 bytes
/// * `ZX_ERR_BAD_STATE`: the cache policy of the VMO
/// * `ZX_ERR_OUT_OF_RANGE`: the content ends behind the VMO, and so does what
///   would be read
/// * `ZX_ERR_NOT_FOUND`: a buffer cannot be written
/// * `ZX_ERR_INVALID_ARGS`: `actual` cannot be written
/// * `ZX_ERR_NO_MEMORY`
pub extern "C" fn zx_stream_readv_at(
    handle: zx_handle_t,
    options: u32,
    offset: zx_off_t,
    vector: *mut zx_iovec_t,
    num_vector: usize,
    actual: *mut usize,
) -> zx_status_t {
    syscall(|cx| {
        let vector = Vector::new(options, 0, vector, num_vector)?;
        read(cx, handle, Some(offset), &vector, UserOut::new(actual))
    })
}

/// Writes where the stream is, which moves behind the bytes written, or with
/// `ZX_STREAM_APPEND` where the content ends. The content and a resizable VMO
/// grow as needed; where they cannot, fewer bytes than asked are written. What
/// lies between the old content and the bytes written becomes zeroes.
///
/// # Parameters
///
/// * `handle` (stream, `ZX_RIGHT_WRITE`): the stream
/// * `options` (options `ZX_STREAM_APPEND`): 0 or that
/// * `vector` (array of `num_vector`): the bytes to write, in order
/// * `num_vector`: how many buffers
/// * `actual` (out, optional): how many bytes were written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: unknown options, `vector` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `vector` cannot be read, or the buffers together
///   have more than 2^64 - 1 bytes
/// * `ZX_ERR_FILE_BIG`: the last byte would be at 2^64 or behind it
/// * `ZX_ERR_BAD_STATE`: the cache policy of the VMO
/// * `ZX_ERR_NO_SPACE`: there is no room for a single byte
/// * `ZX_ERR_NOT_FOUND`: a buffer cannot be read; the content has not grown
/// * `ZX_ERR_INVALID_ARGS`: `actual` cannot be written
/// * `ZX_ERR_NO_MEMORY`
///
/// # Blocks
///
/// Until other streams on the same VMO have written.
pub extern "C" fn zx_stream_writev(
    handle: zx_handle_t,
    options: u32,
    vector: *const zx_iovec_t,
    num_vector: usize,
    actual: *mut usize,
) -> zx_status_t {
    syscall(|cx| {
        let vector = Vector::new(options, ZX_STREAM_APPEND, vector, num_vector)?;
        let target = if options & ZX_STREAM_APPEND != 0 {
            Target::Append
        } else {
            Target::Seek
        };
        write(cx, handle, target, &vector, UserOut::new(actual))
    })
}

/// Writes at an offset; the stream stays where it is. Otherwise like
/// `zx_stream_writev`.
///
/// # Parameters
///
/// * `handle` (stream, `ZX_RIGHT_WRITE`): the stream
/// * `options`: must be 0
/// * `offset`: where to begin, in bytes
/// * `vector` (array of `num_vector`): the bytes to write, in order
/// * `num_vector`: how many buffers
/// * `actual` (out, optional): how many bytes were written
///
/// # Errors
///
/// * `ZX_ERR_INVALID_ARGS`: `options` is not 0, `vector` is NULL
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: `vector` cannot be read, or the buffers together
///   have more than 2^64 - 1 bytes
/// * `ZX_ERR_FILE_BIG`: the last byte would be at 2^64 or behind it
/// * `ZX_ERR_BAD_STATE`: the cache policy of the VMO
/// * `ZX_ERR_NO_SPACE`: there is no room for a single byte
/// * `ZX_ERR_NOT_FOUND`: a buffer cannot be read; the content has not grown
/// * `ZX_ERR_INVALID_ARGS`: `actual` cannot be written
/// * `ZX_ERR_NO_MEMORY`
///
/// # Blocks
///
/// Until other streams on the same VMO have written.
pub extern "C" fn zx_stream_writev_at(
    handle: zx_handle_t,
    options: u32,
    offset: zx_off_t,
    vector: *const zx_iovec_t,
    num_vector: usize,
    actual: *mut usize,
) -> zx_status_t {
    syscall(|cx| {
        let vector = Vector::new(options, 0, vector, num_vector)?;
        write(
            cx,
            handle,
            Target::At(offset),
            &vector,
            UserOut::new(actual),
        )
    })
}

/// Moves a stream.
///
/// # Parameters
///
/// * `handle` (stream): with `ZX_RIGHT_READ` or `ZX_RIGHT_WRITE`
/// * `whence`: one of `ZX_STREAM_SEEK_ORIGIN_*`
/// * `offset`: how far from there, in bytes
/// * `out_seek` (out, optional): where it is now
///
/// # Errors
///
/// * `ZX_ERR_BAD_HANDLE`, `ZX_ERR_WRONG_TYPE`, `ZX_ERR_ACCESS_DENIED`: `handle`
/// * `ZX_ERR_INVALID_ARGS`: unknown `whence`, or a place below 0 or above
///   2^64 - 1; the stream stays where it is
/// * `ZX_ERR_INVALID_ARGS`: `out_seek` cannot be written
pub extern "C" fn zx_stream_seek(
    handle: zx_handle_t,
    whence: zx_stream_seek_origin_t,
    offset: i64,
    out_seek: *mut zx_off_t,
) -> zx_status_t {
    let out = UserOut::new(out_seek);
    syscall(|cx| {
        let stream = cx.get::<Stream>(handle, Rights::NONE)?;
        let rights = stream.handle().rights();
        if !rights.contains(Rights::READ) && !rights.contains(Rights::WRITE) {
            return Err(Status::ACCESS_DENIED);
        }
        out.write_optional(&stream.seek(whence, offset)?)
    })
}

/// An array of buffers that was not looked at yet.
struct Vector {
    array: UserIn<zx_iovec_t>,
    count: usize,
}

impl Vector {
    /// Checks 1 and 2 of the calls.
    fn new(options: u32, known: u32, array: *const zx_iovec_t, count: usize) -> Result<Vector> {
        let array = UserIn::new(array);
        if options & !known != 0 || array.is_null() {
            return Err(Status::INVALID_ARGS);
        }
        Ok(Vector { array, count })
    }

    /// Copies the array in once: the buffers may lie over it.
    fn buffers(&self) -> Result<Buffers> {
        let mut buffers = Buffers::default();
        let mut some = [zx_iovec_t::default(); 16];
        let mut index = 0;
        while index < self.count {
            let some = &mut some[..(self.count - index).min(16)];
            self.array.read_slice(index, some)?;
            for part in &*some {
                buffers.push(part.buffer.addr(), part.capacity)?;
            }
            index += some.len();
        }
        Ok(buffers)
    }
}

fn read(
    cx: &Context,
    handle: zx_handle_t,
    offset: Option<u64>,
    vector: &Vector,
    actual: UserOut<usize>,
) -> Result {
    let stream = cx.get::<Stream>(handle, Rights::READ)?;
    finish(actual, stream.read(offset, &vector.buffers()?)?)
}

fn write(
    cx: &Context,
    handle: zx_handle_t,
    target: Target,
    vector: &Vector,
    actual: UserOut<usize>,
) -> Result {
    let stream = cx.get::<Stream>(handle, Rights::WRITE)?;
    finish(actual, stream.write(target, &vector.buffers()?)?)
}

fn finish(actual: UserOut<usize>, done: u64) -> Result {
    actual.write_optional(&usize::try_from(done).map_err(|_| Status::INTERNAL)?)
}

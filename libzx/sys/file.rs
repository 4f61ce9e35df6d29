// SPDX-License-Identifier: MIT
//! Files, through system calls that are no cancellation points of the C
//! library (see `cancel.rs`), and that raise no signal.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::ptr;

use nix::errno::Errno;
use nix::libc;

use super::apart;
use crate::status::{Result, Status};

/// A file descriptor that is closed with this value.
pub struct File(RawFd);

impl From<OwnedFd> for File {
    fn from(fd: OwnedFd) -> File {
        File(fd.into_raw_fd())
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is open as long as this value lives.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

impl AsRawFd for File {
    fn as_raw_fd(&self) -> RawFd {
        self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is this value's. Linux closes it whatever it
        // answers.
        unsafe { libc::syscall(libc::SYS_close, self.0) };
    }
}

impl File {
    /// A second descriptor of the same file.
    pub fn duplicate(&self) -> nix::Result<File> {
        // SAFETY: no memory is touched.
        let fd =
            retry(|| unsafe { libc::syscall(libc::SYS_fcntl, self.0, libc::F_DUPFD_CLOEXEC, 0) })?;
        RawFd::try_from(fd).map(File).map_err(|_| Errno::EBADF)
    }

    /// The descriptor, which is not closed any more.
    pub fn into_raw(self) -> RawFd {
        std::mem::ManuallyDrop::new(self).0
    }

    /// Opens a file to be read.
    pub fn open(path: &CStr) -> nix::Result<File> {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        let opened = retry(|| {
            // SAFETY: the path ends with a zero.
            unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0) }
        })?;
        RawFd::try_from(opened).map(File).map_err(|_| Errno::EBADF)
    }

    /// Reads from where the last reading ended; 0 at the end of the file.
    pub fn read(&self, buffer: &mut [u8]) -> nix::Result<usize> {
        let read = retry(|| {
            // SAFETY: the buffer is there to be written.
            unsafe { libc::syscall(libc::SYS_read, self.0, buffer.as_mut_ptr(), buffer.len()) }
        })?;
        Ok(usize::try_from(read).unwrap_or(0))
    }

    /// One `pread` to an address that only the kernel looks at.
    pub fn read_at(&self, offset: i64, address: usize, len: usize) -> nix::Result<usize> {
        // SAFETY: the kernel checks the buffer; that writing there is what the
        // program wants is the contract of the call it made.
        let read = unsafe { libc::syscall(libc::SYS_pread64, self.0, address, len, offset) };
        Errno::result(read).map(|read| usize::try_from(read).unwrap_or(0))
    }

    /// One `pwrite` from an address that only the kernel looks at. `EFBIG`
    /// where the process may not write so far.
    pub fn write_at(&self, offset: i64, address: usize, len: usize) -> nix::Result<usize> {
        let write = || {
            // SAFETY: the kernel checks the buffer and only reads it.
            unsafe { libc::syscall(libc::SYS_pwrite64, self.0, address, len, offset) }
        };
        let written = within_limit(write)?;
        Ok(usize::try_from(written).unwrap_or(0))
    }

    /// Sets the file's length. `EFBIG` where the process may have no file so
    /// long.
    pub fn set_len(&self, len: i64) -> nix::Result<()> {
        // SAFETY: no memory is touched.
        within_limit(|| retry_raw(|| unsafe { libc::syscall(libc::SYS_ftruncate, self.0, len) }))?;
        Ok(())
    }

    /// One `fallocate`.
    pub fn allocate(&self, how: libc::c_int, offset: i64, len: i64) -> nix::Result<()> {
        // SAFETY: no memory of the process is touched.
        let done = unsafe { libc::syscall(libc::SYS_fallocate, self.0, how, offset, len) };
        Errno::result(done).map(drop)
    }
}

/// The whole of a small file, such as those of `/proc`. A process that has used
/// up its descriptors need not have one for it.
pub fn read_whole(path: &CStr) -> Result<Vec<u8>> {
    match File::open(path) {
        Err(Errno::EMFILE) => apart::read_whole(path),
        file => read_opened(file),
    }
}

/// The whole of a small file that was opened.
pub fn read_opened(file: nix::Result<File>) -> Result<Vec<u8>> {
    const STEP: usize = 4096;
    let file = file?;
    let mut bytes = Vec::new();
    let mut len = 0;
    loop {
        if bytes.len() < len + STEP {
            let more = bytes.len().max(2 * STEP);
            bytes
                .try_reserve_exact(more)
                .map_err(|_| Status::NO_MEMORY)?;
            bytes.resize(bytes.len() + more, 0);
        }
        let read = file.read(bytes.get_mut(len..).unwrap_or_default())?;
        if read == 0 {
            bytes.truncate(len);
            return Ok(bytes);
        }
        len += read;
    }
}

/// The same as text; what is none is left out.
pub fn read_text(path: &CStr) -> Result<String> {
    let bytes = read_whole(path)?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

fn retry(call: impl FnMut() -> libc::c_long) -> nix::Result<libc::c_long> {
    Errno::result(retry_raw(call))
}

/// Repeats a system call that a signal has interrupted.
fn retry_raw(mut call: impl FnMut() -> libc::c_long) -> libc::c_long {
    loop {
        let result = call();
        if result != -1 || Errno::last() != Errno::EINTR {
            return result;
        }
    }
}

/// Makes a system call that Linux answers with `SIGXFSZ` as well where it
/// would go beyond the process's limit for files: the signal is taken back,
/// nobody else sees it.
fn within_limit(call: impl FnOnce() -> libc::c_long) -> nix::Result<libc::c_long> {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: the limit is there to be written.
    let told = unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, limit.as_mut_ptr()) } == 0;
    // SAFETY: the call has filled it in.
    if told && unsafe { limit.assume_init() }.rlim_cur == libc::RLIM_INFINITY {
        return Errno::result(call());
    }
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigemptyset(set.as_mut_ptr()) };
    // SAFETY: the set was initialised and the signal exists.
    unsafe { libc::sigaddset(set.as_mut_ptr(), libc::SIGXFSZ) };
    let mut pending = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: fills the set.
    unsafe { libc::sigpending(pending.as_mut_ptr()) };
    // SAFETY: the set was filled.
    let already = unsafe { libc::sigismember(pending.as_ptr(), libc::SIGXFSZ) } == 1;
    let mut old = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: both sets are there.
    let error = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), old.as_mut_ptr()) };
    if error != 0 {
        return Err(Errno::from_raw(error));
    }
    let result = Errno::result(call());
    if result == Err(Errno::EFBIG) && !already {
        let now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        retry_raw(|| {
            // SAFETY: the set and the time are there; nobody asks who sent the
            // signal.
            unsafe {
                libc::syscall(
                    libc::SYS_rt_sigtimedwait,
                    set.as_ptr(),
                    ptr::null::<libc::siginfo_t>(),
                    &raw const now,
                    SIGNAL_SET_BYTES,
                )
            }
        });
    }
    // SAFETY: the old mask was filled in.
    let old = unsafe { old.assume_init_ref() };
    // Tried again until it succeeds; there is nothing else to be done.
    let _ = super::thread::set_signal_mask(old);
    result
}

/// How long the kernel's sets of signals are.
const SIGNAL_SET_BYTES: usize = 8;

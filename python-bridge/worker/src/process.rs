//! The two things about a process that the standard library has no safe words for.

#![expect(unsafe_code, reason = "a descriptor that was inherited is a bare number, and so is an exit")]

use std::io;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

/// Takes the socket that the process was started with. It is not inherited any further: a child of the
/// driver's would keep it open after the worker's end.
pub fn take_socket(fd: i32) -> io::Result<UnixStream> {
    if fd <= 2 {
        return Err(io::Error::other(format!(
            "file descriptor {fd} is no socket to a host: start me from one"
        )));
    }
    // SAFETY: the descriptor was handed over at the start of the process, and this is called once.
    let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(fd) });
    // A clone is closed on exec; the inherited descriptor is closed here.
    socket.try_clone()
}

/// Ends the process at once: without destructors, without Python's finalisation, whatever any thread
/// is doing.
pub fn exit(status: i32) -> ! {
    // SAFETY: no memory is touched; the kernel takes it all back.
    unsafe { libc::_exit(status) }
}

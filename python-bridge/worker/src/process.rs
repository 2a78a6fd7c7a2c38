//! The two things about a process that the standard library has no safe words for.

#![expect(unsafe_code, reason = "a descriptor that was inherited is a bare number, and so is an exit")]

use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, IntoRawFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

/// Takes the socket that the process was started with. It is not inherited any further: a child of the
/// driver's would keep it open after the worker's end. One that came as standard input leaves nothing there to read.
pub fn take_socket(fd: i32) -> io::Result<UnixStream> {
    if fd == 1 || fd == 2 {
        return Err(io::Error::other(format!("file descriptor {fd} is for output: give the socket another")));
    }
    // SAFETY: the host passed this descriptor to us and to nobody else in this process.
    let inherited = unsafe { OwnedFd::from_raw_fd(fd) };
    // A clone is closed on exec, and never one of the standard three while those are open.
    let socket = UnixStream::from(inherited.try_clone()?);
    socket.peer_addr().map_err(|_| {
        io::Error::other(format!("file descriptor {fd} is no socket to a host: start me from one"))
    })?;
    if fd == 0 {
        let nothing = std::fs::File::open("/dev/null")?;
        // SAFETY: both descriptors are open; standard input stays so, as something else.
        if unsafe { libc::dup2(nothing.as_raw_fd(), inherited.into_raw_fd()) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(socket)
}

/// Ends the process at once: without destructors, without Python's finalisation, whatever any thread
/// is doing.
pub fn exit(status: i32) -> ! {
    // SAFETY: no memory is touched; the kernel takes it all back.
    unsafe { libc::_exit(status) }
}

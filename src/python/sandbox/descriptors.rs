//! Descriptors that a worker must not inherit.

use std::io;

/// From the fourth on, all are closed when the interpreter starts: whatever the host had open.
pub(super) fn close_on_exec() -> io::Result<()> {
    #[expect(unsafe_code, reason = "the standard library has no word for it")]
    // SAFETY: no memory is passed; the descriptors stay open as long as this program runs.
    let done =
        unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

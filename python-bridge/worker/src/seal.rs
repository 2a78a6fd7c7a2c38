//! The last part of the sandbox: from here on the process never becomes another program.
//!
//! The launcher cannot refuse `exec`, since that is how it starts the interpreter. So the worker does, before it
//! has a second thread and before it knows of any driver.

use std::io;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// Refuses `execve` and `execveat` with EPERM, for good.
pub fn seal() -> io::Result<()> {
    let refused = [libc::SYS_execve, libc::SYS_execveat].into_iter().map(|call| (call, vec![])).collect();
    let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(refused, SeccompAction::Allow, refuse, arch).map_err(io::Error::other)?;
    let program: BpfProgram = filter.try_into().map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

//! The launcher: the host's own program, started anew, which puts itself into the sandbox and becomes the interpreter.
//!
//! It has one thread, so that what it gives up is given up for all that follows, and the order matters: rights to set
//! the others up go last but before the filters, `setuid` clears the death signal, and a filter cannot be taken back.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{
    Gid, Resource, Rlimit, Signal, Uid, getppid, getuid, set_parent_process_death_signal, setrlimit,
};
use rustix::thread as this;
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::policy::{Bounds, Policy};
use super::{COMMAND, descriptors, files, system_calls};

/// What a launcher exits with that could not carry out its policy.
const FAILED: u8 = 125;

/// Runs the launcher if that is what this process was started as.
pub fn launcher() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != COMMAND {
        return None;
    }
    let Err(error) = launch(arguments);
    eprintln!("the sandbox could not be set up: {error:#}");
    Some(ExitCode::from(FAILED))
}

/// Takes the policy, the program and its arguments. Returns only with an error.
fn launch(mut arguments: impl Iterator<Item = OsString>) -> anyhow::Result<std::convert::Infallible> {
    let policy = arguments.next().context("no policy was given")?;
    let policy: Policy =
        serde_json::from_slice(policy.as_encoded_bytes()).context("no policy can be read")?;
    let program = arguments.next().context("no program was given")?;

    // What can be given up in part, as root only.
    if let Some(user) = policy.user {
        become_user(user).with_context(|| format!("it cannot become user {user}"))?;
    }
    drop_capabilities().context("it cannot drop its capabilities")?;
    this::set_no_new_privs(true).context("no_new_privs")?;
    set_parent_process_death_signal(Some(Signal::KILL)).context("its death signal")?;
    let parent = getppid().map_or(0, |parent| parent.as_raw_nonzero().get().unsigned_abs());
    ensure!(parent == policy.host, "the host is gone");
    bound(&policy.bounds).context("its limits")?;
    descriptors::close_on_exec().context("its descriptors")?;
    match files::restrict(&policy) {
        Ok(true) => {}
        Ok(false) if policy.best_effort => {}
        Ok(false) => bail!("Landlock is not wholly enforced"),
        Err(error) if policy.best_effort => eprintln!("Landlock: {error}"),
        Err(error) => return Err(error).context("Landlock"),
    }
    let filters = system_calls::filters(policy.network, std::process::id()).context("system calls")?;
    for filter in &filters {
        match seccompiler::apply_filter(filter) {
            Err(error) if policy.best_effort => eprintln!("system calls: {error}"),
            applied => applied.context("system calls")?,
        }
    }
    Err(Command::new(&program).args(arguments).exec())
        .with_context(|| format!("{} cannot be executed", program.display()))
}

fn become_user(user: u32) -> anyhow::Result<()> {
    let (uid, gid) = (Uid::from_raw(user), Gid::from_raw(user));
    this::set_thread_groups(&[])?;
    this::set_thread_res_gid(gid, gid, gid)?;
    this::set_thread_res_uid(uid, uid, uid)?;
    ensure!(getuid() == uid, "it did not change");
    Ok(())
}

/// All sets. The bounding set takes a right of its own to change, and `no_new_privs` makes it meaningless.
fn drop_capabilities() -> rustix::io::Result<()> {
    let none = CapabilitySet::empty();
    this::clear_ambient_capability_set()?;
    this::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
}

fn bound(bounds: &Bounds) -> rustix::io::Result<()> {
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Nofile, bounds.files),
        (Resource::Fsize, bounds.file),
        (Resource::Nproc, bounds.threads),
        (Resource::Data, bounds.data),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
    ] {
        // What the host itself may not exceed, its worker may not either.
        let most = rustix::process::getrlimit(resource).maximum.map_or(most, |have| have.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

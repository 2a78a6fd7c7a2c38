//! Folders for temporary files: one a worker, gone with it.
//!
//! They lie in a folder of this host's, which is locked as long as the host lives: those of dead hosts can be told by
//! their lock, whatever has their process id by now, and are removed.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

const PREFIX: &str = "eigen-python-";
const LOCK: &str = "lock";

/// This host's folder of folders.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: TempDir,
    /// Held until the end.
    _lock: File,
}

impl Scratch {
    /// Removes what dead hosts have left, and makes a folder. Blocking.
    pub(super) fn new() -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(temporary)?;
        let lock = File::create(folder.path().join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        // Workers of another user pass through it; nobody else sees what is in it.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        Ok(Self { folder, _lock: lock })
    }

    /// A new folder, which is this user's alone.
    pub(super) fn folder(&self, user: Option<u32>) -> io::Result<TempDir> {
        let folder = tempfile::Builder::new().prefix("worker-").tempdir_in(self.folder.path())?;
        if user.is_some() {
            chown(folder.path(), user, user)?;
        }
        Ok(folder)
    }
}

/// Folders of ours whose lock nobody holds.
fn sweep(temporary: &Path) {
    let ours = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_ours = |found: fs::Metadata| found.is_dir() && found.uid() == ours;
        if !entry.file_name().to_string_lossy().starts_with(PREFIX)
            || !fs::symlink_metadata(&path).is_ok_and(is_ours)
        {
            continue;
        }
        // One without a lock is being made.
        let Ok(lock) = File::open(path.join(LOCK)) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = remove(&path);
        }
    }
}

/// A driver may have left folders without rights for anyone.
fn remove(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)?.flatten() {
        if entry.file_type()?.is_dir() {
            fs::set_permissions(entry.path(), Permissions::from_mode(0o700))?;
            remove(&entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir(path)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_a_dead_host_has_left_is_removed_and_what_a_live_one_uses_is_not() {
        let temporary = tempfile::tempdir().unwrap();
        let [dead, live, other] =
            ["eigen-python-a", "eigen-python-b", "mine"].map(|name| temporary.path().join(name));
        for folder in [&dead, &live, &other] {
            fs::create_dir_all(folder.join("worker-x/closed")).unwrap();
            File::create(folder.join(LOCK)).unwrap();
        }
        fs::set_permissions(dead.join("worker-x/closed"), Permissions::from_mode(0o0)).unwrap();
        let lock = File::open(live.join(LOCK)).unwrap();
        flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
        sweep(temporary.path());
        assert_eq!([dead, live, other].map(|folder| folder.exists()), [false, true, true]);
    }
}

//! Folders that belong to the service alone.
//!
//! What is kept there is trusted when it is read back: compiled code, keys, which driver serves. So the
//! invariant: a folder that another user could write to, or look into, is not used.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

/// Makes the folder if it is missing, for its owner only (0700); one that is there must be like that.
///
/// # Errors
/// If it cannot be made, is something else, belongs to another user or is open to others.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let metadata = fs::symlink_metadata(folder)?;
    let refuse = |why: &str| Err(io::Error::other(format!("{} {why}", folder.display())));
    if !metadata.is_dir() {
        return refuse("is not a folder");
    }
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return refuse("belongs to another user");
    }
    if metadata.mode() & 0o077 != 0 {
        return refuse("is open to other users; chmod 700 it");
    }
    Ok(())
}

//! Keeps the folder of compiled components within its bound.
//!
//! Least recently used goes first, by modification time, which a hit renews. Hosts may share the
//! folder: an entry that another one deletes meanwhile is no error, and an entry in use was read whole,
//! so deleting it harms nobody.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::config::ByteSize;

/// Of a file that was left half-written by a host that died.
const ABANDONED: Duration = Duration::from_hours(1);
/// Of a finished entry.
pub(super) const EXTENSION: &str = "cwasm";

/// Marks an entry as used now.
pub(super) fn touch(path: &Path) -> io::Result<()> {
    File::open(path)?.set_modified(SystemTime::now())
}

/// Deletes what was left half-written, and the entries longest unused, until all fit into `limit`;
/// `newest` stays in any case. Gives the number of entries deleted.
pub(super) fn make_room(folder: &Path, limit: ByteSize, newest: &Path) -> io::Result<usize> {
    let mut entries: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for found in fs::read_dir(folder)? {
        let path = found?.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let Ok(used) = metadata.modified() else { continue };
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            entries.push((used, metadata.len(), path));
        } else if metadata.is_file() && used.elapsed().is_ok_and(|age| age > ABANDONED) {
            let _ = fs::remove_file(path);
        }
    }
    let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
    entries.sort_unstable();
    let mut deleted = 0;
    for (_, bytes, path) in entries.into_iter().filter(|(_, _, path)| path != newest) {
        if total <= limit.bytes() {
            break;
        }
        if fs::remove_file(path).is_ok() {
            deleted += 1;
        }
        total -= bytes;
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn entry(folder: &Path, name: &str, age: u64) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, [0; 100]).unwrap();
        let used = SystemTime::now() - Duration::from_secs(age);
        File::options().write(true).open(&path).unwrap().set_modified(used).unwrap();
        path
    }

    #[test]
    fn what_is_longest_unused_goes_first_and_the_newest_always_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [old, used, new] = [("a.cwasm", 300), ("b.cwasm", 400), ("c.cwasm", 100)]
            .map(|(n, age)| entry(folder.path(), n, age));
        touch(&used).unwrap();
        assert_eq!(make_room(folder.path(), ByteSize(300), &new).unwrap(), 0);
        assert_eq!(make_room(folder.path(), ByteSize(299), &new).unwrap(), 1);
        assert!(!old.exists() && used.exists() && new.exists());
        assert_eq!(make_room(folder.path(), ByteSize(1), &new).unwrap(), 1);
        assert!(!used.exists() && new.exists());
    }

    #[test]
    fn half_written_files_go_once_nobody_can_be_writing_them_and_other_files_are_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let abandoned = entry(folder.path(), ".tmpA", 2 * 3600);
        let being_written = entry(folder.path(), ".tmpB", 60);
        let newest = entry(folder.path(), "a.cwasm", 0);
        assert_eq!(make_room(folder.path(), ByteSize(100), &newest).unwrap(), 0);
        assert!(!abandoned.exists() && being_written.exists() && newest.exists());
    }
}

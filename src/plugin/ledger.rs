//! Which generation of which driver is in service, kept over restarts.
//!
//! One small JSON file, replaced as a whole: written beside, synced, renamed, the folder synced. The
//! invariant: at any moment the file names exactly one generation a driver, and whatever a crash leaves
//! beside it is never read. One host owns the folder, by a lock that the kernel drops with the process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::files::private_folder;

const FILE: &str = "ledger.json";
const LOCK: &str = "lock";
const VERSION: u32 = 1;

/// A generation as written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its number.
    pub generation: u64,
    /// `sha256:…` of its artifact.
    pub digest: String,
    /// `sha256:…` of artifact, manifest and signature together: its name in the store.
    pub bundle: String,
    /// Where it came from: a path, `embedded` or `upload`.
    pub origin: String,
}

/// What is known of one driver.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The highest generation number ever published.
    pub last_generation: u64,
    /// In service; `None`: taken out.
    pub active: Option<Kept>,
    /// In service before, for a rollback.
    pub previous: Option<Kept>,
    /// The bundle that discovery last offered: a change of it is a new wish of the operator.
    pub observed: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u32,
    drivers: BTreeMap<String, Record>,
}

/// The file, and what it says.
pub struct Ledger {
    records: Mutex<BTreeMap<String, Record>>,
    /// `None`: nothing is written, as for `check` or where another host owns the folder.
    home: Option<Home>,
}

struct Home {
    folder: PathBuf,
    /// Held for its lock.
    _lock: File,
}

impl Ledger {
    /// A ledger that is forgotten with the process.
    pub fn in_memory() -> Self {
        Self { records: Mutex::default(), home: None }
    }

    /// Opens the ledger of this folder, making the folder if it is missing. A ledger that cannot be read
    /// is set aside; the second value says so.
    pub fn open(folder: &Path) -> io::Result<(Self, Option<String>)> {
        if let Some(state) = folder.parent() {
            private_folder(state)?;
        }
        private_folder(folder)?;
        let lock = File::create(folder.join(LOCK))?;
        if let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "another host uses this folder"));
        }
        let file = folder.join(FILE);
        let (records, note) = match read(&file) {
            Ok(records) => (records, None),
            Err(error) => {
                let aside = folder.join(format!("{FILE}.unreadable"));
                fs::rename(&file, &aside)?;
                let note =
                    format!("{} cannot be read ({error}); it is now {}", file.display(), aside.display());
                (BTreeMap::new(), Some(note))
            }
        };
        let home = Some(Home { folder: folder.to_owned(), _lock: lock });
        Ok((Self { records: Mutex::new(records), home }, note))
    }

    /// All records, by driver.
    pub fn records(&self) -> BTreeMap<String, Record> {
        self.lock().clone()
    }

    /// The record of one driver.
    pub fn record(&self, driver: &str) -> Record {
        self.lock().get(driver).cloned().unwrap_or_default()
    }

    /// Changes one driver's record, on disk first: if that fails, nothing has changed.
    pub fn update(&self, driver: &str, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        let mut records = self.lock();
        let mut next = records.clone();
        let record = next.entry(driver.to_owned()).or_default();
        change(record);
        if records.get(driver) == Some(record) {
            return Ok(());
        }
        if let Some(home) = &self.home {
            write(&home.folder, &next)?;
        }
        *records = next;
        Ok(())
    }

    /// Forgets a driver.
    pub fn forget(&self, driver: &str) -> io::Result<()> {
        let mut records = self.lock();
        let mut next = records.clone();
        if next.remove(driver).is_none() {
            return Ok(());
        }
        if let Some(home) = &self.home {
            write(&home.folder, &next)?;
        }
        *records = next;
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> Result<BTreeMap<String, Record>, String> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.to_string()),
    };
    let content: Content = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    if content.version == VERSION {
        Ok(content.drivers)
    } else {
        Err(format!("it is of version {}, this host writes {VERSION}", content.version))
    }
}

fn write(folder: &Path, records: &BTreeMap<String, Record>) -> io::Result<()> {
    let content = Content { version: VERSION, drivers: records.clone() };
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, &content)?;
    file.write_all(b"\n")?;
    file.as_file().sync_data()?;
    file.persist(folder.join(FILE))?;
    // The rename itself must outlive a crash.
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn kept(generation: u64) -> Kept {
        let digest = format!("sha256:{generation:064}");
        Kept { generation, bundle: digest.clone(), digest, origin: "upload".to_owned() }
    }

    #[test]
    fn what_was_written_down_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(&folder.path().join("state/plugins")).unwrap();
        ledger.update("a", |record| record.active = Some(kept(3))).unwrap();
        drop(ledger);
        let (again, note) = Ledger::open(&folder.path().join("state/plugins")).unwrap();
        assert_eq!((again.record("a").active, note), (Some(kept(3)), None));
    }

    #[test]
    fn a_folder_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let (_owner, _) = Ledger::open(&folder.path().join("state/plugins")).unwrap();
        let second = Ledger::open(&folder.path().join("state/plugins")).err().unwrap();
        assert!(second.to_string().contains("another host"));
    }

    #[test]
    fn a_ledger_that_cannot_be_read_is_set_aside_and_named() {
        let folder = tempfile::tempdir().unwrap();
        drop(Ledger::open(&folder.path().join("state/plugins")).unwrap());
        fs::write(folder.path().join("state/plugins").join(FILE), "{ half").unwrap();
        let (ledger, note) = Ledger::open(&folder.path().join("state/plugins")).unwrap();
        assert!(ledger.records().is_empty());
        assert!(note.unwrap().contains("ledger.json.unreadable"));
        assert!(folder.path().join("state/plugins/ledger.json.unreadable").is_file());
    }

    #[test]
    fn a_change_that_cannot_be_written_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("state/plugins");
        let (ledger, _) = Ledger::open(&home).unwrap();
        ledger.update("a", |record| record.active = Some(kept(1))).unwrap();
        fs::remove_dir_all(&home).unwrap();
        assert!(ledger.update("a", |record| record.active = Some(kept(2))).is_err());
        assert_eq!(ledger.record("a").active, Some(kept(1)));
    }

    #[test]
    fn what_a_crash_leaves_beside_the_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Ledger::open(&folder.path().join("state/plugins")).unwrap();
        ledger.update("a", |record| record.active = Some(kept(1))).unwrap();
        fs::write(folder.path().join("state/plugins/.tmpHalf"), "{").unwrap();
        drop(ledger);
        let (again, note) = Ledger::open(&folder.path().join("state/plugins")).unwrap();
        assert_eq!((again.record("a").active, note), (Some(kept(1)), None));
    }
}

//! Copies of the artifacts in service and of those kept for a rollback.
//!
//! Files of operators change under the host's feet; what serves must not. So whatever is published was
//! copied here first, under the digest of its bundle, written beside, synced and renamed. The invariant: an
//! entry is whole or not there, and is checked against its name when it is read. An entry goes when no
//! record names it and nobody holds its [`Pin`].

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::files::private_folder;
use crate::model::Digest;

const ARTIFACT: &str = "artifact";
const MANIFEST: &str = "plugin.toml";
const SIGNATURE: &str = "plugin.toml.sig";

/// What a plugin consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The artifact.
    pub artifact: Arc<[u8]>,
    /// The text of its manifest, if it has one.
    pub manifest: Option<String>,
    /// The text of the manifest's signature, if it has one.
    pub signature: Option<String>,
}

impl Parts {
    /// Digest of all parts together: SHA-256 over their digests, a missing part as 32 zeros.
    pub fn digest(&self) -> Digest {
        let part = |text: &Option<String>| {
            text.as_ref().map_or([0; 32], |text| *Digest::of(text.as_bytes()).as_bytes())
        };
        let artifact = *Digest::of(&self.artifact).as_bytes();
        Digest::of(&[artifact, part(&self.manifest), part(&self.signature)].concat())
    }
}

/// The folder of copies; clones share it.
#[derive(Clone)]
pub struct Store {
    folder: Arc<Path>,
    pins: Arc<Mutex<HashMap<Digest, usize>>>,
}

/// Keeps an entry from being removed.
pub struct Pin {
    digest: Digest,
    pins: Arc<Mutex<HashMap<Digest, usize>>>,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = pins.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.digest);
            }
        }
    }
}

impl Store {
    /// Opens the folder, making it if it is missing, and removes what a crash left half written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        private_folder(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(Self { folder: folder.into(), pins: Arc::default() })
    }

    /// Keeps a copy. The entry stays at least as long as the pin.
    pub fn keep(&self, digest: Digest, parts: &Parts) -> io::Result<Pin> {
        let pin = self.pin(digest);
        let place = self.place(digest);
        if place.is_dir() {
            return Ok(pin);
        }
        let beside = tempfile::Builder::new().prefix(".").tempdir_in(&*self.folder)?;
        write(&beside.path().join(ARTIFACT), &parts.artifact)?;
        for (name, text) in [(MANIFEST, &parts.manifest), (SIGNATURE, &parts.signature)] {
            if let Some(text) = text {
                write(&beside.path().join(name), text.as_bytes())?;
            }
        }
        File::open(beside.path())?.sync_all()?;
        match fs::rename(beside.path(), &place) {
            // Renamed: there is nothing to clean up.
            Ok(()) => drop(beside.keep()),
            // Another driver keeps the same artifact at the same moment.
            Err(_) if place.is_dir() => {}
            Err(error) => return Err(error),
        }
        File::open(&*self.folder)?.sync_all()?;
        Ok(pin)
    }

    /// Reads an entry; one that is not what its name says is an error.
    pub fn fetch(&self, digest: Digest) -> io::Result<(Parts, Pin)> {
        let pin = self.pin(digest);
        let place = self.place(digest);
        let text = |name| match fs::read_to_string(place.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        let parts = Parts {
            artifact: fs::read(place.join(ARTIFACT))?.into(),
            manifest: text(MANIFEST)?,
            signature: text(SIGNATURE)?,
        };
        if parts.digest() == digest {
            Ok((parts, pin))
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} was changed", place.display())))
        }
    }

    /// Removes all entries but those named and those pinned. Failing to only costs space.
    pub fn retain(&self, named: impl Fn(&Digest) -> bool) {
        let Ok(entries) = fs::read_dir(&*self.folder) else { return };
        // Held throughout: nobody begins to keep what is being removed.
        let pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.flatten() {
            let digest = format!("sha256:{}", entry.file_name().to_string_lossy()).parse::<Digest>();
            if digest.is_ok_and(|digest| !named(&digest) && !pins.contains_key(&digest)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    fn pin(&self, digest: Digest) -> Pin {
        *self.pins.lock().unwrap_or_else(PoisonError::into_inner).entry(digest).or_default() += 1;
        Pin { digest, pins: Arc::clone(&self.pins) }
    }

    fn place(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn parts(text: &str) -> Parts {
        Parts { artifact: text.as_bytes().into(), manifest: Some("name = 1".to_owned()), signature: None }
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("artifacts")).unwrap();
        let (one, again) = (parts("one"), parts("one"));
        let _pin = store.keep(one.digest(), &one).unwrap();
        let _same = store.keep(again.digest(), &again).unwrap();
        assert_eq!(store.fetch(one.digest()).unwrap().0, one);
    }

    #[test]
    fn an_entry_that_was_tampered_with_is_not_given_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("artifacts")).unwrap();
        let one = parts("one");
        let _pin = store.keep(one.digest(), &one).unwrap();
        fs::write(store.place(one.digest()).join(ARTIFACT), "other").unwrap();
        assert_eq!(store.fetch(one.digest()).err().unwrap().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn an_entry_goes_when_nobody_names_or_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("artifacts")).unwrap();
        let [named, held, gone] = ["named", "held", "gone"].map(parts);
        let _pins = [&named, &gone].map(|parts| drop(store.keep(parts.digest(), parts).unwrap()));
        let pin = store.keep(held.digest(), &held).unwrap();
        store.retain(|digest| *digest == named.digest());
        let there = [&named, &held, &gone].map(|parts| store.fetch(parts.digest()).is_ok());
        assert_eq!(there, [true, true, false]);
        drop(pin);
        store.retain(|digest| *digest == named.digest());
        assert!(store.fetch(held.digest()).is_err());
    }

    #[test]
    fn what_a_crash_left_half_written_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("artifacts");
        drop(Store::open(&home).unwrap());
        fs::create_dir(home.join(".half")).unwrap();
        Store::open(&home).unwrap();
        assert!(!home.join(".half").exists());
    }
}

//! Compiled components on disk.
//!
//! What `deserialize` is given runs as native code, so an entry counts only if this host wrote
//! it: the folder belongs to the service and to nobody else (0700), and each file starts with an
//! HMAC-SHA-256 (RFC 2104) over its name and content, under a key kept in another folder.
//! A file that fails any check is deleted and compiled anew; a cache that fails is only slow.
//! The folder's size is bounded (see [`super::eviction`]).

use std::fs;
use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use tracing::{debug, warn};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::deserialize::{AuthenticCode, deserialize};
use super::eviction;
use crate::config::ByteSize;
use crate::files::private_folder;
use crate::model::Digest;
use crate::telemetry::{Telemetry, events};

const TAG_BYTES: usize = 32;
const KEY_BYTES: usize = 32;
const KEY_FILE: &str = "aot-cache.key";
/// The engine's own crate version decides what it can read back.
const FORMAT: &str = concat!("driver-manager aot 1 ", env!("CARGO_PKG_VERSION"));

/// The folder and the key; clones share them.
#[derive(Clone)]
pub(in crate::wasm) struct AotCache {
    folder: Arc<Path>,
    key: Arc<[u8; KEY_BYTES]>,
    limit: ByteSize,
    telemetry: Telemetry,
}

impl AotCache {
    /// Opens the cache, making both folders and the key if they are missing. Entries over `limit`
    /// altogether push out those longest unused.
    pub(in crate::wasm) fn open(
        folder: &Path,
        key_folder: &Path,
        limit: ByteSize,
        telemetry: Telemetry,
    ) -> io::Result<Self> {
        private_folder(folder)?;
        private_folder(key_folder)?;
        let key = read_or_create_key(&key_folder.join(KEY_FILE))?;
        Ok(Self { folder: folder.into(), key: Arc::new(key), limit, telemetry })
    }

    /// Whether there is an entry for the bytes with this digest, good or not.
    pub(super) fn has(&self, engine: &Engine, digest: Digest) -> bool {
        self.path(engine, digest).is_file()
    }

    /// The component compiled from the bytes with this digest, if a good entry is there.
    pub(super) fn load(&self, engine: &Engine, digest: Digest) -> Option<Component> {
        let started = Instant::now();
        let path = self.path(engine, digest);
        let size = fs::metadata(&path).ok()?.len();
        let verified = if size > self.limit.bytes() {
            Err(format!("it has {size} bytes, more than `wasm.max_cache`"))
        } else {
            self.verify_and_load(engine, &path, &fs::read(&path).ok()?)
        };
        match verified {
            Ok(component) => {
                self.telemetry
                    .emit(events::AotCacheHit { digest: &digest.to_string(), elapsed: started.elapsed() });
                // On a folder that is read-only, eviction by another host may take a used entry.
                let _ = eviction::touch(&path);
                Some(component)
            }
            Err(cause) => {
                self.telemetry.emit(events::AotCacheRejected {
                    digest: &digest.to_string(),
                    path: &path.display().to_string(),
                    cause: &cause,
                });
                // If it cannot be deleted, the rename after compiling replaces it.
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps a component; failing to is logged and nothing more.
    pub(super) fn store(&self, engine: &Engine, digest: Digest, component: &Component) {
        let path = self.path(engine, digest);
        if let Err(error) = self.write(&path, component) {
            warn!(path = %path.display(), %error, "ahead-of-time cache entry not written");
        }
        match eviction::make_room(&self.folder, self.limit, &path) {
            Ok(0) => {}
            Ok(entries) => debug!(entries, "ahead-of-time cache entries evicted"),
            Err(error) => warn!(%error, "ahead-of-time cache not kept within its bound"),
        }
    }

    fn verify_and_load(&self, engine: &Engine, path: &Path, content: &[u8]) -> Result<Component, String> {
        let (tag, code) = content.split_at_checked(TAG_BYTES).ok_or("too short")?;
        self.mac(path, code).verify_slice(tag).map_err(|_| "not written by this host, or damaged")?;
        deserialize(engine, &AuthenticCode::assume_verified(code)).map_err(|error| format!("{error:#}"))
    }

    fn write(&self, path: &Path, component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(|error| io::Error::other(format!("{error:#}")))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&self.mac(path, &code).finalize().into_bytes())?;
        file.write_all(&code)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }

    /// An entry's name covers everything that decides what the compiler would produce.
    fn path(&self, engine: &Engine, digest: Digest) -> PathBuf {
        let mut name = Sha256::new();
        name.update(FORMAT);
        name.update(digest.as_bytes());
        let mut compatibility = Fold(Sha256::new());
        engine.precompile_compatibility_hash().hash(&mut compatibility);
        name.update(compatibility.0.finalize());
        self.folder.join(format!("{:x}.{}", name.finalize(), eviction::EXTENSION))
    }

    fn mac(&self, path: &Path, code: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key[..]).expect("any key length is valid");
        mac.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        mac.update(code);
        mac
    }
}

/// Feeds what a type hashes into SHA-256, because std's hashes are not stable.
struct Fold(Sha256);

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not used: the digest is taken from the inside.
    fn finish(&self) -> u64 {
        0
    }
}

/// The key is written whole before it gets its name, so that two hosts starting at once agree.
fn read_or_create_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    if !path.exists() {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let mut fresh = [0; KEY_BYTES];
        rand::fill(&mut fresh);
        file.write_all(&fresh)?;
        file.as_file().sync_all()?;
        if let Err(error) = file.persist_noclobber(path)
            && error.error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(error.error);
        }
    }
    let mut key = [0; KEY_BYTES];
    fs::File::open(path)?.read_exact(&mut key)?;
    Ok(key)
}

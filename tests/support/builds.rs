//! Builds of the fixture `versioned`: one compilation, many digests and answers.

use std::fs;
use std::path::{Path, PathBuf};

use driver_manager::model::Digest;

const MARKER: &[u8] = b"build-marker:";
const ROOM: usize = 16;

/// A build that answers with this word, 16 characters of `a-z0-9-` at most; words in it make it misbehave.
///
/// # Panics
/// When the fixtures are not built, or the word is too long.
pub fn build(word: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests/dist/versioned.wasm");
    let mut bytes = fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests --fixtures`", path.display()));
    let place = bytes.windows(MARKER.len()).position(|window| window == MARKER).unwrap() + MARKER.len();
    let padded = format!("{word:.<ROOM$}");
    assert_eq!(padded.len(), ROOM, "{word} is too long");
    bytes[place..place + ROOM].copy_from_slice(padded.as_bytes());
    bytes
}

/// What answers of that build have as `build`.
pub fn marker(word: &str) -> String {
    format!("build-marker:{word:.<ROOM$}###")
}

/// `sha256:…` of bytes.
pub fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

/// A manifest of a driver whose artifact is `NAME.wasm`.
pub fn manifest(name: &str, version: &str, artifact: &[u8]) -> String {
    format!(
        "manifest_schema_version = \"2.1.0\"\nplugin_id = \"com.example.{name}\"\nplugin_version = \"{version}\"\n\
         plugin_type = \"driver\"\nplugin_api_version = \"1.0.0\"\neigen_os_compatibility = \">=0.6.0,<1.0.0\"\n\n\
         [driver]\nname = \"{name}\"\nruntime = \"wasm\"\nartifact = \"{name}.wasm\"\nartifact_digest = \"{}\"\n",
        digest(artifact)
    )
}

/// Installs a plugin the way a package manager does: artifact first, manifest last, by rename.
pub fn install(plugins: &Path, name: &str, version: &str, artifact: &[u8]) -> PathBuf {
    let folder = plugins.join(name);
    fs::create_dir_all(&folder).unwrap();
    rename_into(&folder.join(format!("{name}.wasm")), artifact);
    let manifest_file = folder.join("plugin.toml");
    rename_into(&manifest_file, manifest(name, version, artifact).as_bytes());
    manifest_file
}

/// Writes a file whole, under another name first.
pub fn rename_into(place: &Path, bytes: &[u8]) {
    let beside = place.with_extension("part");
    fs::write(&beside, bytes).unwrap();
    fs::rename(beside, place).unwrap();
}

//! `eigen:qdriver@1.0.0` is frozen: drivers built against it must load for good. Whoever needs more adds a
//! new version beside it (docs/decisions/0004-frozen-interface.md).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Of everything in `wit/` that is not documentation.
const FROZEN: &str = "be4a57aff739e5a6b2c7b03d86711e4ab1f62c937e8676d5072c2270ea83677e";

#[test]
fn the_interface_of_drivers_is_the_one_that_was_frozen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let words: Vec<&str> = code.flat_map(str::split_whitespace).collect();
        digest.update(file.file_name().unwrap().as_encoded_bytes());
        digest.update(words.join(" "));
    }
    let found = format!("{:x}", digest.finalize());
    assert_eq!(found, FROZEN, "wit/ has changed; drivers in the field were built against 1.0.0");
}

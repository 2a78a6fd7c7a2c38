//! The fuzz targets, without a fuzzer: over the corpus, over what they once found, and over both with some
//! bytes changed, the same ones every time. `cargo xtask fuzz` does it for longer, guided by coverage.

#![allow(clippy::doc_markdown, reason = "OpenQASM is a name, not code")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An unoptimised build, on a machine that does other things too.
const SLOWEST: Duration = Duration::from_secs(5);
const CHANGES: u64 = 6;

type Body = fn(&[u8]);

const BODIES: [(&str, Body); 4] = [
    ("qasm", bodies::qasm),
    ("aqo_json", bodies::aqo_json),
    ("aqo_proto", bodies::aqo_proto),
    ("convert", bodies::convert),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.is_file() && file.extension().is_none_or(|extension| extension != "expect"));
    files.sort();
    files
}

fn run(name: &str, body: Body, input: &[u8], what: &dyn std::fmt::Display) {
    let started = Instant::now();
    body(&input[..input.len().min(bodies::MAX_BYTES)]);
    let took = started.elapsed();
    assert!(took < SLOWEST, "{name} took {took:?} for {what}");
}

/// Some bytes of the input changed, doubled or left out.
fn changed(input: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = |below: usize| {
        // xorshift64 (Marsaglia, 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let mut bytes = input.to_vec();
    for _ in 0..=random(4) {
        let at = random(bytes.len() + 1);
        match random(4) {
            0 => bytes.insert(at, random(256) as u8),
            1 if at < bytes.len() => bytes[at] = random(256) as u8,
            2 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                let end = (at + random(24)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = random(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

#[test]
fn what_the_fuzzer_once_found_stays_mended() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    for (name, body) in BODIES {
        for file in files(&root.join(name)) {
            run(name, body, &fs::read(&file).unwrap(), &file.display());
        }
    }
}

#[test]
fn the_corpus_and_its_neighbours_are_read_written_and_read_again() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [crate_folder.join("tests/corpus"), crate_folder.join("../examples")];
    let inputs: Vec<PathBuf> = folders.iter().flat_map(|folder| files(folder)).collect();
    assert!(inputs.len() > 150, "{} inputs", inputs.len());
    for file in inputs {
        let text = fs::read(&file).unwrap();
        let is_json = text.trim_ascii_start().starts_with(b"{");
        let (name, body) = BODIES[usize::from(is_json)];
        let convertible = [&[u8::from(is_json)], text.as_slice()].concat();
        run(name, body, &text, &file.display());
        run("convert", bodies::convert, &convertible, &file.display());
        for seed in 1..=CHANGES {
            let what = format!("{} changed by {seed}", file.display());
            run(name, body, &changed(&text, seed), &what);
            let mut neighbour = changed(&convertible, seed);
            neighbour.insert(0, u8::from(is_json));
            run("convert", bodies::convert, &neighbour, &what);
        }
    }
}

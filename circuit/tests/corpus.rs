//! The corpus: each program in `corpus/` has the outcome that stands beside it.
//!
//! `NAME.expect` holds either `distribution` and the exact probability of each outcome, or
//! `error KIND LINE:COLUMN` and a part of the message. `judge/` compares the same programs with
//! other implementations; where none can judge, a line `by hand: …` has the reasoning.

#![allow(clippy::doc_markdown, reason = "OpenQASM is a name, not code")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{check_invariants, qasm, reference};
use eigen_circuit::program::Program;
use eigen_circuit::{Bindings, Form, Limits, Source, check, emit};

/// Lines that say why an outcome is right that no other implementation gives.
const REASONS: [&str; 2] = ["by hand: ", "differs from "];

fn programs() -> Vec<(PathBuf, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "qasm"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let source = std::fs::read_to_string(&path).unwrap();
            let expected = std::fs::read_to_string(path.with_extension("expect")).unwrap();
            (path, source, expected)
        })
        .collect()
}

fn check_distribution(source: &str, expected: &str) -> Result<(), String> {
    let compiled = qasm(source).map_err(|errors| errors.render(source))?;
    check_invariants(&compiled.program)?;
    let expected: BTreeMap<String, f64> = expected
        .lines()
        .skip(1)
        .filter(|line| !REASONS.iter().any(|reason| line.starts_with(reason)))
        .map(|line| {
            line.split_once(' ').map(|(key, value)| (key.to_owned(), value.parse().unwrap())).unwrap()
        })
        .collect();
    let found = reference::distribution(&compiled.program);
    let keys = expected.keys().chain(found.keys());
    let far =
        |key: &&String| (expected.get(*key).unwrap_or(&0.0) - found.get(*key).unwrap_or(&0.0)).abs() > 1e-9;
    match keys.clone().find(far) {
        None => Ok(()),
        Some(_) => Err(format!("gives {found:?}\n  not {expected:?}")),
    }
}

fn check_error(source: &str, expected: &str) -> Result<(), String> {
    let Err(errors) = qasm(source) else { return Err("was accepted".into()) };
    let (head, words) = expected.split_once('\n').unwrap();
    let place = errors.first().position.line_column();
    let place = place.map_or(String::new(), |(line, column)| format!("{line}:{column}"));
    let found = format!("error {:?} {place}", errors.kind());
    if found == head && errors.len() == 1 && errors.to_string().contains(words.trim()) {
        return Ok(());
    }
    Err(format!("gives {found}: {errors}"))
}

#[test]
fn every_program_has_the_outcome_that_stands_beside_it() {
    let programs = programs();
    assert!(programs.len() >= 200, "only {} programs", programs.len());
    let mut wrong = Vec::new();
    for (path, source, expected) in &programs {
        let result = match expected.split_whitespace().next() {
            Some("distribution") => check_distribution(source, expected),
            Some("error") => check_error(source, expected),
            other => panic!("{}: unknown kind of outcome {other:?}", path.display()),
        };
        if let Err(what) = result {
            wrong.push(format!("{}: {what}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), programs.len(), wrong.join("\n"));
}

/// What comes of a program that was written in a form and read again; `None` where the form lacks words for it.
fn again(program: &Program, form: Form) -> Option<Program> {
    let bytes = emit(program, form).ok()?;
    let source = match form {
        Form::AqoJson => Source::AqoJson(&bytes),
        Form::AqoProto => Source::AqoProto(&bytes),
        _ => Source::Qasm3(&bytes),
    };
    Some(check(source, &Bindings::default(), &Limits::default()).unwrap())
}

#[test]
fn every_accepted_program_keeps_its_outcome_on_the_way_through_every_form_and_back() {
    const FORMS: [Form; 4] = [Form::AqoJson, Form::AqoProto, Form::Qasm3, Form::Qasm2];
    let mut written = [0; FORMS.len()];
    for (path, source, expected) in programs() {
        if !expected.starts_with("distribution") {
            continue;
        }
        let program = qasm(&source).unwrap().program;
        for (form, count) in FORMS.into_iter().zip(&mut written) {
            let Some(there) = again(&program, form) else { continue };
            // Back by way of the text, so that both directions are gone twice.
            let back = again(&there, Form::Qasm3).unwrap();
            *count += 1;
            for read in [&there, &back] {
                // OpenQASM 2 has no bits beside the answer's.
                let wider = form == Form::Qasm2 && read.output_bits > program.output_bits;
                assert!(wider || read.output_bits == program.output_bits, "{} as {form:?}", path.display());
                let read = Program { output_bits: program.output_bits, ..read.clone() };
                let (one, other) = (reference::distribution(&program), reference::distribution(&read));
                let far = one.keys().chain(other.keys()).find(|key| {
                    (one.get(*key).unwrap_or(&0.0) - other.get(*key).unwrap_or(&0.0)).abs() > 1e-9
                });
                assert_eq!(far, None, "{} as {form:?}: {one:?}, {other:?}", path.display());
            }
        }
    }
    // Whatever is accepted can be said in OpenQASM 3, and most of it in the others.
    assert!(written[2] >= 150 && written.iter().all(|&count| count >= 100), "{written:?}");
}

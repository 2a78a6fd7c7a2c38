//! Observables and the expectation value asked for.
//!
//! An observable is a sum of Pauli strings, each with coefficient 1: an entry `"Z": [0, 1]` is the
//! product of Z on qubits 0 and 1. All observables are checked, also those nobody asks for.

use super::check::{pauli, repeated};
use crate::error::{Error, ErrorKind, Report};
use crate::json::{Kind, Value};
use crate::program::{Observable, Pauli, PauliTerm};
use crate::text::{nearest, quote};

/// The name under which the expectation value is reported.
pub(super) const ENERGY: &str = "energy";

/// The observable whose expectation value the annotations ask for.
pub(super) fn read(annotations: Value<'_, '_>, qubits: u32, report: &mut Report) -> Option<Observable> {
    let mut observables = None;
    let mut expectation = None;
    for (key, value) in annotations.entries().into_iter().flatten() {
        match key.as_str().as_deref() {
            Some("observables") => observables = Some(value),
            Some("expectation") => expectation = Some(value),
            _ => {}
        }
    }
    let observables = observables.filter(|value| value.kind() != Kind::Null);
    let expectation = expectation.filter(|value| value.kind() != Kind::Null);
    let named = match observables {
        Some(value) => read_observables(value, qubits, report),
        None => Vec::new(),
    };
    let terms = read_expectation(expectation?, &named, qubits, report)?;
    Some(Observable { name: ENERGY.into(), terms })
}

/// An observable's name and terms; no terms if they are wrong.
type Named = (String, Option<Vec<PauliTerm>>);

fn read_observables(value: Value<'_, '_>, qubits: u32, report: &mut Report) -> Vec<Named> {
    let Some(entries) = value.entries() else {
        report.push(wrong(value, format!("`observables` must be an object, not {}", value.describe())));
        return Vec::new();
    };
    let mut named = Vec::new();
    for (key, value) in entries {
        if report.is_full() {
            report.stop_early();
            break;
        }
        let terms = report.keep(read_terms(value, qubits));
        named.push((key.as_str().unwrap_or_default().into_owned(), terms));
    }
    named
}

fn read_expectation(
    value: Value<'_, '_>,
    named: &[Named],
    qubits: u32,
    report: &mut Report,
) -> Option<Vec<PauliTerm>> {
    let Some(entries) = value.entries() else {
        report.push(wrong(value, format!("`expectation` must be an object, not {}", value.describe())));
        return None;
    };
    let mut name = None;
    let mut terms = None;
    for (key, value) in entries.filter(|(_, value)| value.kind() != Kind::Null) {
        match key.as_str().as_deref() {
            Some("observable_name") => name = Some(value),
            Some("observable_terms") => terms = Some(value),
            Some("kind") if value.as_str().is_none() => {
                report.push(wrong(value, format!("`kind` must be a string, not {}", value.describe())));
            }
            _ => {}
        }
    }
    // Terms that are spelled out say more than a name.
    match (terms, name) {
        (Some(terms), _) => report.keep(read_terms(terms, qubits)),
        (None, Some(name)) => find(name, named, report),
        (None, None) => {
            report.push(wrong(value, "`expectation` needs `observable_name` or `observable_terms`".into()));
            None
        }
    }
}

fn find(value: Value<'_, '_>, named: &[Named], report: &mut Report) -> Option<Vec<PauliTerm>> {
    let Some(name) = value.as_str() else {
        report.push(wrong(value, format!("`observable_name` must be a string, not {}", value.describe())));
        return None;
    };
    let found = named.iter().find(|(known, _)| *known == name);
    if found.is_none() {
        let guess = nearest(&name, named.iter().take(1_000).map(|(known, _)| known.as_str()));
        let error = wrong(value, format!("there is no observable {}", quote(&name)));
        report.push(error.suggest(guess.map(|near| format!("did you mean {}?", quote(near)))));
    }
    found.and_then(|(_, terms)| terms.clone())
}

fn read_terms(value: Value<'_, '_>, qubits: u32) -> Result<Vec<PauliTerm>, Error> {
    let Some(entries) = value.entries() else {
        return Err(wrong(value, format!("an observable must be an object, not {}", value.describe())));
    };
    let mut terms = Vec::new();
    for (key, value) in entries {
        let name = key.as_str().unwrap_or_default();
        let Some(pauli) = pauli(&name) else {
            return Err(wrong(key, format!("an operator is X, Y or Z, not {}", quote(&name))));
        };
        terms.push(PauliTerm { coefficient: 1.0, factors: read_factors(value, pauli, qubits)? });
    }
    if terms.is_empty() { Err(wrong(value, "the observable has no terms".into())) } else { Ok(terms) }
}

fn read_factors(value: Value<'_, '_>, pauli: Pauli, qubits: u32) -> Result<Vec<(u32, Pauli)>, Error> {
    let read = |item: Value<'_, '_>| {
        let index = item.as_integer().ok_or_else(|| {
            wrong(item, format!("must be a qubit or an array of qubits, not {}", item.describe()))
        })?;
        u32::try_from(index)
            .ok()
            .filter(|&index| index < qubits)
            .ok_or_else(|| wrong(item, format!("there is no qubit {index}: the circuit has {qubits}")))
    };
    let Some(items) = value.items() else {
        return Ok(vec![(read(value)?, pauli)]);
    };
    let indices = items.map(read).collect::<Result<Vec<_>, _>>()?;
    if indices.is_empty() {
        return Err(wrong(value, "the operator is applied to no qubit".into()));
    }
    if let Some(index) = repeated(&indices, &mut Vec::new()) {
        let item = value.items().and_then(|mut items| items.nth(index)).unwrap_or(value);
        return Err(wrong(item, format!("the operator is applied to qubit {} twice", indices[index])));
    }
    Ok(indices.into_iter().map(|qubit| (qubit, pauli)).collect())
}

fn wrong(value: Value<'_, '_>, message: String) -> Error {
    Error::new(ErrorKind::Invalid, value.position(), message)
}

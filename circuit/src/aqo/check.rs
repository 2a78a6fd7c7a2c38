//! What every AQO operation has to obey, in whatever encoding it came.
//!
//! An encoding hands over [`RawOperation`]s, whose fields have the right types and no more, and says
//! where a field stands; here they become steps. All numbers are still unchecked `i64`s: nothing is
//! allocated by their size.

use std::borrow::Cow;

use super::opcode::{Arity, Opcode};
use crate::bindings::Scalar;
use crate::error::{Error, ErrorKind, Position, Report};
use crate::limits::{GoOn, Limits, STRIDE};
use crate::program::{Operation, Pauli, Step};
use crate::symbols::Symbols;
use crate::text::quote;

/// An operation as its encoding gives it.
#[derive(Debug)]
pub(super) struct RawOperation<'r, 's> {
    pub(super) opcode: Opcode,
    pub(super) qubits: &'r [i64],
    pub(super) clbits: &'r [i64],
    pub(super) params: &'r [(Cow<'s, str>, Param<'s>)],
    /// The basis given beside the parameters.
    pub(super) basis: Option<Cow<'s, str>>,
}

/// The value of a parameter.
#[derive(Debug, Clone)]
pub(super) enum Param<'s> {
    /// May be infinite.
    Number(f64),
    Text(Cow<'s, str>),
}

/// A place within an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Operation,
    Qubits,
    Qubit(usize),
    Clbits,
    Clbit(usize),
    Params,
    Param(usize),
    Basis,
}

/// Where the places of the present operation are.
pub(super) type Locate<'l> = &'l dyn Fn(Place) -> Position;

/// Turns operations into steps.
pub(super) struct Checker<'a> {
    pub(super) limits: &'a Limits,
    /// The circuit's qubits; the limit where their number is wrong itself.
    pub(super) qubits: u32,
    pub(super) symbols: Symbols<'a>,
    pub(super) report: Report,
    pub(super) steps: Vec<Step>,
    /// One more than the highest bit measured; 0 if none is.
    pub(super) output_bits: u32,
    /// The limit on operations is reached: there is no use in going on.
    pub(super) exhausted: bool,
    go_on: GoOn<'a>,
    /// Operations looked at.
    seen: u64,
    /// The present operation's checked indices.
    indices: Vec<u32>,
    bits: Vec<u32>,
    sorted: Vec<u32>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        limits: &'a Limits,
        go_on: GoOn<'a>,
        qubits: u32,
        symbols: Symbols<'a>,
        report: Report,
    ) -> Self {
        let (steps, indices, bits, sorted) = Default::default();
        Self {
            limits,
            qubits,
            symbols,
            report,
            steps,
            output_bits: 0,
            exhausted: false,
            go_on,
            seen: 0,
            indices,
            bits,
            sorted,
        }
    }

    /// Checks an operation and adds its steps; what is wrong goes to the report.
    pub(super) fn operation(&mut self, raw: &RawOperation<'_, '_>, at: Locate<'_>) {
        self.seen += 1;
        if self.seen.is_multiple_of(STRIDE) && !(self.go_on)() {
            self.report.push(Error::out_of_time(at(Place::Operation)));
            self.exhausted = true;
            return;
        }
        let qubits = self.qubits(raw, at);
        let qubits = self.report.keep(qubits).is_some();
        let clbits = self.clbits(raw, at);
        let clbits = self.report.keep(clbits).is_some();
        let theta = self.theta(raw, at);
        let basis = self.report.keep(basis(raw, at));
        if let (true, true, Some(theta), Some(basis)) = (qubits, clbits, theta, basis) {
            self.emit(raw.opcode, theta, basis, at);
        }
    }

    /// Adds a measurement of every qubit, qubit i into bit i.
    pub(super) fn measure_all(&mut self, at: &dyn Fn() -> Position) {
        if self.qubits > self.limits.clbits {
            let message = format!(
                "a circuit without MEASURE measures all its {} qubits, and at most {} classical bits are allowed",
                self.qubits, self.limits.clbits
            );
            self.report.push(Error::new(ErrorKind::Invalid, at(), message));
        } else if self.has_room(self.qubits as usize, at) {
            let measure = |qubit| Operation::Measure { qubit, clbit: qubit, basis: Pauli::Z };
            self.steps.extend((0..self.qubits).map(|qubit| Step::from(measure(qubit))));
            self.output_bits = self.qubits;
        }
    }

    fn emit(&mut self, opcode: Opcode, theta: f64, basis: Pauli, at: Locate<'_>) {
        if !self.has_room(self.indices.len(), &|| at(Place::Operation)) {
            return;
        }
        match opcode {
            Opcode::Measure => {
                for (&qubit, &clbit) in self.indices.iter().zip(&self.bits) {
                    self.steps.push(Operation::Measure { qubit, clbit, basis }.into());
                    self.output_bits = self.output_bits.max(clbit + 1);
                }
            }
            Opcode::Reset => self.steps.extend(self.indices.iter().map(|&q| Step::from(Operation::Reset(q)))),
            gate => self.steps.extend(gate.gate(&self.indices, theta).map(Step::from)),
        }
    }

    fn has_room(&mut self, more: usize, at: &dyn Fn() -> Position) -> bool {
        let fits = self.steps.len() + more <= self.limits.operations;
        if !fits {
            let message = format!("the circuit has more than {} operations", self.limits.operations);
            self.report.push(Error::new(ErrorKind::TooLarge, at(), message));
            self.exhausted = true;
        }
        fits
    }

    fn qubits(&mut self, raw: &RawOperation<'_, '_>, at: Locate<'_>) -> Result<(), Error> {
        let name = raw.opcode.name();
        let count = raw.qubits.len();
        let wrong = match raw.opcode.arity() {
            Arity::Exactly(wanted) if wanted != count => Some(format!("{name} takes {}", qubits(wanted))),
            Arity::AtLeastOne if count == 0 => Some(format!("{name} takes at least one qubit")),
            _ => None,
        };
        if let Some(rule) = wrong {
            return Err(Error::new(ErrorKind::Invalid, at(Place::Qubits), format!("{rule}, not {count}")));
        }
        self.indices.clear();
        for (index, &qubit) in raw.qubits.iter().enumerate() {
            let valid = u32::try_from(qubit).ok().filter(|&qubit| qubit < self.qubits);
            self.indices.push(valid.ok_or_else(|| {
                let message =
                    format!("there is no qubit {qubit}: the circuit has {}", qubits(self.qubits as usize));
                Error::new(ErrorKind::Invalid, at(Place::Qubit(index)), message)
            })?);
        }
        // To reset a qubit twice is no contradiction.
        match repeated(&self.indices, &mut self.sorted) {
            Some(index) if raw.opcode != Opcode::Reset => {
                let message =
                    format!("{name} takes distinct qubits, but {} stands there twice", self.indices[index]);
                Err(Error::new(ErrorKind::Invalid, at(Place::Qubit(index)), message))
            }
            _ => Ok(()),
        }
    }

    fn clbits(&mut self, raw: &RawOperation<'_, '_>, at: Locate<'_>) -> Result<(), Error> {
        let wrong = |place, message| Err(Error::new(ErrorKind::Invalid, at(place), message));
        self.bits.clear();
        if raw.opcode != Opcode::Measure {
            return match raw.clbits {
                [] => Ok(()),
                _ => wrong(Place::Clbits, format!("{} takes no classical bits", raw.opcode.name())),
            };
        }
        if raw.clbits.len() != raw.qubits.len() {
            let message = format!(
                "MEASURE needs a classical bit in `c` for each of its {}, not {}",
                qubits(raw.qubits.len()),
                raw.clbits.len()
            );
            return wrong(Place::Clbits, message);
        }
        for (index, &bit) in raw.clbits.iter().enumerate() {
            match u32::try_from(bit) {
                Ok(valid) if valid < self.limits.clbits => self.bits.push(valid),
                Ok(_) => {
                    let message = format!(
                        "classical bit {bit} is beyond the highest that is allowed, {}",
                        self.limits.clbits.saturating_sub(1)
                    );
                    return wrong(Place::Clbit(index), message);
                }
                Err(_) => return wrong(Place::Clbit(index), format!("there is no classical bit {bit}")),
            }
        }
        match repeated(&self.bits, &mut self.sorted) {
            Some(index) => {
                let message = format!("one MEASURE writes the classical bit {} twice", self.bits[index]);
                wrong(Place::Clbit(index), message)
            }
            None => Ok(()),
        }
    }

    /// The angle, 0 for operations without one; nothing if it is wrong.
    fn theta(&mut self, raw: &RawOperation<'_, '_>, at: Locate<'_>) -> Option<f64> {
        let name = raw.opcode.name();
        let known = if raw.opcode.is_rotation() { "theta" } else { "basis" };
        let takes_none = !raw.opcode.is_rotation() && raw.opcode != Opcode::Measure;
        let stranger = raw.params.iter().position(|(key, _)| takes_none || key != known);
        if let Some(index) = stranger {
            let key = quote(&raw.params[index].0);
            let rule =
                if takes_none { "takes no parameters".into() } else { format!("takes only `{known}`") };
            let message = format!("{name} {rule}, not {key}");
            self.report.push(Error::new(ErrorKind::Invalid, at(Place::Param(index)), message));
            return None;
        }
        if !raw.opcode.is_rotation() {
            return Some(0.0);
        }
        let Some((_, param)) = raw.params.first() else {
            let message = format!("{name} needs the parameter `theta`");
            self.report.push(Error::new(ErrorKind::Invalid, at(Place::Params), message));
            return None;
        };
        let problem = match param {
            Param::Number(number) if number.is_finite() => return Some(*number),
            Param::Number(_) => Error::new(
                ErrorKind::Invalid,
                at(Place::Param(0)),
                "theta is a number beyond the range of a double",
            ),
            Param::Text(text) => match Scalar::read(text) {
                Some(Scalar::Number(number)) => return Some(number),
                Some(Scalar::Symbol(symbol)) => match self.symbols.resolve(symbol) {
                    Ok(value) => return Some(value),
                    Err(None) => return None,
                    Err(Some(problem)) => {
                        Error::new(ErrorKind::Invalid, at(Place::Param(0)), problem.message)
                            .suggest(problem.suggestion)
                    }
                },
                None => {
                    let message =
                        format!("theta is {}, neither a finite number nor a parameter's name", quote(text));
                    Error::new(ErrorKind::Invalid, at(Place::Param(0)), message)
                }
            },
        };
        self.report.push(problem);
        None
    }
}

/// The basis of a measurement; Z where none is given.
fn basis(raw: &RawOperation<'_, '_>, at: Locate<'_>) -> Result<Pauli, Error> {
    let wrong = |place, message| Err(Error::new(ErrorKind::Invalid, at(place), message));
    if raw.opcode != Opcode::Measure {
        return match raw.basis {
            None => Ok(Pauli::Z),
            Some(_) => wrong(Place::Basis, format!("{} takes no basis", raw.opcode.name())),
        };
    }
    let inner = raw.params.iter().position(|(key, _)| key == "basis");
    let mut found: Option<Pauli> = None;
    let outer = raw.basis.as_deref().map(|text| (Place::Basis, text));
    let inner = inner.map(|index| {
        let text = match &raw.params[index].1 {
            Param::Text(text) => text,
            Param::Number(_) => "",
        };
        (Place::Param(index), text)
    });
    for (place, text) in outer.into_iter().chain(inner) {
        let Some(pauli) = pauli(text) else {
            return wrong(place, "the basis must be X, Y or Z".into());
        };
        if found.is_some_and(|other| other != pauli) {
            return wrong(place, "two different bases are given".into());
        }
        found = Some(pauli);
    }
    Ok(found.unwrap_or(Pauli::Z))
}

/// The Pauli operator of a name, in upper or lower case.
pub(super) fn pauli(name: &str) -> Option<Pauli> {
    match name {
        "X" | "x" => Some(Pauli::X),
        "Y" | "y" => Some(Pauli::Y),
        "Z" | "z" => Some(Pauli::Z),
        _ => None,
    }
}

/// The place of a number that stands at an earlier place too.
pub(super) fn repeated(numbers: &[u32], sorted: &mut Vec<u32>) -> Option<usize> {
    let double = match *numbers {
        [] | [_] => None,
        [a, b] => (a == b).then_some(a),
        _ => {
            sorted.clear();
            sorted.extend_from_slice(numbers);
            sorted.sort_unstable();
            sorted.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
        }
    }?;
    numbers.iter().rposition(|&number| number == double)
}

fn qubits(count: usize) -> String {
    format!("{count} qubit{}", if count == 1 { "" } else { "s" })
}

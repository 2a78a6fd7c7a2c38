//! The `operations` of an AQO JSON document → raw operations for the common check.

use std::borrow::Cow;

use super::check::{Checker, Param, Place, RawOperation};
use super::opcode::Opcode;
use super::version::Rules;
use crate::error::{Error, ErrorKind, Position};
use crate::json::{Kind, Value};
use crate::text::{nearest, quote};

/// The fields of an operation.
const FIELDS: [&str; 5] = ["op", "q", "c", "params", "basis"];

/// The most warnings kept.
const WARNINGS: usize = 20;

/// Reads every operation and hands it to the check.
pub(super) fn read(
    operations: Value<'_, '_>,
    rules: Rules,
    checker: &mut Checker<'_>,
    warnings: &mut Vec<String>,
) {
    let Some(items) = operations.items() else {
        let message = format!("`operations` must be an array, not {}", operations.describe());
        checker.report.push(Error::new(ErrorKind::Invalid, operations.position(), message));
        return;
    };
    let mut buffers = Buffers::default();
    let mut items = items.peekable();
    while let Some(item) = items.next() {
        match Fields::split(item, rules, warnings).and_then(|fields| fields.check(&mut buffers, checker)) {
            Ok(()) => {}
            Err(error) => checker.report.push(error),
        }
        if items.peek().is_some() && (checker.exhausted || checker.report.is_full()) {
            checker.report.stop_early();
            return;
        }
    }
}

/// Space used again for each operation.
#[derive(Default)]
struct Buffers<'s> {
    qubits: Vec<i64>,
    clbits: Vec<i64>,
    params: Vec<(Cow<'s, str>, Param<'s>)>,
}

/// The fields of one operation; a field that is null counts as absent.
struct Fields<'d, 's> {
    whole: Value<'d, 's>,
    opcode: Option<Value<'d, 's>>,
    qubits: Option<Value<'d, 's>>,
    clbits: Option<Value<'d, 's>>,
    params: Option<Value<'d, 's>>,
    basis: Option<Value<'d, 's>>,
}

impl<'d, 's> Fields<'d, 's> {
    fn split(whole: Value<'d, 's>, rules: Rules, warnings: &mut Vec<String>) -> Result<Self, Error> {
        let Some(entries) = whole.entries() else {
            return Err(wrong(whole, format!("an operation must be an object, not {}", whole.describe())));
        };
        let (opcode, qubits, clbits, params, basis) = Default::default();
        let mut fields = Self { whole, opcode, qubits, clbits, params, basis };
        for (key, value) in entries {
            let name = key.as_str().unwrap_or_default();
            let field = match &*name {
                "op" => &mut fields.opcode,
                "q" => &mut fields.qubits,
                "c" => &mut fields.clbits,
                "params" => &mut fields.params,
                "basis" => &mut fields.basis,
                _ if rules == Rules::Draft => {
                    if warnings.len() < WARNINGS {
                        warnings.push(format!("{}: the field is unknown and was ignored", key.position()));
                    }
                    continue;
                }
                // To ignore a field that might be a condition would give wrong answers silently.
                _ => {
                    let guess = nearest(&name, FIELDS).map(|near| format!("did you mean {}?", quote(near)));
                    let message = format!("an operation has no field {}", quote(&name));
                    return Err(wrong(key, message).suggest(guess));
                }
            };
            *field = (value.kind() != Kind::Null).then_some(value);
        }
        Ok(fields)
    }

    fn check(&self, buffers: &mut Buffers<'s>, checker: &mut Checker<'_>) -> Result<(), Error> {
        let opcode = self.opcode()?;
        let Some(qubits) = self.qubits else {
            return Err(wrong(self.whole, format!("{} lacks the field `q`, its qubits", opcode.name())));
        };
        indices(qubits, "q", &mut buffers.qubits)?;
        buffers.clbits.clear();
        if let Some(clbits) = self.clbits {
            indices(clbits, "c", &mut buffers.clbits)?;
        } else if opcode == Opcode::Measure {
            return Err(wrong(self.whole, "MEASURE lacks the field `c`, its classical bits".into()));
        }
        self.params(&mut buffers.params)?;
        let basis = match self.basis {
            None => None,
            Some(value) => {
                let text = value.as_str();
                Some(text.ok_or_else(|| {
                    wrong(value, format!("the basis must be a string, not {}", value.describe()))
                })?)
            }
        };
        let raw = RawOperation {
            opcode,
            qubits: &buffers.qubits,
            clbits: &buffers.clbits,
            params: &buffers.params,
            basis,
        };
        checker.operation(&raw, &|place| self.locate(place));
        Ok(())
    }

    fn opcode(&self) -> Result<Opcode, Error> {
        let Some(value) = self.opcode else {
            return Err(wrong(self.whole, "the operation lacks the field `op`, its name".into()));
        };
        let Some(name) = value.as_str() else {
            return Err(wrong(value, format!("`op` must be a string, not {}", value.describe())));
        };
        Opcode::find(&name).ok_or_else(|| {
            let guess = Opcode::guess(&name).map(|near| format!("did you mean {}?", quote(near)));
            wrong(value, format!("AQO has no operation {}", quote(&name))).suggest(guess)
        })
    }

    fn params(&self, out: &mut Vec<(Cow<'s, str>, Param<'s>)>) -> Result<(), Error> {
        out.clear();
        let Some(params) = self.params else { return Ok(()) };
        let Some(entries) = params.entries() else {
            return Err(wrong(params, format!("`params` must be an object, not {}", params.describe())));
        };
        for (key, value) in entries {
            let param = match (value.as_double(), value.as_str()) {
                (Some(number), _) => Param::Number(number),
                (_, Some(text)) => Param::Text(text),
                // A null basis is as good as none.
                _ if value.kind() == Kind::Null && key.raw() == "basis" => continue,
                _ => {
                    let message = format!("must be a number or a string, not {}", value.describe());
                    return Err(wrong(value, message));
                }
            };
            out.push((key.as_str().unwrap_or_default(), param));
        }
        Ok(())
    }

    fn locate(&self, place: Place) -> Position {
        let inner = |field: Option<Value<'d, 's>>, index| field?.items()?.nth(index);
        let value = match place {
            Place::Operation => None,
            Place::Qubits => self.qubits,
            Place::Qubit(index) => inner(self.qubits, index),
            Place::Clbits => self.clbits,
            Place::Clbit(index) => inner(self.clbits, index),
            Place::Params => self.params,
            Place::Param(index) => {
                self.params.and_then(|params| params.entries()?.nth(index)).map(|(_, value)| value)
            }
            Place::Basis => self.basis,
        };
        value.unwrap_or(self.whole).position()
    }
}

fn indices(value: Value<'_, '_>, field: &str, out: &mut Vec<i64>) -> Result<(), Error> {
    out.clear();
    let Some(items) = value.items() else {
        return Err(wrong(
            value,
            format!("`{field}` must be an array of integers, not {}", value.describe()),
        ));
    };
    for item in items {
        out.push(item.as_integer().ok_or_else(|| {
            let what = if item.kind() == Kind::Float { "a fraction" } else { item.describe() };
            wrong(item, format!("an index must be an integer, not {what}"))
        })?);
    }
    Ok(())
}

fn wrong(value: Value<'_, '_>, message: String) -> Error {
    Error::new(ErrorKind::Invalid, value.position(), message)
}

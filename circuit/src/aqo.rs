//! AQO, the platform's own circuit format: JSON, versions 0.1 and 1.x.
//!
//! `proto` is the same as a protobuf message. Reading JSON goes in three steps: the document ([`crate::json`]), the fields' types (here and in
//! `operations`), and the meaning (`check`), which another encoding of AQO can share. Fields that
//! may be absent may also be null.

mod annotations;
mod check;
pub(crate) mod opcode;
mod operations;
pub(crate) mod proto;
mod version;
pub(crate) mod wire;

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Errors, Report};
use crate::json::{self, Document, Kind, Value};
use crate::limits::{GoOn, Limits};
use crate::program::Program;
use crate::symbols::{Entry, Symbols};
use crate::text::{nearest, quote};
use crate::{Bindings, Compiled, Identity, IdentityOf};
use check::Checker;
use version::Rules;

/// The top-level fields.
const FIELDS: [&str; 8] =
    ["version", "qubits", "operations", "parameters", "metadata", "checksums", "topology", "annotations"];

/// Reads and checks an AQO JSON document, and names it by its canonical form.
pub(crate) fn compile(
    payload: &[u8],
    bindings: &Bindings,
    limits: &Limits,
    go_on: GoOn<'_>,
) -> Result<Compiled, Errors> {
    let document = read(payload, limits)?;
    let identity = || Identity::new(json::canonical(&document).as_bytes(), IdentityOf::CanonicalAqo);
    build(&document, bindings, limits, go_on, identity)
}

/// Reads and checks an AQO JSON document, no more.
pub(crate) fn check(payload: &[u8], bindings: &Bindings, limits: &Limits) -> Result<Program, Errors> {
    let nameless = || Identity { sha256: [0; 32], of: IdentityOf::CanonicalAqo };
    build(&read(payload, limits)?, bindings, limits, &|| true, nameless).map(|compiled| compiled.program)
}

fn build(
    document: &Document<'_>,
    bindings: &Bindings,
    limits: &Limits,
    go_on: GoOn<'_>,
    identity: impl FnOnce() -> Identity,
) -> Result<Compiled, Errors> {
    let top = Top::split(document.root())?;
    let (version, rules) = top.version()?;
    let mut report = Report::new(limits.errors);
    top.fields_fit(rules, &mut report);
    let qubits = report.keep(top.qubits(limits));
    let entries = top.parameters(rules, &mut report);
    let symbols = Symbols::new(bindings, entries);
    let mut warnings = Vec::new();
    warnings.extend(counted_warning(bindings, symbols.declared()));

    let mut checker = Checker::new(limits, go_on, qubits.unwrap_or(limits.qubits), symbols, report);
    match top.operations {
        Some(operations) => operations::read(operations, rules, &mut checker, &mut warnings),
        None => checker.report.push(top.missing("operations")),
    }
    let energy =
        top.annotations.and_then(|value| annotations::read(value, checker.qubits, &mut checker.report));
    if checker.output_bits == 0 && checker.report.is_empty() {
        let at = top.qubits.unwrap_or(top.whole);
        checker.measure_all(&|| at.position());
    }
    let Checker { report, qubits, steps, output_bits, symbols, .. } = checker;
    report.finish()?;

    let expectation = energy.is_some();
    let observables = energy.into_iter().collect();
    Ok(Compiled {
        program: Program { qubits, clbits: output_bits, output_bits, steps, observables },
        identity: identity(),
        aqo_version: Some(version.into_owned()),
        expectation,
        bound_parameters: symbols.into_used(),
        warnings,
    })
}

/// A warning if the list option has more values than there are declared parameters.
fn counted_warning(bindings: &Bindings, declared: usize) -> Option<String> {
    let given = bindings.list().map_or(0, Iterator::count);
    (declared > 0 && given > declared)
        .then(|| format!("`vqe.params` has {given} values for {declared} declared parameters"))
}

/// The canonical bytes of an AQO JSON document: what CPython's
/// `json.dumps(sort_keys=True, separators=(",", ":"), allow_nan=False)` gives. Their SHA-256 is
/// the circuit's [`Identity`].
///
/// Only the JSON is checked, not the circuit.
///
/// # Errors
/// What is no strict JSON, or beyond `limits.bytes` or `limits.nesting`.
pub fn canonical_aqo_json(payload: &[u8], limits: &Limits) -> Result<Vec<u8>, Errors> {
    Ok(json::canonical(&read(payload, limits)?).into_bytes())
}

fn read<'s>(payload: &'s [u8], limits: &Limits) -> Result<Document<'s>, Errors> {
    crate::fits(payload, limits)?;
    Ok(json::parse(payload, limits.nesting)?)
}

/// The top-level fields; one that is null counts as absent.
struct Top<'d, 's> {
    whole: Value<'d, 's>,
    version: Option<Value<'d, 's>>,
    qubits: Option<Value<'d, 's>>,
    operations: Option<Value<'d, 's>>,
    parameters: Option<Value<'d, 's>>,
    annotations: Option<Value<'d, 's>>,
}

impl<'d, 's> Top<'d, 's> {
    fn split(whole: Value<'d, 's>) -> Result<Self, Error> {
        let Some(entries) = whole.entries() else {
            return Err(wrong(whole, format!("an AQO circuit is a JSON object, not {}", whole.describe())));
        };
        let (version, qubits, operations, parameters, annotations) = Default::default();
        let mut top = Self { whole, version, qubits, operations, parameters, annotations };
        for (key, value) in entries.filter(|(_, value)| value.kind() != Kind::Null) {
            match key.as_str().as_deref() {
                Some("version") => top.version = Some(value),
                Some("qubits") => top.qubits = Some(value),
                Some("operations") => top.operations = Some(value),
                Some("parameters") => top.parameters = Some(value),
                Some("annotations") => top.annotations = Some(value),
                _ => {}
            }
        }
        Ok(top)
    }

    /// The version, which says by what rules all else is read.
    fn version(&self) -> Result<(Cow<'s, str>, Rules), Error> {
        let value = self.version.ok_or_else(|| self.missing("version"))?;
        let Some(version) = value.as_str() else {
            let message = format!("`version` must be a string such as \"1.0.0\", not {}", value.describe());
            return Err(wrong(value, message));
        };
        match version::rules(&version) {
            Ok(rules) => Ok((version, rules)),
            Err((kind, message)) => {
                Err(Error::new(kind, value.position(), message).suggest(Some("0.1 and 1.x are")))
            }
        }
    }

    /// That there are no unknown fields, and the optional ones are objects.
    fn fields_fit(&self, rules: Rules, report: &mut Report) {
        for (key, value) in self.whole.entries().into_iter().flatten() {
            if report.is_full() {
                return report.stop_early();
            }
            let name = key.as_str().unwrap_or_default();
            match &*name {
                "version" | "qubits" | "operations" => {}
                "parameters" if rules == Rules::Draft && value.kind() == Kind::Array => {}
                known if FIELDS.contains(&known) => {
                    if !matches!(value.kind(), Kind::Object | Kind::Null) {
                        report.push(wrong(
                            value,
                            format!("`{known}` must be an object, not {}", value.describe()),
                        ));
                    }
                }
                _ if rules == Rules::Draft => {}
                _ => {
                    let guess = nearest(&name, FIELDS).map(|near| format!("did you mean {}?", quote(near)));
                    report.push(wrong(key, format!("AQO 1.x has no field {}", quote(&name))).suggest(guess));
                }
            }
        }
    }

    fn qubits(&self, limits: &Limits) -> Result<u32, Error> {
        let value = self.qubits.ok_or_else(|| self.missing("qubits"))?;
        let count = value.as_integer().ok_or_else(|| {
            let what = if value.kind() == Kind::Float { "a fraction" } else { value.describe() };
            wrong(value, format!("`qubits` must be an integer, not {what}"))
        })?;
        if count < 1 {
            return Err(wrong(value, "a circuit has at least one qubit".into()));
        }
        u32::try_from(count).ok().filter(|&count| count <= limits.qubits).ok_or_else(|| {
            let message = format!("the circuit has more than {} qubits", limits.qubits);
            Error::new(ErrorKind::TooLarge, value.position(), message)
        })
    }

    fn parameters(&self, rules: Rules, report: &mut Report) -> Vec<(Cow<'s, str>, Entry<'s>)> {
        let Some(parameters) = self.parameters else { return Vec::new() };
        if rules == Rules::Draft
            && let Some(names) = parameters.items()
        {
            let mut entries = Vec::new();
            for name in names {
                match name.as_str() {
                    Some(text) => entries.push((text, Entry::Unbound)),
                    None => report.push(wrong(
                        name,
                        format!("a parameter's name must be a string, not {}", name.describe()),
                    )),
                }
            }
            return entries;
        }
        let entry = |value: Value<'_, 's>| match (value.as_double(), value.as_str()) {
            (Some(number), _) => Entry::Number(number),
            (_, Some(text)) => Entry::Text(text),
            _ if value.kind() == Kind::Null => Entry::Unbound,
            _ => Entry::Unusable(value.describe()),
        };
        let entries = parameters.entries().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str().unwrap_or_default(), entry(value))).collect()
    }

    fn missing(&self, field: &str) -> Error {
        wrong(self.whole, format!("the field `{field}` is missing"))
    }
}

fn wrong(value: Value<'_, '_>, message: String) -> Error {
    Error::new(ErrorKind::Invalid, value.position(), message)
}

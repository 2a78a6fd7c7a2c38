//! Before a component is compiled: does it fit this host? Each difference is one readable line.
//!
//! The component's own interface is decoded from its bytes and compared with the texts in `wit/`, by name,
//! version and type. The invariant: what passes can be linked, so that a link error is a defect of ours.

mod reference;
#[cfg(test)]
mod tests;
mod types;

use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, WorldItem, WorldKey};

use crate::model::{RejectReason, Rejection};
use reference::Reference;
use types::Comparison;

/// The version of `eigen:qdriver` (folder `wit/`) that this host offers.
pub const VERSION: &str = "1.0.0";
/// What to do about a component that does not fit.
pub(super) const REMEDY: &str =
    "Build it against eigen:qdriver@1.0.0 (folder wit/, or the SDK in plugins/sdk) and WASI 0.2.";
/// WASI packages and interfaces that are linked, in any 0.2 version: all of them empty but for clocks and
/// randomness, and for HTTP by permission.
const WASI: [&str; 8] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/",
    "wasi:random/",
    "wasi:sockets/",
];
/// Our own package, without version.
const PACKAGE: &str = "eigen:qdriver/";
/// The interface drivers export, without version.
const DRIVER: &str = "eigen:qdriver/driver";
/// Differences told of; the rest is a number.
const MOST: usize = 20;

/// A component's interface, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// What it imports, and whether this host offers it.
    pub imports: Vec<(String, bool)>,
    /// What it exports.
    pub exports: Vec<String>,
    /// What keeps it from running on this host, a line each; empty if nothing does.
    pub differences: Vec<String>,
}

/// Decodes a component's interface and compares it with what this host offers.
///
/// # Errors
/// `PLUGIN_COMPILE_FAILED` if the bytes are no component.
pub fn inspect(bytes: &[u8]) -> Result<Interface, Rejection> {
    let invalid = |why: String| {
        Rejection::new(RejectReason::CompileFailed, format!("it is no valid component: {why}"))
            .remedy("Build it again as a component; plugins/README.md says how.")
    };
    let (resolve, world) = match decode(bytes) {
        Ok(DecodedWasm::Component(resolve, world)) => (resolve, world),
        Ok(DecodedWasm::WitPackage(..)) => {
            return Err(invalid("it holds interface texts in binary form, and no code".to_owned()));
        }
        Err(error) => return Err(invalid(format!("{error:#}"))),
    };
    let reference = Reference::of_this_host();
    let world = &resolve.worlds[world];
    let mut found = Interface { imports: Vec::new(), exports: Vec::new(), differences: Vec::new() };
    for (key, item) in &world.imports {
        let name = resolve.name_world_key(key);
        let before = found.differences.len();
        import(&resolve, &name, item, reference, &mut found.differences);
        found.imports.push((name, found.differences.len() == before));
    }
    let mut driver = None;
    for (key, item) in &world.exports {
        let name = resolve.name_world_key(key);
        if split(&name).0 == DRIVER && matches!(key, WorldKey::Interface(_)) {
            driver = Some((name.clone(), item));
        }
        found.exports.push(name);
    }
    match driver {
        Some((name, WorldItem::Interface { id, .. })) => {
            if split(&name).1 == VERSION {
                let mut comparison = Comparison::new(&reference.resolve, &resolve);
                comparison.exported(&name, reference.driver, *id);
                found.differences.extend(comparison.differences);
            } else {
                found.differences.push(other_version("exports", &name));
            }
        }
        _ => found.differences.push(format!(
            "does not export `{DRIVER}@{VERSION}`; export a driver with `eigen_qdriver::export!`"
        )),
    }
    if found.differences.len() > MOST {
        let more = found.differences.len() - MOST;
        found.differences.truncate(MOST);
        found.differences.push(format!("and {more} more differences"));
    }
    Ok(found)
}

/// Whether a component fits this host.
///
/// # Errors
/// `PLUGIN_INTERFACE_MISMATCH` with a line for each difference.
pub(super) fn check(bytes: &[u8]) -> Result<(), Rejection> {
    let differences = inspect(bytes)?.differences;
    let Some(first) = differences.first() else { return Ok(()) };
    let text = format!("the component does not fit this host: it {first}");
    Err(Rejection::new(RejectReason::InterfaceMismatch, text).remedy(REMEDY).details(differences))
}

fn import(
    resolve: &Resolve,
    name: &str,
    item: &WorldItem,
    reference: &Reference,
    differences: &mut Vec<String>,
) {
    let (path, version) = split(name);
    if WASI.iter().any(|package| path.starts_with(package)) && version.starts_with("0.2.") {
        return;
    }
    let ours = path.strip_prefix(PACKAGE).and_then(|interface| reference.offered(interface));
    match (ours, item) {
        (Some(ours), WorldItem::Interface { id, .. }) if version == VERSION => {
            let mut comparison = Comparison::new(&reference.resolve, resolve);
            comparison.imported(name, ours, *id);
            differences.extend(comparison.differences);
        }
        (Some(_), _) => differences.push(other_version("imports", name)),
        (None, WorldItem::Type { .. }) => {}
        (None, _) => differences.push(format!(
            "imports `{name}`, which this host does not offer; build against eigen:qdriver@{VERSION} and WASI 0.2"
        )),
    }
}

fn other_version(what: &str, name: &str) -> String {
    format!("{what} `{name}`, but this host offers version {VERSION}; build with the SDK of that version")
}

fn split(name: &str) -> (&str, &str) {
    name.split_once('@').unwrap_or((name, ""))
}

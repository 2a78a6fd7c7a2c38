//! From a [`Node`] tree to typed values, finding every mistake.
//!
//! Serde stops at the first error. So: read; on an error note it, take the offending key out of the tree,
//! and read again, until the rest is clean. The invariant: each round takes something away or ends the
//! loop, and there are at most [`MAX_PROBLEMS`] rounds.

use std::fmt;

use serde::{
    Deserialize,
    de::{self, IntoDeserializer, Unexpected, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};

use super::{
    problem::closest,
    tree::{Entry, KeyPath, Node, Position, Segment, Value, printable},
    units::ALLOWED_MARK,
};

/// Mistakes reported in one go. Beyond, the list says that there are more.
pub(super) const MAX_PROBLEMS: usize = 50;

/// One mistake in the tree.
#[derive(Debug)]
pub(super) struct Fault {
    problem: String,
    allowed: Option<String>,
    suggestion: Option<String>,
    /// From the inside out, as the error travels up; see [`Fault::path`].
    steps: Vec<Segment>,
    at: Option<Position>,
}

/// Reads `T` from the tree and hands each mistake to `report`, with the path that was taken out.
/// `None` when there are more mistakes than are reported.
pub(super) fn read_all<T: for<'de> Deserialize<'de>>(
    tree: &mut Node,
    mut report: impl FnMut(Fault, KeyPath),
) -> Option<T> {
    for _ in 0..=MAX_PROBLEMS {
        match T::deserialize(&*tree) {
            Ok(value) => return Some(value),
            Err(fault) => {
                let path = fault.path();
                let pruned = tree.prune(&path.0);
                report(fault, path);
                if !pruned {
                    break;
                }
            }
        }
    }
    None
}

// === impl Fault ===

impl Fault {
    fn new(problem: String, allowed: Option<String>) -> Self {
        Self { problem, allowed, suggestion: None, steps: Vec::new(), at: None }
    }

    /// The same fault seen from one level further out.
    fn inside(mut self, step: Segment, at: Position) -> Self {
        self.steps.push(step);
        self.at.get_or_insert(at);
        self
    }

    /// From the root to the offending value.
    pub(super) fn path(&self) -> KeyPath {
        KeyPath(self.steps.iter().rev().cloned().collect())
    }

    /// Problem, what is allowed, what was probably meant, and where.
    pub(super) fn into_parts(self) -> (String, Option<String>, Option<String>, Option<Position>) {
        (self.problem, self.allowed, self.suggestion, self.at)
    }

    fn not_one_of(what: &str, written: &str, expected: &'static [&'static str]) -> Self {
        let mut fault =
            Self::new(format!("unknown {what} `{}`", printable(written)), Some(expected.join(", ")));
        fault.suggestion = closest(written, expected.iter().copied()).map(str::to_owned);
        fault
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        match message.split_once(ALLOWED_MARK) {
            Some((problem, allowed)) => Self::new(problem.to_owned(), Some(allowed.to_owned())),
            None => Self::new(message, None),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let allowed = explain(&expected.to_string());
        let found = match found {
            // It may be a secret that lost its key.
            Unexpected::Str(_) if allowed == SECTION => "text".to_owned(),
            found => describe(found),
        };
        Self::new(format!("found {found}"), Some(allowed))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::not_one_of("key", field, expected)
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::not_one_of("value", variant, expected)
    }
}

/// What was found, in words of the file's author.
fn describe(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(number) => format!("the number {number}"),
        Unexpected::Signed(number) => format!("the number {number}"),
        Unexpected::Float(number) => format!("the number {number}"),
        Unexpected::Str(text) => format!("the text `{}`", printable(text)),
        Unexpected::Unit | Unexpected::Option => "no value".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a section with keys of its own".to_owned(),
        other => printable(&other.to_string()),
    }
}

const SECTION: &str = "a section of `key: value` lines";

/// What was expected, in words of the file's author.
fn explain(expected: &str) -> String {
    match expected {
        "u32" => format!("a whole number, 0 to {}", u32::MAX),
        "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a string" => "text".to_owned(),
        "path string" => "a path".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => SECTION.to_owned(),
        text if text.starts_with("struct ") => SECTION.to_owned(),
        text => text.to_owned(),
    }
}

// === Node as a Deserializer ===

impl Node {
    /// The text of a scalar.
    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Unsigned(_, text) | Value::Signed(_, text) | Value::Float(_, text) | Value::Text(text) => {
                Some(text)
            }
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

impl<'de> de::Deserializer<'de> for &'de Node {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Unsigned(value, _) => visitor.visit_u64(*value),
            Value::Signed(value, _) => visitor.visit_i64(*value),
            Value::Float(value, _) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(nodes) => visitor.visit_seq(Items { nodes: nodes.iter().enumerate() }),
            Value::Map(entries) => visitor.visit_map(Entries { entries: entries.iter(), current: None }),
        }
    }

    /// Every scalar is text where text is due.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.text() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// A section whose keys are all commented out reads as null, and means an empty section.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            Value::Null => visitor.visit_map(Entries { entries: [].iter(), current: None }),
            // A derived struct would take a list for its fields in order.
            Value::List(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let deserializer: StrDeserializer<'_, Fault> = match self.text() {
            Some(text) => text.into_deserializer(),
            None => {
                return self.deserialize_any(visitor).map_err(|mut fault: Fault| {
                    fault.allowed = Some(variants.join(", "));
                    fault
                });
            }
        };
        deserializer.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct identifier ignored_any
    }
}

struct Items<'de> {
    nodes: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some((index, node)) = self.nodes.next() else { return Ok(None) };
        seed.deserialize(node).map(Some).map_err(|fault| fault.inside(Segment::Index(index), node.at))
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.next();
        let Some(entry) = self.current else { return Ok(None) };
        let key: StrDeserializer<'_, Fault> = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|fault| fault.inside(step(entry), entry.at))
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let entry =
            self.current.take().ok_or_else(|| de::Error::custom("a value was asked for before its key"))?;
        seed.deserialize(&entry.node).map_err(|fault| fault.inside(step(entry), entry.node.at))
    }
}

fn step(entry: &Entry) -> Segment {
    Segment::Key(entry.key.clone())
}

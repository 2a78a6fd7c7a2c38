//! From YAML text to a [`Node`] tree: the only file that knows the YAML library.
//!
//! Owns the bounds on what a file may do to the parser: depth, number of nodes, aliases and what they
//! unfold to. The invariant: a tree holds everything that was written, repeated keys too, because the
//! loader reports those itself, together with all other mistakes.
//!
//! Booleans are `true` and `false` only, as in YAML 1.2: `no` is text, and text is no boolean.

use serde::{Deserialize, Deserializer, de};
use serde_saphyr::{DuplicateKeyPolicy, Location, NonFiniteFloatPolicy, Spanned};

use super::tree::{Entry, Node, Position, Value};

/// Nesting beyond this is no configuration of ours.
const MAX_DEPTH: usize = 32;
/// Scalars, lists and maps in a file, those that aliases stand for included.
const MAX_NODES: usize = 50_000;
/// Aliases in a file.
const MAX_ALIASES: usize = 200;

/// Why a text is no YAML, and where that shows.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) message: String,
    pub(super) at: Option<Position>,
}

/// Reads one YAML document. An empty text is an empty section.
pub(super) fn parse(source: &str) -> Result<Node, SyntaxError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 4 * MAX_NODES,
            max_aliases: MAX_ALIASES,
            max_anchors: MAX_ALIASES,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_NODES,
            max_replay_stack_depth: MAX_DEPTH,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        strict_booleans: true,
        with_snippet: false,
    };
    match serde_saphyr::from_str_with_options::<Option<Spanned<Content>>>(source, options) {
        Ok(Some(content)) => Ok(node(content, source)),
        Ok(None) => Ok(Node::empty()),
        Err(error) => {
            let at = error.location().and_then(position);
            Err(SyntaxError { message: sentence(&error), at })
        }
    }
}

/// The library's message without the place, which is told apart from it.
fn sentence(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let text = text.lines().next().unwrap_or_default();
    format!("not valid YAML: {text}")
}

fn position(location: Location) -> Option<Position> {
    (location != Location::UNKNOWN).then(|| Position { line: location.line(), column: location.column() })
}

fn place(location: Location) -> Position {
    position(location).unwrap_or(Position { line: 1, column: 1 })
}

/// A node as the library gives it, before the text of its scalars is looked up.
enum Content {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Content>>),
    Map(Vec<(Spanned<String>, Spanned<Content>)>),
}

/// The scalar as it stands in the file, without anchor or tag; `otherwise` where the library lost track.
fn written(source: &str, defined: Location, otherwise: String) -> String {
    let span = defined.span();
    let slice = span.byte_offset().zip(span.byte_len()).and_then(|(start, length)| {
        source.get(usize::try_from(start).ok()?..usize::try_from(start.checked_add(length)?).ok()?)
    });
    slice.map(str::trim).filter(|text| !text.is_empty()).map_or(otherwise, str::to_owned)
}

fn node(content: Spanned<Content>, source: &str) -> Node {
    let Spanned { value, referenced, defined } = content;
    let value = match value {
        Content::Null => Value::Null,
        Content::Bool(value) => Value::Bool(value),
        Content::Unsigned(value) => Value::Unsigned(value, written(source, defined, value.to_string())),
        Content::Signed(value) => Value::Signed(value, written(source, defined, value.to_string())),
        Content::Float(value) => Value::Float(value, written(source, defined, value.to_string())),
        Content::Text(text) => Value::Text(text),
        Content::List(items) => Value::List(items.into_iter().map(|item| node(item, source)).collect()),
        Content::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| Entry {
                    at: place(key.referenced),
                    key: key.value,
                    node: node(value, source),
                })
                .collect(),
        ),
    };
    Node { at: place(referenced), value }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> de::Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value, a list or keys with values")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Content, E> {
        Ok(Content::Unsigned(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Content, E> {
        Ok(u64::try_from(value).map_or(Content::Signed(value), Content::Unsigned))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Content, E> {
        Ok(Content::Text(value.to_string()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Content, E> {
        Ok(Content::Text(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Content, E> {
        Ok(Content::Float(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Content::List(items))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Content::Map(entries))
    }
}

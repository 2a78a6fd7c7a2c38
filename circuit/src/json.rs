//! JSON as AQO needs it: strict, exact, and knowing where everything stands.
//!
//! A general JSON library forgets what matters here: the text of a number (canonical bytes keep
//! integers as written), duplicate keys, and positions for errors. So this is an own reader, in
//! one flat list of nodes over the borrowed text: no tree to free, no recursion anywhere, and
//! 16 bytes a node however hostile the input is.

mod canonical;
mod number;
mod parse;
mod string;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::error::Position;

pub(crate) use canonical::canonical;
pub(crate) use number::push_double;
pub(crate) use parse::parse;
pub(crate) use string::push_quoted;

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    /// A number without fraction and exponent.
    Integer,
    /// A number with fraction or exponent; its double is finite.
    Float,
    /// A string that stands for itself.
    Plain,
    /// A string with escapes.
    Escaped,
    Array,
    /// Keys and values take turns; keys are distinct.
    Object,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// The bytes it spans, quotes not included.
    start: u32,
    end: u32,
    /// Index of the node after its last descendant.
    next: u32,
    kind: Kind,
}

/// A parsed document.
#[derive(Debug)]
pub(crate) struct Document<'s> {
    text: &'s str,
    nodes: Vec<Node>,
}

/// One value of a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'d, 's> {
    document: &'d Document<'s>,
    at: u32,
}

// === impl Document ===

impl<'s> Document<'s> {
    /// The value that is the whole document.
    pub(crate) fn root(&self) -> Value<'_, 's> {
        Value { document: self, at: 0 }
    }

    fn node(&self, at: u32) -> Node {
        self.nodes[at as usize]
    }

    /// The text of a node as it stands in the document.
    fn raw(&self, at: u32) -> &'s str {
        let node = self.node(at);
        &self.text[node.start as usize..node.end as usize]
    }

    /// A string node's text.
    fn decoded(&self, at: u32) -> Cow<'s, str> {
        match self.node(at).kind {
            Kind::Escaped => Cow::Owned(string::decode(self.raw(at))),
            _ => Cow::Borrowed(self.raw(at)),
        }
    }
}

// === impl Value ===

impl<'d, 's> Value<'d, 's> {
    /// What it is.
    pub(crate) fn kind(self) -> Kind {
        self.document.node(self.at).kind
    }

    /// What it is, in words.
    pub(crate) fn describe(self) -> &'static str {
        match self.kind() {
            Kind::Null => "null",
            Kind::True => "true",
            Kind::False => "false",
            Kind::Integer | Kind::Float => "a number",
            Kind::Plain | Kind::Escaped => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }

    /// The text it is written as; for a string without its quotes, escapes unread.
    pub(crate) fn raw(self) -> &'s str {
        self.document.raw(self.at)
    }

    /// The text, if it is a string.
    pub(crate) fn as_str(self) -> Option<Cow<'s, str>> {
        matches!(self.kind(), Kind::Plain | Kind::Escaped).then(|| self.document.decoded(self.at))
    }

    /// The number, if it is an integer; one beyond `i64` is clamped, so it fails any range check.
    pub(crate) fn as_integer(self) -> Option<i64> {
        (self.kind() == Kind::Integer).then(|| number::saturating_integer(self.raw()))
    }

    /// The double, if it is a number; infinite for an integer beyond all doubles.
    pub(crate) fn as_double(self) -> Option<f64> {
        matches!(self.kind(), Kind::Integer | Kind::Float)
            .then(|| self.raw().parse().unwrap_or(f64::INFINITY))
    }

    /// The elements, if it is an array.
    pub(crate) fn items(self) -> Option<impl Iterator<Item = Value<'d, 's>>> {
        (self.kind() == Kind::Array).then(|| self.children())
    }

    /// Keys and values, if it is an object.
    pub(crate) fn entries(self) -> Option<impl Iterator<Item = (Value<'d, 's>, Value<'d, 's>)>> {
        (self.kind() == Kind::Object).then(|| {
            let mut children = self.children();
            std::iter::from_fn(move || Some((children.next()?, children.next()?)))
        })
    }

    /// Where it stands.
    pub(crate) fn position(self) -> Position {
        let (line, column) = crate::text::line_column(self.document.text.as_bytes(), self.offset());
        Position::Json { path: self.path(), line, column }
    }

    /// The byte it begins at.
    fn offset(self) -> usize {
        let start = self.document.node(self.at).start as usize;
        start - usize::from(matches!(self.kind(), Kind::Plain | Kind::Escaped))
    }

    fn children(self) -> impl Iterator<Item = Value<'d, 's>> {
        let document = self.document;
        let end = document.node(self.at).next;
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let child = Value { document, at };
                at = document.node(at).next;
                child
            })
        })
    }

    /// The way from the top, found by looking for it: only errors need it.
    fn path(self) -> String {
        let mut path = String::new();
        let mut here = self.document.root();
        while here.at != self.at {
            let holds =
                |value: Value<'_, '_>| value.at <= self.at && self.at < value.document.node(value.at).next;
            let child = if let Some(mut entries) = here.entries() {
                // A key is where its value is.
                entries.find(|&(key, value)| key.at == self.at || holds(value)).map(|(key, value)| {
                    string::push_key(&mut path, &self.document.decoded(key.at));
                    if key.at == self.at { key } else { value }
                })
            } else {
                here.items().into_iter().flatten().enumerate().find(|&(_, item)| holds(item)).map(
                    |(index, item)| {
                        string::push_index(&mut path, index);
                        item
                    },
                )
            };
            match child {
                Some(child) => here = child,
                None => break,
            }
        }
        path
    }
}

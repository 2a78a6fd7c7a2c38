//! The configuration as it was written: a tree of nodes that know their place in the file.
//!
//! Owns positions and key paths. The invariant: scalars keep the text of the file beside the value that
//! YAML sees in it, so that a setting written `1.0` reaches its driver as `1.0`. The loader takes wrong
//! parts out of this tree one by one, which is how one run finds every mistake.

use std::fmt;

/// A place in the file; both count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u64,
    /// Column, in characters.
    pub column: u64,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

/// What YAML sees in a piece of text.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Unsigned(u64, String),
    Signed(i64, String),
    Float(f64, String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value. A fresh tree may hold a key twice; see [`Node::take_duplicate`].
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) at: Position,
    pub(super) node: Node,
}

/// One step into the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Key(String),
    Index(usize),
}

/// The way from the root to a value, written `drivers.simulator.enabled` or `plugins.directories[0]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct KeyPath(pub(super) Vec<Segment>);

// === impl KeyPath ===

impl KeyPath {
    /// Reads a dotted path of plain keys.
    pub(super) fn dotted(path: &str) -> Self {
        Self(path.split('.').map(|key| Segment::Key(key.to_owned())).collect())
    }

    /// The path one step further in.
    pub(super) fn then(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.extend(Self::dotted(key).0);
        path
    }

    /// The path one step further in, through a key that may itself contain dots.
    pub(super) fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Key(key.to_owned()));
        path
    }

    /// The path into a list.
    pub(super) fn index(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Segment::Index(index));
        path
    }

    /// Whether one of the two paths leads through the other's end.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) => {
                    let dot = if depth > 0 { "." } else { "" };
                    write!(f, "{dot}{}", printable(key))?;
                }
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Text from the file, safe to print on one line: control characters escaped, at most 80 characters.
pub(super) fn printable(text: &str) -> String {
    const LONGEST: usize = 80;
    let shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let shown = shown.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(LONGEST).is_some() { format!("{shown}…") } else { shown }
}

// === impl Node ===

impl Node {
    /// A section without keys, standing at the top of the file.
    pub(super) fn empty() -> Self {
        Self { at: Position { line: 1, column: 1 }, value: Value::Map(Vec::new()) }
    }

    /// The position of the value at `path` (of its key, where it has one), if it is in the tree.
    pub(super) fn locate(&self, path: &KeyPath) -> Option<Position> {
        let mut node = self;
        let mut at = self.at;
        for segment in &path.0 {
            match (segment, &node.value) {
                (Segment::Key(key), Value::Map(entries)) => {
                    let entry = entries.iter().find(|entry| entry.key == *key)?;
                    (node, at) = (&entry.node, entry.at);
                }
                (Segment::Index(index), Value::List(nodes)) => {
                    node = nodes.get(*index)?;
                    at = node.at;
                }
                _ => return None,
            }
        }
        Some(at)
    }

    /// Takes the value at `path` out of the tree; whether it was there.
    pub(super) fn prune(&mut self, path: &[Segment]) -> bool {
        let Some((segment, rest)) = path.split_first() else {
            self.value = Value::Map(Vec::new());
            return true;
        };
        match (segment, &mut self.value) {
            (Segment::Key(key), Value::Map(entries)) => {
                let Some(index) = entries.iter().position(|entry| entry.key == *key) else { return false };
                if rest.is_empty() {
                    entries.remove(index);
                    return true;
                }
                entries[index].node.prune(rest)
            }
            (Segment::Index(index), Value::List(nodes)) if *index < nodes.len() => {
                if rest.is_empty() {
                    nodes.remove(*index);
                    return true;
                }
                nodes[*index].prune(rest)
            }
            _ => false,
        }
    }

    /// Takes one repeated key out of the tree, later ones first to go; gives its path, its place, and the
    /// place of the one that stays.
    pub(super) fn take_duplicate(&mut self) -> Option<(KeyPath, Position, Position)> {
        let mut path = Vec::new();
        let (at, first) = self.find_duplicate(&mut path)?;
        path.reverse();
        Some((KeyPath(path), at, first))
    }

    fn find_duplicate(&mut self, path: &mut Vec<Segment>) -> Option<(Position, Position)> {
        match &mut self.value {
            Value::Map(entries) => {
                let mut seen = std::collections::HashMap::new();
                let repeated = entries.iter().enumerate().find_map(|(index, entry)| {
                    seen.insert(entry.key.as_str(), entry.at).map(|first| (index, first))
                });
                if let Some((index, first)) = repeated {
                    let entry = entries.remove(index);
                    path.push(Segment::Key(entry.key));
                    return Some((entry.at, first));
                }
                entries.iter_mut().find_map(|entry| {
                    let found = entry.node.find_duplicate(path)?;
                    path.push(Segment::Key(entry.key.clone()));
                    Some(found)
                })
            }
            Value::List(nodes) => nodes.iter_mut().enumerate().find_map(|(index, node)| {
                let found = node.find_duplicate(path)?;
                path.push(Segment::Index(index));
                Some(found)
            }),
            _ => None,
        }
    }
}

//! Bytes → [`Document`]. One pass, no recursion; open containers are on a list of their own.

use super::{Document, Kind, Node, number, string};
use crate::error::{Error, ErrorKind, Position};

/// Reads a document; the first error ends it, since behind it everything is a guess.
///
/// Refused besides what is no JSON: other encodings than UTF-8, a byte order mark, duplicate keys,
/// halves of surrogate pairs, numbers beyond all doubles, and containers nested deeper than `nesting`.
/// The caller has checked that offsets fit 32 bits.
pub(crate) fn parse(bytes: &[u8], nesting: usize) -> Result<Document<'_>, Error> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(at_top(bytes, 0, "the payload begins with a byte order mark: send UTF-8 without it"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| at_top(bytes, error.valid_up_to(), "the payload is not UTF-8"))?;
    let document = Document { text, nodes: Vec::with_capacity(bytes.len() / 8) };
    let mut parser = Parser { document, bytes, at: 0, open: Vec::new(), nesting, keys: Vec::new() };
    parser.run()?;
    Ok(parser.document)
}

fn at_top(bytes: &[u8], offset: usize, message: &str) -> Error {
    let (line, column) = crate::text::line_column(bytes, offset);
    Error::new(ErrorKind::Invalid, Position::Json { path: String::new(), line, column }, message)
}

/// A container that is not closed yet.
struct Open {
    node: u32,
    /// For an array, how many elements stand before the present one; for an object, the present key.
    place: Place,
}

enum Place {
    Index(u32),
    /// `None` where a key is expected.
    Key(Option<u32>),
}

struct Parser<'s> {
    document: Document<'s>,
    bytes: &'s [u8],
    at: usize,
    open: Vec<Open>,
    nesting: usize,
    /// Scratch space for the search for duplicate keys.
    keys: Vec<u32>,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), Error> {
        self.space();
        self.value()?;
        while let Some(open) = self.open.last_mut() {
            let array = matches!(open.place, Place::Index(_));
            let first = self.document.nodes.len() == open.node as usize + 1;
            skip_space(self.bytes, &mut self.at);
            match self.bytes.get(self.at) {
                Some(b']') if array => self.close()?,
                Some(b'}') if !array => self.close()?,
                Some(b',') if !first => {
                    if let Place::Index(index) = &mut open.place {
                        *index += 1;
                    }
                    self.at += 1;
                    self.member()?;
                }
                Some(_) if first => self.member()?,
                Some(_) if array => return Err(self.error(self.at, "expected `,` or `]`")),
                Some(_) => return Err(self.error(self.at, "expected `,` or `}`")),
                None => return Err(self.error(self.at, "the document ends before everything is closed")),
            }
        }
        self.space();
        if self.at < self.bytes.len() {
            return Err(self.error(self.at, "something follows the end of the document"));
        }
        Ok(())
    }

    /// An element, or a key and its value.
    fn member(&mut self) -> Result<(), Error> {
        self.space();
        if let Some(Open { place: place @ Place::Key(_), .. }) = self.open.last_mut() {
            *place = Place::Key(None);
            if self.bytes.get(self.at) != Some(&b'"') {
                return Err(self.error(self.at, "expected a key in double quotes"));
            }
            let key = self.document.nodes.len() as u32;
            self.string()?;
            if let Some(open) = self.open.last_mut() {
                open.place = Place::Key(Some(key));
            }
            self.space();
            if self.bytes.get(self.at) != Some(&b':') {
                return Err(self.error(self.at, "expected `:` after the key"));
            }
            self.at += 1;
            self.space();
        }
        self.value()
    }

    /// A scalar, or the beginning of a container.
    fn value(&mut self) -> Result<(), Error> {
        match self.bytes.get(self.at) {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[') => self.container(Kind::Array, Place::Index(0)),
            Some(b'{') => self.container(Kind::Object, Place::Key(None)),
            Some(b'n') => self.word("null", Kind::Null),
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(_)
                if [b"NaN".as_slice(), b"Infinity"]
                    .iter()
                    .any(|word| self.bytes[self.at..].starts_with(word)) =>
            {
                Err(self.error(self.at, "NaN and Infinity are no JSON numbers"))
            }
            Some(_) => Err(self.error(self.at, "expected a value")),
            None => Err(self.error(self.at, "the document ends where a value is expected")),
        }
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<(), Error> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error(self.at, "expected a value"));
        }
        self.leaf(kind, self.at, word.len());
        self.at += word.len();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Error> {
        let start = self.at + 1;
        match string::scan(&self.bytes[start..]) {
            string::Scan::Broken(at, message) => Err(self.error(start + at, message)),
            string::Scan::End(length, escaped) => {
                self.leaf(if escaped { Kind::Escaped } else { Kind::Plain }, start, length);
                self.at = start + length + 1;
                Ok(())
            }
        }
    }

    fn number(&mut self) -> Result<(), Error> {
        if self.bytes[self.at..].starts_with(b"-I") {
            return Err(self.error(self.at, "NaN and Infinity are no JSON numbers"));
        }
        let (kind, length) = match number::scan(&self.bytes[self.at..]) {
            number::Scan::Integer(length) => (Kind::Integer, length),
            number::Scan::Float(length) => (Kind::Float, length),
            number::Scan::Broken(at, message) => return Err(self.error(self.at + at, message)),
        };
        let text = &self.document.text[self.at..self.at + length];
        if kind == Kind::Float && !text.parse().is_ok_and(f64::is_finite) {
            return Err(self.error(self.at, "the number is beyond the range of a double"));
        }
        self.leaf(kind, self.at, length);
        self.at += length;
        Ok(())
    }

    fn leaf(&mut self, kind: Kind, start: usize, length: usize) {
        let next = self.document.nodes.len() as u32 + 1;
        self.document.nodes.push(Node { start: start as u32, end: (start + length) as u32, next, kind });
    }

    fn container(&mut self, kind: Kind, place: Place) -> Result<(), Error> {
        if self.open.len() >= self.nesting {
            return Err(self.error(self.at, &format!("nested deeper than {} levels", self.nesting)));
        }
        self.open.push(Open { node: self.document.nodes.len() as u32, place });
        self.leaf(kind, self.at, 1);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        let next = self.document.nodes.len() as u32;
        let Some(Open { node, place }) = self.open.last() else { return Ok(()) };
        let (node, object) = (*node, matches!(place, Place::Key(_)));
        if object && let Some(key) = self.duplicate(node, next) {
            let offset = self.document.node(key).start as usize - 1;
            if let Some(open) = self.open.last_mut() {
                open.place = Place::Key(Some(key));
            }
            return Err(self.error(offset, "the key occurs twice in its object"));
        }
        self.at += 1;
        self.open.pop();
        let closed = &mut self.document.nodes[node as usize];
        closed.next = next;
        closed.end = self.at as u32;
        Ok(())
    }

    /// A key node of the object whose text an earlier key has too.
    fn duplicate(&mut self, object: u32, end: u32) -> Option<u32> {
        self.keys.clear();
        let mut key = object + 1;
        while key < end {
            self.keys.push(key);
            key = self.document.node(key + 1).next;
        }
        let document = &self.document;
        let same = |a, b| document.decoded(a) == document.decoded(b);
        if let [first, second] = self.keys[..] {
            return same(first, second).then_some(second);
        }
        document.sort_keys(&mut self.keys);
        self.keys.windows(2).find(|pair| same(pair[0], pair[1])).map(|pair| pair[0].max(pair[1]))
    }

    fn space(&mut self) {
        skip_space(self.bytes, &mut self.at);
    }

    fn error(&self, offset: usize, message: &str) -> Error {
        let mut path = String::new();
        for open in &self.open {
            match open.place {
                Place::Index(index) => string::push_index(&mut path, index as usize),
                Place::Key(Some(key)) => string::push_key(&mut path, &self.document.decoded(key)),
                Place::Key(None) => {}
            }
        }
        let (line, column) = crate::text::line_column(self.bytes, offset);
        Error::new(ErrorKind::Invalid, Position::Json { path, line, column }, message)
    }
}

fn skip_space(bytes: &[u8], at: &mut usize) {
    while matches!(bytes.get(*at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        *at += 1;
    }
}

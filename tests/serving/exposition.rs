//! A strict reader of the metrics page (OpenMetrics text, version 1.0.0): what does not parse is a
//! failure, so that no scraper has to find out.

use std::collections::{BTreeMap, BTreeSet};

/// Labels of a series.
pub type Labels = BTreeMap<String, String>;

/// A page, read.
#[derive(Debug, Default)]
pub struct Page {
    /// Family to type.
    pub types: BTreeMap<String, String>,
    samples: Vec<(String, Labels, f64)>,
}

impl Page {
    /// Reads a page; panics at the first line that is not as it should be.
    #[track_caller]
    pub fn read(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end: {text}"));
        let mut page = Self::default();
        let mut seen = BTreeSet::new();
        for line in body.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                page.comment(comment);
                continue;
            }
            let (name, labels, value) = sample(line).unwrap_or_else(|| panic!("no sample: {line:?}"));
            assert!(page.family(&name).is_some(), "a sample without a family: {line}");
            assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
            page.samples.push((name, labels, value));
        }
        page
    }

    fn comment(&mut self, comment: &str) {
        let mut words = comment.splitn(3, ' ');
        let (kind, name, rest) = (words.next(), words.next(), words.next());
        match (kind, name, rest) {
            (Some("TYPE"), Some(name), Some(kind)) => {
                assert!(is_name(name), "{comment}");
                let first = self.types.insert(name.to_owned(), kind.to_owned()).is_none();
                assert!(first, "{name} has two types");
            }
            (Some("HELP" | "UNIT"), Some(name), Some(text)) => {
                assert!(is_name(name) && !text.is_empty(), "{comment}");
            }
            _ => panic!("no metadata: {comment:?}"),
        }
    }

    /// The family of a sample, by the suffixes that its type allows.
    fn family(&self, sample: &str) -> Option<&str> {
        self.types.iter().find_map(|(family, kind)| {
            let suffixes: &[&str] = match kind.as_str() {
                "counter" => &["_total", "_created"],
                "histogram" => &["_bucket", "_count", "_sum", "_created"],
                "info" => &["_info"],
                "gauge" => &[""],
                _ => &[],
            };
            let suffix = sample.strip_prefix(family.as_str())?;
            suffixes.contains(&suffix).then_some(family.as_str())
        })
    }

    /// All series of a sample's name.
    pub fn series<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Labels, f64)> {
        self.samples.iter().filter(move |(own, ..)| own == name).map(|(_, labels, value)| (labels, *value))
    }

    /// One series.
    #[track_caller]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let wanted: Labels =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let found = self.series(name).find(|(labels, _)| **labels == wanted);
        found.unwrap_or_else(|| panic!("no {name}{wanted:?} in {:#?}", self.samples)).1
    }
}

/// `name{key="value",…} number`.
fn sample(line: &str) -> Option<(String, Labels, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        while !rest.starts_with('}') {
            let (key, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            (is_name(key) && labels.insert(key.to_owned(), value).is_none()).then_some(())?;
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ')?.parse().ok()?;
    is_name(name).then(|| (name.to_owned(), labels, value))
}

/// A quoted value up to its closing quote, and what follows that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[index + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\') => value.push(escaped),
                _ => return None,
            },
            plain => value.push(plain),
        }
    }
    None
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.is_empty() && name.bytes().all(fits) && !name.starts_with(|first: char| first.is_ascii_digit())
}

//! What can be wrong with a configuration, told so that it can be put right at once.
//!
//! Owns the wording's frame: place, key, problem, what is allowed, what may have been meant. The invariant:
//! one line a problem, ordered as in the file, so that an editor can jump to each.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::tree::Position;

/// Where a wrong value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The configuration file.
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The place in it; `None` when the file as a whole is meant.
        at: Option<Position>,
    },
    /// An environment variable, by name.
    Environment(&'static str),
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the value came from.
    pub source: Source,
    /// The key, dotted; empty when no key is concerned.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub allowed: Option<String>,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// Every mistake of one configuration, never empty. Displays as one line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(Vec<Problem>);

impl ConfigErrors {
    /// Orders the problems as in the file, those of the environment last. `None` without problems.
    pub(super) fn of(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by_key(Problem::place);
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// More problems than are worth a list: the first ones, and a word that there are others.
    pub(super) fn many(mut problems: Vec<Problem>, source: Source) -> Self {
        let count = problems.len();
        problems.sort_by_key(Problem::place);
        let problem = format!("more mistakes follow after these {count}; put these right first");
        problems.push(Problem { source, key: String::new(), problem, allowed: None, suggestion: None });
        Self(problems)
    }

    /// An error about a file as a whole.
    pub(super) fn about_file(path: &Path, problem: String, allowed: Option<String>) -> Self {
        let source = Source::File { path: path.to_owned(), at: None };
        Self(vec![Problem { source, key: String::new(), problem, allowed, suggestion: None }])
    }

    /// The mistakes, in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.0
    }
}

impl Problem {
    /// Where the problem stands in the list.
    fn place(&self) -> (u8, Option<Position>) {
        match &self.source {
            Source::File { at, .. } => (0, *at),
            Source::Environment(_) => (1, None),
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::File { path, at: Some(at) } => {
                write!(f, "{}:{}:{}: ", path.display(), at.line, at.column)?;
            }
            Source::File { path, at: None } => write!(f, "{}: ", path.display())?,
            Source::Environment(name) => write!(f, "environment variable {name}: ")?,
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.problem)?;
        if let Some(allowed) = &self.allowed {
            write!(f, "; allowed: {allowed}")?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean `{suggestion}`?")?;
        }
        Ok(())
    }
}

/// The candidate that `written` is probably a slip of, if one is close enough to be worth a word.
pub(super) fn closest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE_ENOUGH: f64 = 0.82;
    let written = written.to_lowercase().replace('-', "_");
    // One slip of the finger is close in a short word too, where the measure is harsh.
    let likeness = |candidate: &str| {
        let slip = written.len() > 2 && strsim::osa_distance(&written, candidate) <= 1;
        strsim::jaro_winkler(&written, candidate) + if slip { 1.0 } else { 0.0 }
    };
    candidates
        .into_iter()
        .map(|candidate| (candidate, likeness(candidate)))
        .filter(|(_, likeness)| *likeness >= CLOSE_ENOUGH)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(candidate, _)| candidate)
}

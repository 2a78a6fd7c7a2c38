//! Parameters → numbers.
//!
//! One resolver per circuit. Every name is looked up once, chains of names are followed without
//! recursion, and a name that has no value is reported at its first use only.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::bindings::{Bindings, Scalar};
use crate::text::quote;

/// What a circuit says itself about a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry<'a> {
    /// It is declared, no more.
    Unbound,
    /// Its value.
    Number(f64),
    /// A number or another parameter's name, as text.
    Text(Cow<'a, str>),
    /// Something that can be no value, in words.
    Unusable(&'static str),
}

/// Why a parameter has no value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unresolved {
    pub(crate) message: String,
    pub(crate) suggestion: Option<String>,
}

/// Resolves a circuit's parameters.
#[derive(Debug)]
pub(crate) struct Symbols<'a> {
    bindings: &'a Bindings,
    /// The circuit's own entries, each with its place in their order.
    declared: HashMap<Cow<'a, str>, (usize, Entry<'a>)>,
    /// The values of the list option, as many as there are declared parameters.
    list: Option<Vec<&'a str>>,
    found: HashMap<String, Found>,
    used: Vec<(String, f64)>,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    state: State,
    /// Whether it is on the list of used names already.
    used: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Being resolved: to meet it again is a circle.
    Open,
    Value(f64),
    /// Without a value, and reported.
    Failed,
}

/// What one look-up gives.
enum Step {
    Value(f64),
    Other(String),
}

impl<'a> Symbols<'a> {
    /// A resolver over the circuit's own entries, in their order, and the caller's bindings.
    pub(crate) fn new(
        bindings: &'a Bindings,
        entries: impl IntoIterator<Item = (Cow<'a, str>, Entry<'a>)>,
    ) -> Self {
        let entries = entries.into_iter().enumerate();
        let declared: HashMap<_, _> = entries.map(|(index, (name, entry))| (name, (index, entry))).collect();
        let list = bindings.list().map(|list| list.take(declared.len()).collect());
        Self { bindings, declared, list, found: HashMap::new(), used: Vec::new() }
    }

    /// Declares one more parameter, without a value of the circuit's own.
    pub(crate) fn declare(&mut self, name: &str) {
        let index = self.declared.len();
        if self.declared.contains_key(name) {
            return;
        }
        self.declared.insert(Cow::Owned(name.to_owned()), (index, Entry::Unbound));
        if let Some(value) = self.bindings.list().and_then(|mut list| list.nth(index))
            && let Some(list) = &mut self.list
        {
            list.push(value);
        }
    }

    /// How many parameters the circuit declares.
    pub(crate) fn declared(&self) -> usize {
        self.declared.len()
    }

    /// The names resolved so far.
    pub(crate) fn used(&self) -> &[(String, f64)] {
        &self.used
    }

    /// The names resolved, in the order of their first use, with their values.
    pub(crate) fn into_used(self) -> Vec<(String, f64)> {
        self.used
    }

    /// The value of a parameter. `Err(None)` if it has none and that was said before.
    pub(crate) fn resolve(&mut self, name: &str) -> Result<f64, Option<Unresolved>> {
        let known = match self.found.get_mut(name) {
            Some(found) => Some((found.state, std::mem::replace(&mut found.used, true))),
            None => None,
        };
        let (state, problem) = match known {
            Some((State::Value(value), true)) => return Ok(value),
            Some((state, _)) => (state, None),
            None => self.follow(name),
        };
        match state {
            State::Value(value) => {
                self.used.push((name.to_owned(), value));
                if let Some(found) = self.found.get_mut(name) {
                    found.used = true;
                }
                Ok(value)
            }
            State::Open | State::Failed => Err(problem),
        }
    }

    /// Follows a chain of names to its end and notes the outcome for every name on it.
    fn follow(&mut self, name: &str) -> (State, Option<Unresolved>) {
        let mut chain: Vec<String> = Vec::new();
        let mut current = name.to_owned();
        let (state, problem) = loop {
            match self.found.get(&current).map(|found| found.state) {
                Some(State::Open) => {
                    let message = format!(
                        "parameter {} is circular: its value leads back to {}",
                        quote(name),
                        quote(&current)
                    );
                    break (State::Failed, Some(Unresolved { message, suggestion: None }));
                }
                Some(state) => break (state, None),
                None => {}
            }
            let step = self.look_up(&current);
            self.found.insert(current.clone(), Found { state: State::Open, used: false });
            chain.push(current);
            match step {
                Ok(Step::Value(value)) => break (State::Value(value), None),
                Ok(Step::Other(next)) => current = next,
                Err(problem) => break (State::Failed, Some(problem)),
            }
        };
        for name in chain {
            self.found.insert(name, Found { state, used: false });
        }
        (state, problem)
    }

    fn look_up(&self, name: &str) -> Result<Step, Unresolved> {
        for (key, text) in self.bindings.options(name) {
            if let Some(step) = step(name, text, || format!("option {}", quote(&key)))? {
                return Ok(step);
            }
        }
        let declared = self.declared.get(name);
        let own = match declared.map(|(_, entry)| entry) {
            Some(Entry::Number(number)) if number.is_finite() => Some(Step::Value(*number)),
            Some(Entry::Number(_)) => return Err(unusable(name, "a number beyond the range of a double")),
            Some(Entry::Unusable(what)) => return Err(unusable(name, what)),
            Some(Entry::Text(text)) => step(name, text, || format!("parameter {}", quote(name)))?,
            Some(Entry::Unbound) | None => None,
        };
        if let Some(step) = own {
            return Ok(step);
        }
        if let (Some(&(index, _)), Some(list)) = (declared, &self.list) {
            let Some(text) = list.get(index) else {
                let message = format!(
                    "parameter {} has no value: it is declared at place {}, and `vqe.params` has {} values",
                    quote(name),
                    index + 1,
                    list.len()
                );
                return Err(Unresolved { message, suggestion: None });
            };
            if let Some(step) = step(name, text, || format!("value {} of option `vqe.params`", index + 1))? {
                return Ok(step);
            }
        }
        Err(Unresolved {
            message: format!("parameter {} has no value", quote(name)),
            suggestion: Some(format!("bind it with the option {}", quote(&format!("param.{name}")))),
        })
    }
}

/// Reads a parameter's value; none if it just names itself.
fn step(name: &str, text: &str, place: impl Fn() -> String) -> Result<Option<Step>, Unresolved> {
    match Scalar::read(text) {
        Some(Scalar::Number(number)) => Ok(Some(Step::Value(number))),
        Some(Scalar::Symbol(symbol)) if symbol == name => Ok(None),
        Some(Scalar::Symbol(symbol)) => Ok(Some(Step::Other(symbol.to_owned()))),
        None => {
            let message =
                format!("{} is {}, neither a finite number nor a parameter's name", place(), quote(text));
            Err(Unresolved { message, suggestion: None })
        }
    }
}

fn unusable(name: &str, what: &str) -> Unresolved {
    let message = format!("parameter {} is {what}, not a number or a parameter's name", quote(name));
    Unresolved { message, suggestion: None }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn text(value: &str) -> Entry<'_> {
        Entry::Text(value.into())
    }

    fn resolve(
        options: &[(&str, &str)],
        entries: Vec<(&'static str, Entry<'static>)>,
        name: &str,
    ) -> Result<f64, String> {
        let bindings = Bindings::from_options(options.iter().copied());
        let entries = entries.into_iter().map(|(name, entry)| (name.into(), entry));
        Symbols::new(&bindings, entries).resolve(name).map_err(|problem| problem.unwrap().message)
    }

    #[test]
    fn an_option_wins_over_the_circuits_own_entry() {
        let entries = || vec![("a", Entry::Number(1.0))];
        assert_eq!(resolve(&[], entries(), "a"), Ok(1.0));
        assert_eq!(resolve(&[("param.a", "2")], entries(), "a"), Ok(2.0));
        assert_eq!(resolve(&[("a", "3")], entries(), "a"), Ok(3.0));
    }

    #[test]
    fn a_value_may_be_another_parameter() {
        let entries = vec![("a", text("b")), ("b", text("c")), ("c", text("0.25"))];
        assert_eq!(resolve(&[], entries.clone(), "a"), Ok(0.25));
        assert_eq!(resolve(&[("param.b", "d"), ("d", "7")], entries, "a"), Ok(7.0));
    }

    #[test]
    fn an_entry_that_names_itself_is_unbound() {
        let entries = || vec![("a", text("a"))];
        assert!(resolve(&[], entries(), "a").unwrap_err().contains("has no value"));
        assert_eq!(resolve(&[("param.a", "a"), ("parameters.a", "2")], entries(), "a"), Ok(2.0));
    }

    #[test]
    fn the_list_binds_by_order_and_only_what_has_no_other_value() {
        let entries = || vec![("a", Entry::Unbound), ("b", Entry::Number(9.0)), ("c", text("c"))];
        let list = [("vqe.params", "0.1, 0.2,0.3")];
        assert_eq!(resolve(&list, entries(), "a"), Ok(0.1));
        assert_eq!(resolve(&list, entries(), "b"), Ok(9.0));
        assert_eq!(resolve(&list, entries(), "c"), Ok(0.3));
        let short = [("vqe.params", "0.1")];
        assert!(resolve(&short, entries(), "c").unwrap_err().contains("`vqe.params` has 1 values"));
        assert!(resolve(&list, entries(), "d").unwrap_err().contains("has no value"));
    }

    #[test]
    fn circles_and_nonsense_are_named() {
        let circle = vec![("a", text("b")), ("b", text("c")), ("c", text("b"))];
        assert!(resolve(&[], circle, "a").unwrap_err().contains("`a` is circular"));
        assert!(resolve(&[], vec![("a", text("pi/2"))], "a").unwrap_err().contains("`pi/2`"));
        assert!(resolve(&[("param.a", "")], vec![], "a").unwrap_err().contains("option `param.a`"));
        assert!(resolve(&[], vec![("a", Entry::Unusable("true"))], "a").unwrap_err().contains("true"));
    }

    #[test]
    fn a_name_is_reported_and_listed_once() {
        let bindings = Bindings::from_options([("param.b", "2"), ("param.a", "b")]);
        let mut symbols = Symbols::new(&bindings, []);
        assert!(matches!(symbols.resolve("x"), Err(Some(_))));
        assert_eq!(symbols.resolve("x"), Err(None));
        for name in ["a", "b", "a", "b"] {
            assert_eq!(symbols.resolve(name), Ok(2.0));
        }
        assert_eq!(symbols.into_used(), [("a".to_owned(), 2.0), ("b".to_owned(), 2.0)]);
    }

    #[test]
    fn a_very_long_chain_is_followed_once() {
        let names: Vec<String> = (0..50_000).map(|index| format!("p{index}")).collect();
        let entries =
            names.windows(2).map(|pair| (pair[0].clone().into(), Entry::Text(pair[1].clone().into())));
        let bindings = Bindings::from_options([("param.p49999", "1")]);
        let mut symbols = Symbols::new(&bindings, entries.collect::<Vec<_>>());
        for name in &names {
            assert_eq!(symbols.resolve(name), Ok(1.0));
        }
    }
}

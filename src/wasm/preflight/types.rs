//! Two interfaces compared down to the innermost type, in words of their texts.

use std::collections::HashSet;

use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId};

/// Collects the differences between what the host has and what a component has.
pub(super) struct Comparison<'a> {
    ours: &'a Resolve,
    theirs: &'a Resolve,
    /// Pairs looked at: each type is compared once, however often it is used.
    seen: HashSet<(TypeId, TypeId)>,
    pub(super) differences: Vec<String>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(ours: &'a Resolve, theirs: &'a Resolve) -> Self {
        Self { ours, theirs, seen: HashSet::new(), differences: Vec::new() }
    }

    /// An exported interface must have every function of ours; more do no harm.
    pub(super) fn exported(&mut self, name: &str, ours: InterfaceId, theirs: InterfaceId) {
        let (ours, theirs) = (&self.ours.interfaces[ours], &self.theirs.interfaces[theirs]);
        for (function, wanted) in &ours.functions {
            match theirs.functions.get(function) {
                Some(found) => {
                    self.function(&format!("exports `{name}`, function `{function}`"), wanted, found);
                }
                None => self.differences.push(format!("exports `{name}` without the function `{function}`")),
            }
        }
    }

    /// An imported interface may use any part of ours, and nothing else.
    pub(super) fn imported(&mut self, name: &str, ours: InterfaceId, theirs: InterfaceId) {
        let (ours, theirs) = (&self.ours.interfaces[ours], &self.theirs.interfaces[theirs]);
        for (function, found) in &theirs.functions {
            match ours.functions.get(function) {
                Some(offered) => {
                    self.function(&format!("imports `{name}`, function `{function}`"), offered, found);
                }
                None => self.differences.push(format!(
                    "imports the function `{function}` of `{name}`, which this host does not have"
                )),
            }
        }
        for (ty, found) in &theirs.types {
            match ours.types.get(ty) {
                Some(offered) => {
                    self.compare(&format!("imports `{name}`"), Type::Id(*offered), Type::Id(*found));
                }
                None => self
                    .differences
                    .push(format!("imports the type `{ty}` of `{name}`, which this host does not have")),
            }
        }
    }

    fn function(&mut self, place: &str, ours: &Function, theirs: &Function) {
        if ours.params.len() != theirs.params.len() {
            let (want, have) = (ours.params.len(), theirs.params.len());
            self.differences.push(format!("{place}: it has {have} parameters, and {want} are wanted"));
            return;
        }
        for (want, have) in ours.params.iter().zip(&theirs.params) {
            if want.name != have.name {
                self.differences.push(format!(
                    "{place}: a parameter is called `{}`, and `{}` is wanted",
                    have.name, want.name
                ));
            }
            self.compare(&format!("{place}, parameter `{}`", want.name), want.ty, have.ty);
        }
        self.optional(&format!("{place}, result"), ours.result, theirs.result);
    }

    fn optional(&mut self, place: &str, ours: Option<Type>, theirs: Option<Type>) {
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => self.compare(place, ours, theirs),
            (None, None) => {}
            (ours, theirs) => {
                let shown = |side: &Resolve, ty: Option<Type>| {
                    ty.map_or_else(|| "nothing".to_owned(), |ty| shown(side, ty))
                };
                let (want, have) = (shown(self.ours, ours), shown(self.theirs, theirs));
                self.differences.push(format!("{place}: it is {have}, and {want} is wanted"));
            }
        }
    }

    fn compare(&mut self, place: &str, ours: Type, theirs: Type) {
        let (ours, theirs) = (plain(self.ours, ours), plain(self.theirs, theirs));
        let (Type::Id(our_id), Type::Id(their_id)) = (ours, theirs) else {
            if ours != theirs {
                self.differ(place, ours, theirs);
            }
            return;
        };
        if !self.seen.insert((our_id, their_id)) {
            return;
        }
        let place = match &self.ours.types[our_id].name {
            Some(name) => format!("{place}, type `{name}`"),
            None => place.to_owned(),
        };
        let (want, have) = (&self.ours.types[our_id].kind, &self.theirs.types[their_id].kind);
        match (want, have) {
            (TypeDefKind::Record(want), TypeDefKind::Record(have)) => {
                let names = |fields: &[wit_parser::Field]| {
                    fields.iter().map(|field| (field.name.clone(), Some(field.ty))).collect()
                };
                self.members(&place, "field", names(&want.fields), names(&have.fields));
            }
            (TypeDefKind::Variant(want), TypeDefKind::Variant(have)) => {
                let names = |cases: &[wit_parser::Case]| {
                    cases.iter().map(|case| (case.name.clone(), case.ty)).collect()
                };
                self.members(&place, "case", names(&want.cases), names(&have.cases));
            }
            (TypeDefKind::Enum(want), TypeDefKind::Enum(have)) => {
                let names = |cases: &[wit_parser::EnumCase]| {
                    cases.iter().map(|case| (case.name.clone(), None)).collect()
                };
                self.members(&place, "case", names(&want.cases), names(&have.cases));
            }
            (TypeDefKind::Flags(want), TypeDefKind::Flags(have)) => {
                let names =
                    |flags: &[wit_parser::Flag]| flags.iter().map(|flag| (flag.name.clone(), None)).collect();
                self.members(&place, "flag", names(&want.flags), names(&have.flags));
            }
            (TypeDefKind::Tuple(want), TypeDefKind::Tuple(have)) if want.types.len() == have.types.len() => {
                for (want, have) in want.types.iter().zip(&have.types) {
                    self.compare(&place, *want, *have);
                }
            }
            (TypeDefKind::Option(want), TypeDefKind::Option(have))
            | (TypeDefKind::List(want), TypeDefKind::List(have)) => {
                self.compare(&place, *want, *have);
            }
            (TypeDefKind::Result(want), TypeDefKind::Result(have)) => {
                self.optional(&place, want.ok, have.ok);
                self.optional(&format!("{place}, error"), want.err, have.err);
            }
            _ => self.differ(&place, ours, theirs),
        }
    }

    /// Fields or cases: their order counts in the binary interface.
    fn members(
        &mut self,
        place: &str,
        what: &str,
        ours: Vec<(String, Option<Type>)>,
        theirs: Vec<(String, Option<Type>)>,
    ) {
        let mut complete = true;
        for (name, ty) in &ours {
            if !theirs.iter().any(|(have, _)| have == name) {
                let of = ty.map_or_else(String::new, |ty| format!(" ({})", shown(self.ours, ty)));
                self.differences.push(format!("{place}: the {what} `{name}`{of} is missing"));
                complete = false;
            }
        }
        for (name, _) in &theirs {
            if !ours.iter().any(|(want, _)| want == name) {
                self.differences.push(format!("{place}: the {what} `{name}` is not known to this host"));
                complete = false;
            }
        }
        if !complete {
            return;
        }
        if ours.iter().map(|(name, _)| name).ne(theirs.iter().map(|(name, _)| name)) {
            self.differences.push(format!("{place}: the {what}s stand in another order"));
            return;
        }
        for ((name, want), (_, have)) in ours.into_iter().zip(theirs) {
            self.optional(&format!("{place}, {what} `{name}`"), want, have);
        }
    }

    fn differ(&mut self, place: &str, ours: Type, theirs: Type) {
        let (want, have) = (shown(self.ours, ours), shown(self.theirs, theirs));
        self.differences.push(format!("{place}: it is {have}, and {want} is wanted"));
    }
}

/// What an alias stands for.
fn plain(resolve: &Resolve, mut ty: Type) -> Type {
    while let Type::Id(id) = ty
        && let TypeDefKind::Type(inner) = &resolve.types[id].kind
    {
        ty = *inner;
    }
    ty
}

/// A type as its text has it; a named one by its name.
fn shown(resolve: &Resolve, ty: Type) -> String {
    let id = match plain(resolve, ty) {
        Type::Id(id) => id,
        Type::Bool => return "bool".to_owned(),
        Type::Char => return "char".to_owned(),
        Type::String => return "string".to_owned(),
        other => return format!("{other:?}").to_lowercase(),
    };
    let definition = &resolve.types[id];
    let optional = |ty: &Option<Type>| ty.map_or_else(|| "_".to_owned(), |ty| shown(resolve, ty));
    match (&definition.name, &definition.kind) {
        (Some(name), _) => format!("{} `{name}`", definition.kind.as_str()),
        (None, TypeDefKind::Option(inner)) => format!("option<{}>", shown(resolve, *inner)),
        (None, TypeDefKind::List(inner)) => format!("list<{}>", shown(resolve, *inner)),
        (None, TypeDefKind::Result(result)) => {
            format!("result<{}, {}>", optional(&result.ok), optional(&result.err))
        }
        (None, TypeDefKind::Tuple(tuple)) => {
            let inner: Vec<_> = tuple.types.iter().map(|ty| shown(resolve, *ty)).collect();
            format!("tuple<{}>", inner.join(", "))
        }
        (None, kind) => kind.as_str().to_owned(),
    }
}

//! The names a plan defines, where they stand, and whether anything uses them.

use std::cell::Cell;
use std::collections::BTreeMap;

use mistakes::Value;

use crate::Name;

/// The longest name.
const NAME_MAX: usize = 64;

/// Names of one kind, in the order defined.
#[derive(Default)]
pub(super) struct Book<'d> {
    entries: BTreeMap<Name, Entry<'d>>,
}

struct Entry<'d> {
    index: usize,
    /// Where it is defined in the plan; elsewhere for built-in ones and the config's.
    place: Option<Value<'d>>,
    used: Cell<bool>,
}

impl<'d> Book<'d> {
    pub(super) fn define(&mut self, name: Name, index: usize, place: Option<Value<'d>>) {
        self.entries.insert(name, Entry { index, place, used: Cell::new(false) });
    }

    pub(super) fn get(&self, name: &str) -> Option<usize> {
        let entry = self.entries.get(name)?;
        entry.used.set(true);
        Some(entry.index)
    }

    /// What a value names; an unknown name is noted with the nearest.
    pub(super) fn look_up(&self, what: &str, value: Value<'_>) -> Option<usize> {
        let name = value.text()?;
        let found = self.get(name);
        if found.is_none() {
            value.unknown(what, name, self.entries.keys().map(AsRef::as_ref));
        }
        found
    }

    /// The one that is defined, if there is exactly one.
    pub(super) fn only(&self) -> Option<usize> {
        self.entries.values().next().filter(|_| self.entries.len() == 1).map(|entry| entry.index)
    }

    pub(super) fn place(&self, name: &str) -> Option<Value<'d>> {
        self.entries.get(name).and_then(|entry| entry.place)
    }

    fn warn_of_unused(&self, what: &str) {
        for (name, entry) in &self.entries {
            if let (Some(place), false) = (entry.place, entry.used.get()) {
                place.warn(format!("{what} `{name}` is used by nothing"));
            }
        }
    }
}

/// Every name of a plan.
#[derive(Default)]
pub(super) struct Names<'d> {
    pub(super) numberings: Book<'d>,
    pub(super) trunks: Book<'d>,
    pub(super) lists: Book<'d>,
    pub(super) reroutes: Book<'d>,
    pub(super) routes: Book<'d>,
    pub(super) rules: Book<'d>,
    /// Where each rule's id stands, in the order of the rules.
    pub(super) rule_places: Vec<Value<'d>>,
}

impl Names<'_> {
    pub(super) fn trunk_numbers(&self) -> BTreeMap<Name, u16> {
        let entries = self.trunks.entries.iter();
        entries.filter_map(|(name, entry)| Some((name.clone(), u16::try_from(entry.index).ok()?))).collect()
    }

    pub(super) fn warn_of_unused(&self) {
        self.routes.warn_of_unused("route");
        self.lists.warn_of_unused("list");
        self.reroutes.warn_of_unused("reroute");
    }
}

/// A name as users may give one: letters, digits, `-`, `_`, `.`, `/`.
pub(super) fn read_name(value: Value<'_>) -> Option<Name> {
    let text = value.text()?;
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    if text.is_empty() || text.chars().count() > NAME_MAX || !text.chars().all(fits) {
        let expected = "letters, digits, `-`, `_`, `.` and `/`, at most 64 of them";
        value.complain_expected("this cannot be a name", expected);
        return None;
    }
    if text == NONE {
        value.complain_expected("`none` is kept for «no rule» in tests", "another name");
        return None;
    }
    Some(text.into())
}

/// What a test writes where it expects that no rule matches.
pub(super) const NONE: &str = "none";

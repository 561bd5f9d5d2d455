//! A value in the tree: walking it, and noting what is wrong with it.

use crate::document::{Document, Kind, Node, Place};
use crate::mistake::{Mistakes, Severity};
use crate::nearest::{nearest, one_of};

/// A value where it stands in its document; copies freely.
#[derive(Clone, Copy, Debug)]
pub struct Value<'d> {
    pub(crate) document: &'d Document<'d>,
    pub(crate) node: usize,
}

impl<'d> Value<'d> {
    pub(crate) fn get(self) -> Option<&'d Node<'d>> {
        self.document.nodes.get(self.node)
    }

    fn place(self) -> Place {
        self.get().map(|node| node.place).unwrap_or_default()
    }

    /// The line it stands on, counted from 1.
    #[must_use]
    pub fn line(self) -> u32 {
        self.place().line
    }

    /// The column it starts at, in characters counted from 1.
    #[must_use]
    pub fn column(self) -> u32 {
        self.place().column
    }

    /// The document it stands in.
    #[must_use]
    pub fn document(self) -> &'d Document<'d> {
        self.document
    }

    /// The list this document's mistakes go to.
    #[must_use]
    pub fn mistakes(self) -> &'d Mistakes {
        self.document.mistakes
    }

    /// Whether it is a map (to choose between a short and a long form before reading).
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.get().map(|node| &node.kind), Some(Kind::Map(_)))
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self.get().map(|node| &node.kind), Some(Kind::List(_)))
    }

    /// Whether it is a list without items.
    #[must_use]
    pub fn is_empty_list(self) -> bool {
        matches!(self.get().map(|node| &node.kind), Some(Kind::List(items)) if items.is_empty())
    }

    /// The scalar as written, whatever it is; silent.
    #[must_use]
    pub fn scalar(self) -> Option<&'d str> {
        match self.get().map(|node| &node.kind) {
            Some(Kind::Scalar { text, .. }) => Some(text),
            Some(Kind::List(_) | Kind::Map(_) | Kind::Broken) | None => None,
        }
    }

    /// Whether nothing is written here (`key:` with nothing after it, or `~` or `null`).
    #[must_use]
    pub fn is_nothing(self) -> bool {
        matches!(
            self.get().map(|node| &node.kind),
            Some(Kind::Scalar { text, quoted: false }) if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL")
        )
    }

    /// A map with exactly these fields: every other is noted as unknown, with the nearest of them.
    pub fn map(self, fields: &[&str]) -> Option<Map<'d>> {
        let entries = self.entries()?;
        let mut misspelt = false;
        for (key, _) in &entries {
            let Some(name) = key.scalar() else { continue };
            if !fields.contains(&name) {
                key.unknown("field", name, fields.iter().copied());
                misspelt = true;
            }
        }
        Some(Map { value: self, entries, misspelt })
    }

    /// The entries of a map whose keys are the user's own names, in the order written.
    #[must_use]
    pub fn entries(self) -> Option<Vec<(Value<'d>, Value<'d>)>> {
        match &self.get()?.kind {
            Kind::Map(entries) => {
                Some(entries.iter().map(|(key, value)| (self.sibling(*key), self.sibling(*value))).collect())
            }
            Kind::Scalar { .. } | Kind::List(_) | Kind::Broken => {
                self.not_a("a map (`name: value`)");
                None
            }
        }
    }

    /// The items of a list, in order.
    pub fn items(self) -> Option<Vec<Value<'d>>> {
        match &self.get()?.kind {
            Kind::List(items) => Some(items.iter().map(|item| self.sibling(*item)).collect()),
            Kind::Scalar { .. } | Kind::Map(_) | Kind::Broken => {
                self.not_a("a list (`[a, b]`)");
                None
            }
        }
    }

    /// A list read item by item; items with mistakes are left out.
    pub fn list<T>(self, read: impl FnMut(Value<'d>) -> Option<T>) -> Option<Vec<T>> {
        Some(self.items()?.into_iter().filter_map(read).collect())
    }

    /// A list, or a single value standing for a list of one.
    pub fn one_or_more<T>(self, mut read: impl FnMut(Value<'d>) -> Option<T>) -> Option<Vec<T>> {
        if self.is_list() { self.list(read) } else { Some(vec![read(self)?]) }
    }

    fn sibling(self, node: usize) -> Value<'d> {
        Value { document: self.document, node }
    }

    /// Notes that another kind of value is wanted here; silent where the text itself was broken.
    pub(crate) fn not_a(self, expected: &str) {
        let what = match self.get().map(|node| &node.kind) {
            Some(Kind::Broken) | None => return,
            Some(Kind::List(_)) => "a list stands here".to_owned(),
            Some(Kind::Map(_)) => "a map stands here".to_owned(),
            Some(Kind::Scalar { .. }) if self.is_nothing() => {
                let swallowed = self.document.rest_of_line(self.place());
                match swallowed.find('#').and_then(|at| swallowed.get(at..)) {
                    Some(comment) if comment.len() > 1 && !comment.starts_with("# ") => {
                        let message = "nothing is written here: `#` without quotes begins a comment";
                        let code: String = comment.chars().take_while(|c| !c.is_whitespace()).collect();
                        self.complain_expected(message, &format!("\"{code}\" in quotes, if it was meant"));
                        return;
                    }
                    Some(_) | None => "nothing is written here".to_owned(),
                }
            }
            Some(Kind::Scalar { text, .. }) => format!("`{}` stands here", shorten(text)),
        };
        self.complain_expected(&what, expected);
    }

    /// Notes that something is wrong with this value.
    pub fn complain(self, message: impl Into<String>) {
        self.document.note(Severity::Mistake, self.place(), message.into(), None, None);
    }

    /// Notes what is wrong with this value and what would have been right.
    pub fn complain_expected(self, message: &str, expected: &str) {
        let (message, expected) = (message.to_owned(), Some(expected.to_owned()));
        self.document.note(Severity::Mistake, self.place(), message, expected, None);
    }

    /// Notes what is wrong at the `offset`th character of this scalar (one within quotes is found).
    pub fn complain_at(self, offset: usize, message: &str, expected: &str) {
        let place = self.place();
        let quote = matches!(self.get().map(|node| &node.kind), Some(Kind::Scalar { quoted: true, .. }));
        let inside = u32::try_from(offset).unwrap_or(0).saturating_add(u32::from(quote));
        let place = if inside < place.length {
            Place { column: place.column.saturating_add(inside), length: 1, ..place }
        } else {
            place
        };
        let (message, expected) = (message.to_owned(), Some(expected.to_owned()));
        self.document.note(Severity::Mistake, place, message, expected, None);
    }

    /// Notes that no such `what` is known, with the nearest that is and, if they are few, all of them.
    pub fn unknown<'k>(self, what: &str, name: &str, known: impl IntoIterator<Item = &'k str>) {
        let known: Vec<&str> = known.into_iter().collect();
        let near = nearest(name, known.iter().copied()).map(str::to_owned);
        let expected = (known.len() <= 16).then(|| match known.len() {
            0 => format!("a {what} that is defined; there is none"),
            _ => one_of(known),
        });
        let message = format!("unknown {what} `{}`", shorten(name));
        self.document.note(Severity::Mistake, self.place(), message, expected, near);
    }

    /// Notes something that can hardly be meant, without stopping the load.
    pub fn warn(self, message: impl Into<String>) {
        self.document.note(Severity::Warning, self.place(), message.into(), None, None);
    }
}

/// A map with known fields.
#[derive(Clone, Debug)]
pub struct Map<'d> {
    value: Value<'d>,
    entries: Vec<(Value<'d>, Value<'d>)>,
    misspelt: bool,
}

impl<'d> Map<'d> {
    /// The map itself, to note mistakes about the whole.
    #[must_use]
    pub fn value(&self) -> Value<'d> {
        self.value
    }

    /// Whether a field was unknown, so that one that seems missing may only be misspelt.
    #[must_use]
    pub fn misspelt(&self) -> bool {
        self.misspelt
    }

    /// A field's value as it stands, if it is written; silent.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<Value<'d>> {
        self.entries.iter().find(|(key, _)| key.scalar() == Some(field)).map(|(_, value)| *value)
    }

    /// A field's name where it stands, to note mistakes about its presence.
    #[must_use]
    pub fn key(&self, field: &str) -> Option<Value<'d>> {
        self.entries.iter().find(|(key, _)| key.scalar() == Some(field)).map(|(key, _)| *key)
    }

    /// A field that must be there.
    pub fn required<T>(&self, field: &str, read: impl FnOnce(Value<'d>) -> Option<T>) -> Option<T> {
        let Some(value) = self.get(field) else {
            self.value.complain(format!("`{field}` is missing"));
            return None;
        };
        read(value)
    }

    /// A field that may be left out; written without a value it is a mistake (a `#` may have swallowed it).
    pub fn optional<T>(&self, field: &str, read: impl FnOnce(Value<'d>) -> Option<T>) -> Option<T> {
        let value = self.get(field)?;
        if value.is_nothing() {
            value.not_a("a value, or no such field");
            return None;
        }
        read(value)
    }
}

/// A user's text as quoted in a message: printable and of bounded length.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let mut shown: String =
        text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

//! A YAML text as a tree in which every node knows its line, its column and whether it was quoted.
//!
//! It reads the event stream of granit-parser (the parser beneath serde-saphyr) rather than going through
//! serde: a user's every mistake is wanted, and serde stops at the first; digits must be seen as they were
//! written, and serde has made a number of them by then. Budgets bound what any text can cost: bytes, depth,
//! and nodes counted as if every alias were written out (so a "billion laughs" is refused while it is read).

use std::borrow::Cow;

use crate::mistake::{Mistake, Mistakes, Severity};
use crate::tree::Tree;
use crate::value::Value;

/// The deepest nesting of lists and maps.
pub const DEPTH_MAX: usize = 32;

/// How large a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Its length in bytes.
    pub bytes: usize,
    /// The values it may hold, each alias counted as what it stands for.
    pub values: u64,
}

impl Default for Limits {
    /// 4 MiB and 100,000 values: far above any config written by hand.
    fn default() -> Self {
        Self { bytes: 4 << 20, values: 100_000 }
    }
}

/// How many characters of a line a snippet shows.
const SNIPPET_MAX: usize = 120;

/// A parsed text, with the list its mistakes go to.
#[derive(Debug)]
pub struct Document<'t> {
    pub(crate) file: &'t str,
    pub(crate) text: &'t str,
    pub(crate) nodes: Vec<Node<'t>>,
    root: usize,
    pub(crate) mistakes: &'t Mistakes,
}

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) place: Place,
    /// How many nodes it stands for when every alias is written out.
    pub(crate) weight: u64,
    /// How many levels of lists and maps it holds, itself included.
    pub(crate) height: usize,
}

/// Where something stands in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) byte: usize,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) length: u32,
}

#[derive(Debug)]
pub(crate) enum Kind<'t> {
    Scalar {
        text: Cow<'t, str>,
        quoted: bool,
    },
    List(Vec<usize>),
    Map(Vec<(usize, usize)>),
    /// Stands where the text was wrong; the mistake is noted already, readers stay silent.
    Broken,
}

impl<'t> Document<'t> {
    /// Reads `text`, noting what is wrong in `mistakes`; `None` when nothing of it can be understood.
    #[must_use]
    pub fn parse(file: &'t str, text: &'t str, mistakes: &'t Mistakes) -> Option<Self> {
        Self::parse_within(Limits::default(), file, text, mistakes)
    }

    /// The same with other limits.
    #[must_use]
    pub fn parse_within(
        limits: Limits,
        file: &'t str,
        text: &'t str,
        mistakes: &'t Mistakes,
    ) -> Option<Self> {
        let mut document = Self { file, text, nodes: Vec::new(), root: 0, mistakes };
        if text.len() > limits.bytes {
            let message = format!("the text is {} bytes long, more than {}", text.len(), limits.bytes);
            mistakes.push(Mistake::about_file(file, message));
            return None;
        }
        let root = Tree::new(&mut document, limits.values).grow()?;
        document.root = root;
        Some(document)
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value { document: self, node: self.root }
    }

    /// The file's name as given.
    #[must_use]
    pub fn file(&self) -> &str {
        self.file
    }

    /// The list its mistakes go to.
    #[must_use]
    pub fn mistakes(&self) -> &Mistakes {
        self.mistakes
    }

    /// Notes a remark at a place, with its line as the snippet.
    pub(crate) fn note(
        &self,
        severity: Severity,
        place: Place,
        message: String,
        expected: Option<String>,
        nearest: Option<String>,
    ) {
        let byte = place.byte.min(self.text.len());
        let before = self.text.get(..byte).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let caret = (place.column as usize).saturating_sub(1);
        let skipped = if caret + 20 > SNIPPET_MAX { caret - SNIPPET_MAX / 2 } else { 0 };
        let snippet: String = line
            .chars()
            .skip(skipped)
            .take(SNIPPET_MAX)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let caret = caret - skipped;
        let room = snippet.chars().count().saturating_sub(caret).max(1);
        self.mistakes.push(Mistake {
            severity,
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            length: place.length.clamp(1, u32::try_from(room).unwrap_or(1)),
            message,
            expected,
            nearest,
            snippet: snippet.trim_end().to_owned(),
            caret: u32::try_from(caret).unwrap_or(0),
        });
    }

    /// The rest of the line after a place, to tell what a stray `#` swallowed.
    pub(crate) fn rest_of_line(&self, place: Place) -> &'t str {
        self.text.get(place.byte..).unwrap_or_default().lines().next().unwrap_or_default()
    }
}

//! Growing the tree out of the parser's events, within the budgets.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span};

use crate::document::{DEPTH_MAX, Document, Kind, Node, Place};
use crate::mistake::{Mistake, Severity};

/// The tree while it grows out of the parser's events.
pub(crate) struct Tree<'d, 't> {
    document: &'d mut Document<'t>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, usize>,
    weight: u64,
    weight_max: u64,
    root: Option<usize>,
}

/// A list or map whose end has not come yet.
struct Open {
    node: usize,
    /// A map's key that waits for its value.
    key: Option<usize>,
}

impl<'d, 't> Tree<'d, 't> {
    pub(crate) fn new(document: &'d mut Document<'t>, weight_max: u64) -> Self {
        Self { document, open: Vec::new(), anchors: BTreeMap::new(), weight: 0, weight_max, root: None }
    }

    /// Reads every event; the root's index, or `None` once something makes the rest meaningless.
    pub(crate) fn grow(mut self) -> Option<usize> {
        let options = granit_parser::options! {
            disallow_directives: true,
            emit_unresolved_aliases: true,
            emit_comments: false,
            flow_nesting_limit: DEPTH_MAX + 1,
            block_nesting_limit: DEPTH_MAX + 1,
        };
        let text = self.document.text;
        for next in Parser::new_from_str_with_options(text, options) {
            match next {
                Ok((event, span)) => self.take(event, &span)?,
                Err(error) => {
                    self.syntax(&error);
                    return None;
                }
            }
        }
        if self.root.is_none() {
            let file = self.document.file;
            self.document.mistakes.push(Mistake::about_file(file, "the file is empty"));
        }
        self.root
    }

    fn take(&mut self, event: Event<'t>, span: &Span) -> Option<()> {
        let place = place(span);
        if event.tag().is_some() {
            let message = "YAML tags (`!…`) mean nothing here".to_owned();
            self.note(place, message, Some("the plain value".to_owned()));
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let quoted = !matches!(style, ScalarStyle::Plain);
                self.add(Kind::Scalar { text, quoted }, place, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.enter(Kind::List(Vec::new()), place, anchor),
            Event::MappingStart(_, anchor, _) => self.enter(Kind::Map(Vec::new()), place, anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                self.leave();
                Some(())
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::UnresolvedAlias(name) => {
                let message =
                    format!("`*{name}` without quotes is a YAML alias, and no anchor `&{name}` exists");
                self.note(place, message, Some(format!("\"*{name}\" in quotes")));
                self.add(Kind::Broken, place, 0)
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                self.note(place, "a second document begins here".to_owned(), Some("one a file".to_owned()));
                None
            }
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::Comment(..) => Some(()),
            _ => {
                self.note(place, "YAML that is not understood here".to_owned(), None);
                None
            }
        }
    }

    fn enter(&mut self, kind: Kind<'t>, place: Place, anchor: usize) -> Option<()> {
        if self.open.len() >= DEPTH_MAX {
            self.note(place, format!("nested deeper than {DEPTH_MAX} levels"), None);
            return None;
        }
        let node = self.document.nodes.len();
        self.add(kind, Place { length: 1, ..place }, anchor)?;
        self.open.push(Open { node, key: None });
        Some(())
    }

    /// Closes the innermost list or map and adds up what it stands for.
    fn leave(&mut self) {
        let Some(Open { node, .. }) = self.open.pop() else { return };
        self.refuse_duplicates(node);
        let nodes = &self.document.nodes;
        let inside: Vec<usize> = match nodes.get(node).map(|node| &node.kind) {
            Some(Kind::List(items)) => items.clone(),
            Some(Kind::Map(entries)) => entries.iter().flat_map(|(key, value)| [*key, *value]).collect(),
            Some(Kind::Scalar { .. } | Kind::Broken) | None => Vec::new(),
        };
        let inside = inside.iter().filter_map(|node| nodes.get(*node));
        let (weight, height) = inside.fold((1u64, 0), |(weight, height), node| {
            (weight.saturating_add(node.weight), height.max(node.height))
        });
        if let Some(node) = self.document.nodes.get_mut(node) {
            (node.weight, node.height) = (weight, height + 1);
        }
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Option<()> {
        let target = self.anchors.get(&anchor).copied();
        let within = target.is_some_and(|target| self.open.iter().any(|open| open.node == target));
        let (Some(target), false) = (target, within) else {
            self.note(place, "this alias stands inside what it stands for".to_owned(), None);
            return None;
        };
        let (weight, height) =
            self.document.nodes.get(target).map_or((1, 0), |node| (node.weight, node.height));
        if self.open.len() + height > DEPTH_MAX {
            self.note(place, format!("nested deeper than {DEPTH_MAX} levels"), None);
            return None;
        }
        self.spend(weight, place)?;
        self.attach(target, place)
    }

    fn add(&mut self, kind: Kind<'t>, place: Place, anchor: usize) -> Option<()> {
        self.spend(1, place)?;
        let node = self.document.nodes.len();
        self.document.nodes.push(Node { kind, place, weight: 1, height: 0 });
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        self.attach(node, place)
    }

    fn spend(&mut self, weight: u64, place: Place) -> Option<()> {
        self.weight = self.weight.saturating_add(weight);
        if self.weight > self.weight_max {
            let message =
                format!("more than {} values (aliases counted as what they stand for)", self.weight_max);
            self.note(place, message, Some("large tables in a file of their own".to_owned()));
            return None;
        }
        Some(())
    }

    /// Hangs a node where it belongs: as root, list item, key or value.
    fn attach(&mut self, node: usize, place: Place) -> Option<()> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Some(());
        };
        let container = self.document.nodes.get_mut(parent.node).map(|node| &mut node.kind);
        match container {
            Some(Kind::List(items)) => items.push(node),
            Some(Kind::Map(entries)) => match parent.key.take() {
                None => parent.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Some(Kind::Scalar { .. } | Kind::Broken) | None => {
                self.note(place, "a value stands where none can".to_owned(), None);
                return None;
            }
        }
        Some(())
    }

    /// Notes every key that a map holds twice, and keeps the first.
    fn refuse_duplicates(&mut self, map: usize) {
        let mut first: BTreeMap<&str, Place> = BTreeMap::new();
        let mut again: Vec<(usize, Place, String, u32)> = Vec::new();
        if let Some(Node { kind: Kind::Map(entries), .. }) = self.document.nodes.get(map) {
            for (index, (key, _)) in entries.iter().enumerate() {
                let Some(Node { kind: Kind::Scalar { text, .. }, place, .. }) = self.document.nodes.get(*key)
                else {
                    continue;
                };
                match first.get(text.as_ref()) {
                    Some(before) => again.push((index, *place, text.to_string(), before.line)),
                    None => {
                        first.insert(text, *place);
                    }
                }
            }
        }
        for (_, place, key, line) in &again {
            let message = format!("`{key}` is written twice");
            self.note(*place, message, Some(format!("once; it stands on line {line} already")));
        }
        if let Some(Node { kind: Kind::Map(entries), .. }) = self.document.nodes.get_mut(map) {
            for (index, ..) in again.iter().rev() {
                entries.remove(*index);
            }
        }
    }

    fn note(&self, place: Place, message: String, expected: Option<String>) {
        self.document.note(Severity::Mistake, place, message, expected, None);
    }

    /// What the parser refused, with the remedy where the slip is a usual one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser knows eighty ways to be wrong")]
    fn syntax(&self, error: &ScanError) {
        let mark = error.marker();
        let byte = mark.byte_offset().unwrap_or_else(|| self.byte_of(mark.index()));
        let place = Place { byte, line: narrow(mark.line()), column: narrow(mark.col() + 1), length: 1 };
        let rest = self.document.rest_of_line(place);
        let (message, expected): (String, Option<&str>) = match error.kind() {
            ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation => {
                ("a tab cannot indent YAML".to_owned(), Some("spaces"))
            }
            ErrorKind::RecursionLimitExceeded => (format!("nested deeper than {DEPTH_MAX} levels"), None),
            ErrorKind::DirectiveDisallowed => ("YAML directives mean nothing here".to_owned(), None),
            ErrorKind::MissingAnchorOrAliasName if rest.starts_with('*') => (
                "`*` without quotes begins a YAML alias".to_owned(),
                Some("a feature code or pattern in quotes, such as \"*21#\""),
            ),
            ErrorKind::UnknownQuotedScalarEscape => (
                "this escape means nothing in double quotes".to_owned(),
                Some("`\\\\` for a backslash, or single quotes"),
            ),
            ErrorKind::UnclosedQuotedScalar => {
                ("this quoted text never ends".to_owned(), Some("a closing quote"))
            }
            ErrorKind::UnclosedFlowCollection { open } => {
                (format!("this `{open}` is never closed"), Some("its closing bracket"))
            }
            _ => (format!("not YAML: {}", error.info()), None),
        };
        self.note(place, message, expected.map(str::to_owned));
    }

    /// The byte at which a character of the text stands.
    fn byte_of(&self, character: usize) -> usize {
        let text = self.document.text;
        text.char_indices().nth(character).map_or(text.len(), |(byte, _)| byte)
    }
}

fn place(span: &Span) -> Place {
    let length = if span.end.line() == span.start.line() {
        span.end.col().saturating_sub(span.start.col())
    } else {
        1
    };
    Place {
        byte: span.start.byte_offset().unwrap_or(0),
        line: narrow(span.start.line()),
        column: narrow(span.start.col() + 1),
        length: narrow(length),
    }
}

/// Lines and columns fit: the text is at most [`crate::Limits::bytes`] long.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

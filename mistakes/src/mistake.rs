//! One mistake with its place and its remedy, and the list in which they gather.

use std::cell::RefCell;
use std::fmt;

use serde::Serialize;

/// How many mistakes are kept; beyond it they are only counted.
pub const MISTAKES_MAX: usize = 200;
/// How much of a plain text's line is shown.
const LINE_SHOWN_MAX: usize = 80;

/// Whether a remark stops the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used.
    Mistake,
    /// The file can be used, but something in it can hardly be meant.
    Warning,
}

/// Something a user wrote wrongly, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Whether it stops the load.
    pub severity: Severity,
    /// The file as the user named it.
    pub file: String,
    /// Line, counted from 1; 0 when it concerns the file as a whole.
    pub line: u32,
    /// Column in characters, counted from 1; 0 when it concerns the file as a whole.
    pub column: u32,
    /// How many characters it spans.
    pub length: u32,
    /// What is wrong, as a fact.
    pub message: String,
    /// What would have been right.
    pub expected: Option<String>,
    /// The known word nearest to the one written.
    pub nearest: Option<String>,
    /// The line itself, cut to a readable length.
    pub snippet: String,
    /// Where in `snippet` the caret goes, in characters counted from 0.
    #[serde(skip)]
    pub(crate) caret: u32,
}

impl Mistake {
    /// A mistake about a file as a whole: it cannot be read, it is too large.
    #[must_use]
    pub fn about_file(file: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Mistake,
            file: file.to_owned(),
            line: 0,
            column: 0,
            length: 0,
            message: message.into(),
            expected: None,
            nearest: None,
            snippet: String::new(),
            caret: 0,
        }
    }

    /// A mistake in a plain text that is read line by line, such as a list of prefixes; `line` counts from 1.
    #[must_use]
    pub fn in_line(
        file: &str,
        line: usize,
        content: &str,
        message: impl Into<String>,
        expected: &str,
    ) -> Self {
        let snippet: String = content
            .trim()
            .chars()
            .take(LINE_SHOWN_MAX)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        Self {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: 1,
            length: u32::try_from(snippet.chars().count()).unwrap_or(1),
            expected: Some(expected.to_owned()),
            snippet,
            ..Self::about_file(file, message)
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Mistake => "mistake",
            Severity::Warning => "warning",
        };
        writeln!(f, "{word}: {}", self.message)?;
        let gutter = self.line.to_string().len();
        if self.line == 0 {
            writeln!(f, "{:gutter$}--> {}", "", self.file)?;
        } else {
            writeln!(f, "{:gutter$}--> {}:{}:{}", "", self.file, self.line, self.column)?;
            writeln!(f, "{:gutter$} |", "")?;
            writeln!(f, "{} | {}", self.line, self.snippet)?;
            let caret = self.caret as usize;
            let carets = "^".repeat(self.length.max(1) as usize);
            writeln!(f, "{:gutter$} | {:caret$}{carets}", "", "")?;
        }
        if let Some(expected) = &self.expected {
            writeln!(f, "{:gutter$} = expected: {expected}", "")?;
        }
        if let Some(nearest) = &self.nearest {
            writeln!(f, "{:gutter$} = did you mean `{nearest}`?", "")?;
        }
        Ok(())
    }
}

/// Where mistakes gather while a file is read: appended to through a shared reference, taken at the end.
#[derive(Debug, Default)]
pub struct Mistakes {
    found: RefCell<Found>,
}

#[derive(Debug, Default)]
struct Found {
    kept: Vec<Mistake>,
    beyond: usize,
    errors: usize,
}

impl Mistakes {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one more.
    pub fn push(&self, mistake: Mistake) {
        let mut found = self.found.borrow_mut();
        found.errors += usize::from(mistake.severity == Severity::Mistake);
        if found.kept.len() < MISTAKES_MAX {
            found.kept.push(mistake);
        } else {
            found.beyond += 1;
        }
    }

    /// How many so far stop the load (warnings do not).
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.borrow().errors
    }

    /// Whether nothing so far stops the load.
    #[must_use]
    pub fn none(&self) -> bool {
        self.count() == 0
    }

    /// All of them, by file and place; when there were more than [`MISTAKES_MAX`], a last one says how many.
    #[must_use]
    pub fn into_vec(self) -> Vec<Mistake> {
        let Found { mut kept, beyond, .. } = self.found.into_inner();
        kept.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        if beyond > 0 {
            let file = kept.last().map_or(String::new(), |last| last.file.clone());
            kept.push(Mistake::about_file(&file, format!("and {beyond} more mistakes")));
        }
        kept
    }
}

//! What a command says: results on standard output, everything else on standard error.

use std::io::{self, Write};

use serde::Serialize;

/// Says things as text or as JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Say {
    pub(super) json: bool,
}

impl Say {
    /// The result: an object for programs, or text for people.
    pub(super) fn result(self, object: &impl Serialize, text: impl FnOnce() -> String) {
        if self.json {
            match serde_json::to_string(object) {
                Ok(line) => self.text(&(line + "\n")),
                Err(why) => self.wrong(&why.to_string()),
            }
        } else {
            self.text(&text());
        }
    }

    /// Text as it is.
    pub(super) fn text(self, text: &str) {
        write(&mut io::stdout().lock(), text);
    }

    /// What went wrong, in one line.
    pub(super) fn wrong(self, what: &str) {
        write(&mut io::stderr().lock(), &format!("tandem: {what}\n"));
    }

    /// Text beside the result: mistakes, remarks.
    pub(super) fn aside(self, text: &str) {
        write(&mut io::stderr().lock(), text);
    }
}

/// Who reads may have gone, as with `| head`: then there is nobody to tell.
fn write(to: &mut impl Write, text: &str) {
    let _read = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

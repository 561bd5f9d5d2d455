//! What the sides of a call said to each other, and its drawing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most steps a call's ladder keeps; later ones are only counted.
pub const STEPS_MAX: usize = 200;

/// The steps of one call in the order they happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The steps.
    pub steps: Vec<Step>,
    /// Steps beyond [`STEPS_MAX`].
    pub left_off: u64,
}

/// One message between a side and the gateway, or a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Milliseconds since the call arrived.
    pub at_ms: u64,
    /// Who said it.
    pub from: Lane,
    /// To whom.
    pub to: Lane,
    /// What, in the words of the protocol: `INVITE`, `180 Ringing`, `SETUP 10xx`.
    pub what: String,
}

/// A column of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The calling side.
    Caller,
    /// The gateway.
    Gateway,
    /// The called side.
    Callee,
}

impl Ladder {
    /// One more step, or one more left off.
    pub fn add(&mut self, step: Step) {
        if self.steps.len() < STEPS_MAX {
            self.steps.push(step);
        } else {
            self.left_off = self.left_off.saturating_add(1);
        }
    }
}

/// Columns between two lanes.
const GAP: usize = 34;

impl fmt::Display for Ladder {
    /// Three lanes and an arrow a line, with the time on the left.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>9}  {:<GAP$}{:<GAP$}callee", "", "caller", "gateway")?;
        for step in &self.steps {
            write!(f, "{:>6} ms  ", step.at_ms)?;
            let what: String = step.what.chars().take(GAP - 6).collect();
            let right = |f: &mut fmt::Formatter<'_>| write!(f, "|{:─^1$}>", format!(" {what} "), GAP - 2);
            let left = |f: &mut fmt::Formatter<'_>| write!(f, "|<{:─^1$}", format!(" {what} "), GAP - 2);
            let pass = |f: &mut fmt::Formatter<'_>| write!(f, "|{:1$}", "", GAP - 1);
            match (step.from, step.to) {
                (Lane::Caller, Lane::Gateway) => right(f).and_then(|()| pass(f))?,
                (Lane::Gateway, Lane::Caller) => left(f).and_then(|()| pass(f))?,
                (Lane::Gateway, Lane::Callee) => pass(f).and_then(|()| right(f))?,
                (Lane::Callee, Lane::Gateway) => pass(f).and_then(|()| left(f))?,
                (Lane::Caller, Lane::Callee) => right(f).and_then(|()| right(f))?,
                (Lane::Callee, Lane::Caller) => left(f).and_then(|()| left(f))?,
                (Lane::Caller, Lane::Caller)
                | (Lane::Gateway, Lane::Gateway)
                | (Lane::Callee, Lane::Callee) => {
                    write!(f, "|{:·^1$}", format!(" {what} "), 2 * GAP - 1)?;
                }
            }
            writeln!(f, "|")?;
        }
        if self.left_off > 0 {
            writeln!(f, "{:>9}  and {} more steps", "", self.left_off)?;
        }
        Ok(())
    }
}

//! A ladder drawn from the wires: a lane for each party, an arrow for each message.

use std::time::Duration;

/// Columns between two lanes.
const GAP: usize = 42;

/// One message, or a note at a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it was sent.
    pub at: Duration,
    /// Who sent it.
    pub from: String,
    /// To whom; the same for a note.
    pub to: String,
    /// What it says.
    pub label: String,
    /// It never arrives.
    pub lost: bool,
}

/// The ladder of everything that happened.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    steps: Vec<Step>,
}

impl Ladder {
    /// Adds a step.
    pub fn add(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// The drawing: lanes in the order of `parties`, without those that never took part.
    pub fn draw(&self, parties: &[String]) -> String {
        let there =
            |party: &&String| self.steps.iter().any(|step| step.from == **party || step.to == **party);
        let lanes: Vec<&String> = parties.iter().filter(there).collect();
        let mut out = String::new();
        let head: String = lanes.iter().map(|lane| format!("{lane:<GAP$}")).collect();
        out += &format!("{:>10}  {}\n", "", head.trim_end());
        for step in &self.steps {
            out += &format!("{:>10}  {}\n", clock(step.at), row(step, &lanes).trim_end());
        }
        out
    }
}

fn row(step: &Step, lanes: &[&String]) -> String {
    let place = |name: &str| lanes.iter().position(|lane| *lane == name).unwrap_or_default();
    let (from, to) = (place(&step.from), place(&step.to));
    let (left, right) = (from.min(to), from.max(to));
    let mut row = String::new();
    for lane in 0..lanes.len() {
        row.push('|');
        if lane == left && left != right {
            // An arrow may pass over lanes between: then it is as long as they are apart.
            row += &arrow(&step.label, (right - left) * GAP - 1, from < to, step.lost);
        } else if lane == left && left == right {
            row += &format!(" {}", step.label);
            return row;
        } else if lane + 1 < lanes.len() && !(left..right).contains(&lane) {
            row += &" ".repeat(GAP - 1);
        }
        if (left..right).contains(&lane) && lane != left {
            row.pop();
        }
    }
    row
}

fn arrow(label: &str, length: usize, rightwards: bool, lost: bool) -> String {
    let head = match (lost, rightwards) {
        (true, _) => 'x',
        (false, true) => '>',
        (false, false) => '<',
    };
    let label: String = label.chars().take(length - 4).collect();
    let rest = length - 1 - label.chars().count() - 2;
    let (before, after) = (rest / 2, rest - rest / 2);
    let shaft = format!("{} {label} {}", "-".repeat(before), "-".repeat(after));
    if rightwards { format!("{shaft}{head}") } else { format!("{head}{shaft}") }
}

/// Seconds with their milliseconds.
fn clock(at: Duration) -> String {
    format!("{}.{:03}", at.as_secs(), at.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: &str, to: &str, label: &str, lost: bool) -> Step {
        Step { at: Duration::from_millis(1010), from: from.into(), to: to.into(), label: label.into(), lost }
    }

    #[test]
    fn lanes_arrows_and_losses_are_drawn() {
        let mut ladder = Ladder::default();
        ladder.add(step("carrier", "tandem", "INVITE 1000 (SDP)", false));
        ladder.add(step("tandem", "pstn", "SETUP 1000", false));
        ladder.add(step("tandem", "carrier", "180 Ringing", true));
        ladder.add(step("pstn", "pstn", "silence", false));
        let parties = ["carrier", "other", "tandem", "pstn"].map(String::from);
        assert_eq!(
            ladder.draw(&parties).lines().collect::<Vec<_>>(),
            [
                "            carrier                                   tandem                                    pstn",
                "     1.010  |---------- INVITE 1000 (SDP) ----------->|                                         |",
                "     1.010  |                                         |-------------- SETUP 1000 -------------->|",
                "     1.010  |x------------- 180 Ringing --------------|                                         |",
                "     1.010  |                                         |                                         | silence",
            ]
        );
    }
}

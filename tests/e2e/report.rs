//! What held and what did not, said at once and counted for the script that runs us.

use std::process::ExitCode;
use std::time::Duration;

use crate::house::House;

/// What a case came to: a word about it, or what went wrong.
pub(crate) type Outcome = Result<String, String>;

/// A judgement of the resident memory, in KiB, of a gateway at rest.
pub(crate) type Memory = Box<dyn FnOnce(u64) -> Outcome>;

/// Longer than any timer of a call that nobody acknowledged: 64 T1 for its 200, 64 T1 for the BYE after.
const REST_MAX: Duration = Duration::from_secs(100);

/// Counts cases.
#[derive(Default)]
pub(crate) struct Report {
    passed: usize,
    failed: usize,
    /// Gateways that come to rest while other parts run.
    left: Vec<(&'static str, House, Option<Memory>)>,
}

impl Report {
    /// One case more.
    pub(crate) fn case(&mut self, name: &str, outcome: Outcome) {
        match outcome {
            Ok(said) => {
                self.passed += 1;
                println!("ok: {name}{}{said}", if said.is_empty() { "" } else { ": " });
            }
            Err(why) => {
                self.failed += 1;
                println!("FAILED: {name}: {why}");
            }
        }
    }

    /// What could not be tried, in capitals, so that nobody overlooks it.
    pub(crate) fn skipped(&self, what: &str) {
        println!("SKIPPED: {}", what.to_uppercase());
    }

    /// A part is over: its gateway is looked at again when every part is, as its timers take half a minute and more.
    pub(crate) fn leave(&mut self, part: &'static str, house: House, memory: Option<Memory>) {
        self.left.push((part, house, memory));
    }

    /// Looks at every gateway that was left: nothing is held, nothing broke.
    pub(crate) fn settle(&mut self) {
        for (part, mut house, memory) in std::mem::take(&mut self.left) {
            self.case(
                &format!("after {part} nothing is held"),
                house.at_rest(REST_MAX).map(|()| String::new()),
            );
            if let Some(memory) = memory {
                self.case(
                    &format!("memory is flat after {part}"),
                    memory(house.gateway.child.resident_kib()),
                );
            }
            self.case(&format!("the gateway is sound after {part}"), house.sound().map(|()| String::new()));
        }
    }

    /// Says the sum as `N passed, N failed`.
    pub(crate) fn print_sum(&self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

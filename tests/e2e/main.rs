//! End to end on the release binary: `e2e [PART…]` with SIPp, baresip, tshark, torture and storms.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a testing program: it prints, looks at the clock, and may stop when something is off"
)]

mod commands;
mod field;
mod house;
mod metrics;
mod mutation;
mod report;
mod sipp;
mod speech;
mod storm;
mod torture;
mod wire;

use std::process::ExitCode;
use std::time::Instant;

use crate::report::Report;

/// A part's name and what it does.
type Part = (&'static str, fn(&mut Report));

const PARTS: [Part; 5] = [
    ("commands", commands::run),
    ("torture", torture::run),
    ("sipp", sipp::run),
    ("speech", speech::run),
    ("storm", storm::run),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|word| PARTS.iter().all(|(name, _)| name != word)) {
        eprintln!("e2e: no part {unknown:?}; there are {}", PARTS.map(|(name, _)| name).join(", "));
        return ExitCode::from(2);
    }
    let mut report = Report::default();
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            let started = Instant::now();
            println!("-- {name}");
            part(&mut report);
            println!("-- {name}: {:.1}s", started.elapsed().as_secs_f64());
        }
    }
    report.settle();
    report.print_sum()
}

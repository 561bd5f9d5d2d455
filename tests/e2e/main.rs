//! End to end on the release binary: `e2e [WORD…]` runs every check, or those whose names hold a word.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test runner of its own: it prints and looks at the clock"
)]

mod commands;
mod field;
mod metrics;
mod mutated;
mod phones;
mod sipp;
mod speech;
mod torture;

use std::process::ExitCode;
use std::time::Instant;

/// What a check says: what it saw, or why it failed.
type Verdict = Result<String, String>;

/// A check and its name.
type Check = (&'static str, fn() -> Verdict);

/// Every check.
const CHECKS: [Check; 15] = [
    ("shipped configs are right", commands::shipped_configs),
    ("a mistake has its place and exit code", commands::mistake),
    ("the demo speaks for itself", commands::demo),
    ("speech survives the demo (PESQ)", commands::demo_speech),
    ("RFC 4475 over UDP", torture::rfc4475_udp),
    ("RFC 4475 over TCP", torture::rfc4475_tcp),
    ("RFC 5118 over UDP", torture::rfc5118_udp),
    ("RFC 5118 over TCP", torture::rfc5118_tcp),
    ("SIPp calls the exchange", sipp::to_exchange),
    ("SIPp hears every family of causes", sipp::causes),
    ("SIPp calls SIPp through the gateway", sipp::to_carrier),
    ("baresip hears its own speech back", phones::echo),
    ("metrics are those in the docs", metrics::documented),
    ("SIGTERM drains and leaves nothing", commands::drains),
    ("a million mutated messages", mutated::million),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut passed, mut failed) = (0, 0);
    for (name, check) in CHECKS {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let begin = Instant::now();
        match check() {
            Ok(seen) => {
                passed += 1;
                println!("ok: {name} ({:.1} s): {seen}", begin.elapsed().as_secs_f64());
            }
            Err(why) => {
                failed += 1;
                println!("FAILED: {name} ({:.1} s): {why}", begin.elapsed().as_secs_f64());
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

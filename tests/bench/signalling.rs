//! What a bridged call costs in signalling, how many a second there can be, and what a held one weighs.

use std::io;
use std::time::Duration;

use tests::io::child::Child;
use tests::io::lab::Gateway;
use tests::io::wait;

use crate::callee::Callee;
use crate::caller::{Caller, Load, Outcome};
use crate::figures::Figure;
use crate::forwarder::Backend;
use crate::product::{self, AUDIO_PORT};
use crate::text::Payload;

/// The last timer of a call that has ended (RFC 3261 Timer J, 64·T1), and a little.
const AT_REST: Duration = Duration::from_secs(36);

fn people(target: std::net::SocketAddr) -> io::Result<(Caller, Callee)> {
    Ok((
        Caller::new(product::caller(), target, Payload::Alaw, AUDIO_PORT)?,
        Callee::start(product::callee(), Payload::Alaw, AUDIO_PORT)?,
    ))
}

/// One round against `child`: microseconds of its CPU a call.
fn round(child: &Child, target: std::net::SocketAddr, load: Load) -> io::Result<(f64, Outcome)> {
    let (mut caller, callee) = people(target)?;
    caller.place(Load { calls: load.calls / 10, ..load })?;
    drop(caller.fresh());
    let before = child.cpu();
    caller.place(load)?;
    let spent = child.cpu() - before;
    callee.stop();
    let outcome = caller.fresh();
    #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
    let each = spent.as_secs_f64() * 1e6 / load.calls as f64;
    Ok((each, outcome))
}

/// CPU of a bridged call, INVITE to BYE on both legs, beside the forwarder's for the very same messages.
pub(crate) fn signalling(rate: f64, seconds: f64, rounds: usize) -> io::Result<Vec<Figure>> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of calls")]
    let load =
        Load { calls: (rate * seconds) as usize, per_second: rate, hold: Some(Duration::from_millis(200)) };
    let gateway = product::start(Backend::Epoll, "pcma", &[])?;
    let forwarder = product::start_forwarder()?;
    let mut figures = Vec::new();
    let (mut failed, mut calls) = (0, 0_u64);
    let begin = gateway.child.cpu();
    for _ in 0..rounds {
        let (ours, outcome) = round(&gateway.child, product::product(), load)?;
        failed += outcome.failed();
        calls += outcome.started;
        let (floor, outcome) = round(&forwarder, product::forwarder(), load)?;
        failed += outcome.failed();
        figures.push((ours, floor));
    }
    wait::pass(AT_REST);
    #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
    let told = (gateway.child.cpu() - begin).as_secs_f64() * 1e6 / (calls as f64 * 1.1);
    let figure = Figure::beside("signalling, CPU a bridged call", "µs", figures).at_most(2.5);
    let note = format!(
        "{calls} calls at {rate}/s, {failed} failed; with warm-up, late timers and idling {told:.1} µs a call"
    );
    let kept = figure.kept.map(|kept| kept && failed == 0);
    Ok(vec![Figure { kept, ..figure.noting(note) }])
}

/// Calls a second without a failure, for `seconds`; lower rates are tried if `rate` is not reached.
pub(crate) fn rate(rate: f64, seconds: f64) -> io::Result<Vec<Figure>> {
    let mut tried = rate;
    let mut notes = Vec::new();
    loop {
        let gateway = product::start(Backend::Epoll, "pcma", &[])?;
        let (mut caller, callee) = people(product::product())?;
        caller.place(Load { calls: 500, per_second: 100.0, hold: Some(Duration::ZERO) })?;
        drop(caller.fresh());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of calls")]
        let calls = (tried * seconds) as usize;
        let before = gateway.child.cpu();
        caller.place(Load { calls, per_second: tried, hold: Some(Duration::from_secs(1)) })?;
        let spent = gateway.child.cpu() - before;
        let seen = callee.stop();
        let outcome = caller.fresh();
        #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
        let reached = outcome.started as f64 / outcome.starting.as_secs_f64().max(1e-3);
        notes.push(format!(
            "{tried}/s for {seconds} s: {} started at {reached:.0}/s, {} completed, {} failed {:?}, {} requests and {} \
             answers repeated, answer p50 {:.1} p99 {:.1} ms, {:.0} % of a core",
            outcome.started,
            outcome.completed,
            outcome.failed(),
            outcome.failures,
            outcome.repeated,
            seen.repeated,
            outcome.answer_ms_at(0.5),
            outcome.answer_ms_at(0.99),
            spent.as_secs_f64() / outcome.starting.as_secs_f64() * 100.0,
        ));
        if outcome.failed() == 0 && reached > tried * 0.99 || tried <= 100.0 {
            let name = format!("calls a second for {seconds} s");
            let figure = Figure::plain(&name, "calls/s", tried.min(reached.round()));
            return Ok(vec![figure.at_least(rate).noting(notes.join("; "))]);
        }
        tried -= 100.0;
    }
}

/// Memory of a held call: the growth from a warmed-up gateway to `calls` answered calls.
pub(crate) fn memory(calls: usize) -> io::Result<Vec<Figure>> {
    let gateway = product::start(Backend::Epoll, "pcma", &[])?;
    let (mut caller, callee) = people(product::product())?;
    caller.place(Load { calls: 1000, per_second: 250.0, hold: Some(Duration::ZERO) })?;
    wait::pass(AT_REST);
    drop(caller.fresh());
    let empty = gateway.child.resident_kib();
    caller.place(Load { calls, per_second: 250.0, hold: None })?;
    let active = gateway.metric("tandem_calls_active", "");
    // What only setting up needs is released first: a held call is one whose transactions are over.
    wait::pass(AT_REST);
    let full = gateway.child.resident_kib();
    caller.release(500.0)?;
    let outcome = caller.fresh();
    wait::pass(AT_REST);
    let rest = gateway.child.resident_kib();
    callee.stop();
    #[expect(clippy::cast_precision_loss, reason = "KiB of one process")]
    let each = (full.saturating_sub(empty)) as f64 / calls as f64;
    let figure = Figure::plain("memory of a held call", "KiB", each).at_most(24.0);
    let note = format!(
        "{calls} calls, {} failed, gauge said {active:?}; resident {empty} KiB empty, {full} full, {rest} after",
        outcome.failed()
    );
    let kept = figure.kept.map(|kept| kept && outcome.failed() == 0);
    Ok(vec![Figure { kept, ..figure.noting(note) }])
}

/// What the gateway holds, as its metrics and the kernel tell.
fn held(gateway: &Gateway) -> [(&'static str, f64); 4] {
    let metrics = gateway.metrics().unwrap_or_default();
    let sum = |name, having| tests::io::http::metric(&metrics, name, having).unwrap_or(f64::NAN);
    [
        ("calls", sum("tandem_calls_active", "")),
        ("RTP ports", sum("tandem_rtp_ports_in_use", "")),
        ("transactions", sum("tandem_sip_transactions_active", "")),
        ("dialogs", sum("tandem_sip_dialogs_active", "")),
    ]
}

/// Many calls, and then nothing is held and memory is flat.
pub(crate) fn soak(calls: usize, rate: f64) -> io::Result<Vec<Figure>> {
    let gateway = product::start(Backend::Epoll, "pcma", &[])?;
    let (mut caller, callee) = people(product::product())?;
    let hold = Some(Duration::from_millis(500));
    caller.place(Load { calls: calls / 6, per_second: rate, hold })?;
    wait::pass(AT_REST);
    let (resident, descriptors) = (gateway.child.resident_kib(), gateway.child.descriptors());
    caller.place(Load { calls: calls - calls / 6, per_second: rate, hold })?;
    let outcome = caller.fresh();
    wait::pass(AT_REST);
    callee.stop();
    let grown = gateway.child.resident_kib().saturating_sub(resident);
    let open = gateway.child.descriptors();
    let held = held(&gateway);
    let none_held = held.iter().all(|(_, count)| *count == 0.0) && open <= descriptors;
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let figure = Figure::plain("soak, calls failed", "", outcome.failed() as f64).at_most(0.0);
    let note = format!(
        "{} calls at {rate}/s; at rest {held:?}, {open} descriptors ({descriptors} before)",
        outcome.started
    );
    let kept = figure.kept.map(|kept| kept && none_held);
    #[expect(clippy::cast_precision_loss, reason = "KiB of one process")]
    let memory = Figure::plain("soak, memory grown", "KiB", grown as f64).at_most(2048.0);
    Ok(vec![
        Figure { kept, ..figure.noting(note) },
        memory.noting("resident, at rest after a sixth of the calls and after all"),
    ])
}

/// The forwarder and the generators alone.
pub(crate) fn floor(rate: f64) -> io::Result<Vec<Figure>> {
    let forwarder = product::start_forwarder()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of calls")]
    let load =
        Load { calls: (rate * 5.0) as usize, per_second: rate, hold: Some(Duration::from_millis(200)) };
    let (each, outcome) = round(&forwarder, product::forwarder(), load)?;
    #[expect(clippy::cast_precision_loss, reason = "a count of calls")]
    let reached = outcome.started as f64 / outcome.starting.as_secs_f64();
    let note = format!(
        "{} calls at {reached:.0}/s, {} completed, {} failed, {} repeated, answer p99 {:.2} ms",
        outcome.started,
        outcome.completed,
        outcome.failed(),
        outcome.repeated,
        outcome.answer_ms_at(0.99)
    );
    Ok(vec![Figure::plain("forwarder, CPU a call", "µs", each).noting(note)])
}

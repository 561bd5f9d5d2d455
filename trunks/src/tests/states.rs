//! Every input in every state, as a table that is kept: what is done, and the state after it.

use std::fmt::Write as _;

use call::{Digit, Progress};

use super::golden::assert_golden;
use super::*;
use crate::channel::{Action, Call, Channel, Input, Step};
use crate::{CallState, Counters, Side, Timers, ToLine};

fn states(until: Instant) -> Vec<Call> {
    let setup = || Box::new(Setup::voice(number("1000"), None));
    let cause = Cause::USER_BUSY;
    vec![
        Call::Idle,
        Call::Reserved { until },
        Call::Seizing { until, sent: 1, tried: 0, setup: setup() },
        Call::Seizing { until, sent: 2, tried: 0, setup: setup() },
        Call::OverlapSending { until },
        Call::Proceeding { until },
        Call::Delivered { until },
        Call::Present { until },
        Call::OverlapReceiving { until },
        Call::IncomingProceeding { until },
        Call::Received { until },
        Call::Active { until },
        Call::DisconnectRequested { until, cause },
        Call::DisconnectIndicated { until, cause },
        Call::Releasing { until, sent: 1, cause },
        Call::Releasing { until, sent: 2, cause },
        Call::Guard { until },
        Call::RestartPending { until, sent: 1 },
        Call::RestartPending { until, sent: 2 },
    ]
}

fn signals() -> Vec<Signal> {
    let cause = Cause::NORMAL_CLEARING;
    vec![
        Signal::Setup(Box::new(Setup::voice(number("2000"), None))),
        Signal::SetupAck,
        Signal::Proceeding,
        Signal::Alerting(Progress::NONE),
        Signal::Progress(Progress::IN_BAND),
        Signal::Connect,
        Signal::Digit(Digit::from_char('5').unwrap()),
        Signal::Disconnect { cause, progress: Progress::NONE },
        Signal::Disconnect { cause, progress: Progress::IN_BAND },
        Signal::Release(cause),
        Signal::Release(Cause::CHANNEL_UNAVAILABLE),
    ]
}

fn inputs() -> Vec<(String, Input)> {
    let lost = Cause::TEMPORARY_FAILURE;
    let setup = Box::new(Setup::voice(number("1000"), None));
    let mut inputs = Vec::new();
    inputs.extend(signals().into_iter().map(|signal| (format!("gateway {signal}"), Input::Gateway(signal))));
    inputs.extend(signals().into_iter().map(|signal| (format!("line {signal}"), Input::Line(signal))));
    inputs.push(("timeout".to_owned(), Input::Timeout));
    inputs.push(("reserve".to_owned(), Input::Reserve));
    inputs.push(("seize".to_owned(), Input::Seize(setup, 0)));
    inputs.push(("clear 41".to_owned(), Input::Clear(lost)));
    inputs.push(("cut 41".to_owned(), Input::Cut(lost)));
    inputs.push(("far end restarts".to_owned(), Input::FarRestart));
    inputs.push(("restart done".to_owned(), Input::RestartDone));
    inputs.push(("reset".to_owned(), Input::Reset));
    inputs
}

fn described(action: &Action) -> String {
    match action {
        Action::Line(ToLine::Signal(_, signal)) => format!("to line {signal}"),
        Action::Line(ToLine::Restart(_)) => "to line RESTART".to_owned(),
        Action::Line(ToLine::Restarted(_)) => "to line RESTART ACK".to_owned(),
        Action::Line(ToLine::Block(_) | ToLine::Unblock(_)) => "to line block".to_owned(),
        Action::Gateway(signal) => format!("to gateway {signal}"),
        Action::Elsewhere(_, tried, cause) => format!("try elsewhere after {tried} ({cause})"),
        Action::ReservationLost => "reservation lost".to_owned(),
        Action::Faulty => "faulty".to_owned(),
        Action::Repaired => "repaired".to_owned(),
    }
}

/// One line of the table, and what must hold of any.
fn step(side: Side, call: Call, name: &str, input: Input) -> String {
    let now = some_instant();
    let before = call.state();
    let mut counters = Counters::default();
    let mut actions = Vec::new();
    let id = ChannelId::new(1, 1);
    let mut channel = Channel { call, ..Channel::new(id, now) };
    let timers = Timers::default();
    let mut step = Step { now, id, side, timers: &timers, counters: &mut counters, actions: &mut actions };
    channel.handle(input, &mut step);
    let after = channel.call.state();
    assert_eq!(channel.call.until().is_none(), after == CallState::Idle, "{before} {name}");
    let told = actions.iter().filter(|action| matches!(action, Action::Gateway(Signal::Release(_)))).count();
    let gone = usize::from(before.has_call() && !after.has_call() && !name.starts_with("gateway RELEASE"));
    let moved = actions.iter().filter(|action| matches!(action, Action::Elsewhere(..))).count();
    assert_eq!(told + moved.min(gone), gone, "{before} {name}: the gateway hears of an end exactly once");
    let mut line = format!("  {name:<51}");
    if counters.unexpected > 0 {
        line.push_str(" unexpected");
    }
    for action in &actions {
        write!(line, " {},", described(action)).unwrap();
    }
    let line = line.trim_end_matches(',').trim_end().to_owned();
    if after == before { line } else { format!("{line} -> {after}") }
}

#[test]
fn every_input_in_every_state_does_what_the_table_says() {
    let mut table = String::from(
        "Every input in every state of a channel: what is done, and the next state if it is another.\n\
         The number after a state is how often its message was sent. We are the user side; a last line\n\
         shows where the network side differs.\n",
    );
    for call in states(some_instant()) {
        let sent = if let Call::Seizing { sent, .. }
        | Call::Releasing { sent, .. }
        | Call::RestartPending { sent, .. } = &call
        {
            format!(" {sent}")
        } else {
            String::new()
        };
        writeln!(table, "\n{}{sent}", call.state()).unwrap();
        for (name, input) in inputs() {
            if matches!(input, Input::Seize(..)) && !matches!(call, Call::Idle | Call::Reserved { .. }) {
                continue;
            }
            writeln!(table, "{}", step(Side::User, call.clone(), &name, input)).unwrap();
        }
    }
    let seizing = states(some_instant()).swap_remove(2);
    let theirs = Input::Line(signals().swap_remove(0));
    writeln!(table, "\nseizing 1, as network\n{}", step(Side::Network, seizing, "line SETUP 20xx", theirs))
        .unwrap();
    assert_golden("channel_states.txt", &table);
}

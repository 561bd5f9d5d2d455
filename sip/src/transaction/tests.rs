//! Every input in every state, drawn as text and compared: `UPDATE_GOLDEN=1` redraws.

use std::fmt::{Debug, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;

const CLIENT_INPUTS: [(&str, ClientInput); 5] = [
    ("1xx", ClientInput::Response(Class::Provisional)),
    ("2xx", ClientInput::Response(Class::Success)),
    ("300-699", ClientInput::Response(Class::Failure)),
    ("cancel", ClientInput::Cancel),
    ("transport error", ClientInput::TransportError),
];
const SERVER_INPUTS: [(&str, ServerInput); 6] = [
    ("request", ServerInput::Request),
    ("ACK", ServerInput::Acknowledge),
    ("send 1xx", ServerInput::Respond(Class::Provisional)),
    ("send 2xx", ServerInput::Respond(Class::Success)),
    ("send 300-699", ServerInput::Respond(Class::Failure)),
    ("transport error", ServerInput::TransportError),
];

/// What the four machines have in common, for drawing them.
trait Machine: Copy + Debug {
    type Input: Copy + 'static;
    type Act: Debug;
    const INPUTS: &'static [(&'static str, Self::Input)];
    const TIMEOUT: Self::Input;
    fn take(&mut self, input: Self::Input, timing: &Timing, reliable: bool, now: Instant) -> Self::Act;
    fn wakes(&self) -> Option<Instant>;
}

macro_rules! machine {
    ($name:ty, $input:ident, $act:ident, $inputs:ident) => {
        impl Machine for $name {
            type Input = $input;
            type Act = $act;
            const INPUTS: &'static [(&'static str, $input)] = &$inputs;
            const TIMEOUT: $input = $input::Timeout;
            fn take(&mut self, input: $input, timing: &Timing, reliable: bool, now: Instant) -> $act {
                self.handle(input, timing, reliable, now)
            }
            fn wakes(&self) -> Option<Instant> {
                self.deadline()
            }
        }
    };
}

machine!(InviteClient, ClientInput, ClientAct, CLIENT_INPUTS);
machine!(Client, ClientInput, ClientAct, CLIENT_INPUTS);
machine!(InviteServer, ServerInput, ServerAct, SERVER_INPUTS);
machine!(Server, ServerInput, ServerAct, SERVER_INPUTS);

#[test]
fn the_invite_client_does_as_its_table_says() {
    check("invite_client", |reliable, now| {
        let mut states = vec![InviteClient::start(&Timing::default(), reliable, now)];
        states.extend(after(states[0], ClientInput::Response(Class::Provisional), reliable, now));
        states.extend(after(states[1], ClientInput::Cancel, reliable, now));
        states.extend(after(states[0], ClientInput::Response(Class::Failure), reliable, now));
        states.extend(after(states[0], ClientInput::Response(Class::Success), reliable, now));
        states.extend(after(states[0], ClientInput::TransportError, reliable, now));
        states
    });
}

#[test]
fn the_other_client_does_as_its_table_says() {
    check("client", |reliable, now| {
        let mut states = vec![Client::start(&Timing::default(), reliable, now)];
        states.extend(after(states[0], ClientInput::Response(Class::Provisional), reliable, now));
        states.extend(after(states[0], ClientInput::Response(Class::Success), reliable, now));
        states.extend(after(states[0], ClientInput::TransportError, reliable, now));
        states
    });
}

#[test]
fn the_invite_server_does_as_its_table_says() {
    check("invite_server", |reliable, now| {
        let mut states = vec![InviteServer::start(&Timing::default(), now)];
        states.extend(after(states[0], ServerInput::Respond(Class::Provisional), reliable, now));
        states.extend(after(states[0], ServerInput::Respond(Class::Success), reliable, now));
        let failed = after(states[0], ServerInput::Respond(Class::Failure), reliable, now);
        states.extend(failed);
        states.extend(failed.and_then(|failed| after(failed, ServerInput::Acknowledge, reliable, now)));
        states.push(InviteServer::Terminated);
        states
    });
}

#[test]
fn the_other_server_does_as_its_table_says() {
    check("server", |reliable, now| {
        let mut states = vec![Server::start(&Timing::default(), now)];
        states.extend(after(states[0], ServerInput::Respond(Class::Provisional), reliable, now));
        states.extend(after(states[0], ServerInput::Respond(Class::Success), reliable, now));
        states.push(Server::Terminated);
        states
    });
}

fn after<M: Machine>(mut machine: M, input: M::Input, reliable: bool, now: Instant) -> Option<M> {
    machine.take(input, &Timing::default(), reliable, now);
    Some(machine)
}

fn check<M: Machine>(name: &str, states: impl Fn(bool, Instant) -> Vec<M>) {
    let now = crate::stack::start();
    let mut drawn = String::new();
    for reliable in [false, true] {
        writeln!(drawn, "{}", if reliable { "\nReliable transport\n" } else { "Unreliable transport\n" })
            .unwrap();
        let mut seen = Vec::new();
        for state in states(reliable, now) {
            let title = title(&state, now);
            if !seen.contains(&title) {
                writeln!(drawn, "{title}").unwrap();
                draw(&mut drawn, state, reliable, now);
                seen.push(title);
            }
        }
    }
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/transaction/tables").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(drawn, expected, "redraw with UPDATE_GOLDEN=1 and read the difference");
}

fn draw<M: Machine>(drawn: &mut String, state: M, reliable: bool, now: Instant) {
    let timing = Timing::default();
    let later = now + Duration::from_millis(10);
    let mut row = |input: &str, machine: M, act: M::Act, at: Instant| {
        writeln!(drawn, "    {input:<17} {:<23} {}", format!("{act:?}"), title(&machine, at)).unwrap();
    };
    for (input, what) in M::INPUTS {
        let mut machine = state;
        let act = machine.take(*what, &timing, reliable, later);
        row(input, machine, act, later);
    }
    // Time alone, until the machine no longer moves: at most the last wake-up is of interest.
    let mut machine = state;
    let mut wakes = Vec::new();
    while let Some(at) = machine.wakes() {
        let act = machine.take(M::TIMEOUT, &timing, reliable, at);
        wakes.push((at, machine, act));
        if wakes.len() > 40 {
            break;
        }
    }
    let steps: Vec<String> =
        wakes.iter().map(|(at, _, act)| format!("{} {act:?}", seconds(*at - now))).collect();
    if let Some((_, last, _)) = wakes.last() {
        let end = if wakes.len() > 40 { "…".to_owned() } else { title(last, now) };
        let shown = if steps.len() > 14 { &steps[..14] } else { &steps };
        writeln!(drawn, "    time: {} → {end}", shown.join(", ")).unwrap();
    }
}

/// A state's name and when it wakes.
fn title<M: Machine>(machine: &M, now: Instant) -> String {
    let text = format!("{machine:?}");
    let name = text.split([' ', '{']).next().unwrap_or_default();
    match machine.wakes() {
        Some(at) => format!("{name} (wakes in {})", seconds(at.saturating_duration_since(now))),
        None => name.to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

//! Every input in every state, against the golden table beside this file.

use std::fmt::Write;

use call::{Digit, Number, Setup};

use super::*;

#[expect(clippy::disallowed_methods, reason = "a test begins at any instant")]
fn any_instant() -> Instant {
    Instant::now()
}

struct Fixed {
    next: bool,
    tones: bool,
}

impl Routes for Fixed {
    fn has_next(&self, _: Cause, _: bool) -> bool {
        self.next
    }
    fn plays_failure_tones(&self) -> bool {
        self.tones
    }
}

const PATIENCE: Patience = Patience {
    setup: Duration::from_secs(6),
    ringing: Duration::from_secs(180),
    talking: Duration::from_secs(86_400),
    tones: Duration::from_secs(30),
};

fn signals() -> Vec<Signal> {
    let number = Number::parse("1000").unwrap();
    vec![
        Signal::Setup(Box::new(Setup::voice(number, None))),
        Signal::SetupAck,
        Signal::Proceeding,
        Signal::Alerting(Progress::NONE),
        Signal::Alerting(Progress::IN_BAND),
        Signal::Progress(Progress::NONE),
        Signal::Progress(Progress::IN_BAND),
        Signal::Connect,
        Signal::Digit(Digit::from_char('5').unwrap()),
        Signal::Disconnect { cause: Cause::USER_BUSY, progress: Progress::NONE },
        Signal::Disconnect { cause: Cause::USER_BUSY, progress: Progress::IN_BAND },
        Signal::Release(Cause::USER_BUSY),
    ]
}

fn inputs() -> Vec<(String, Input)> {
    let mut all = Vec::new();
    for side in [Side::Caller, Side::Callee] {
        for signal in signals() {
            all.push((format!("{side:?} {signal}"), Input::Said(side, signal)));
        }
        all.push((format!("{side:?} silent"), Input::Silent(side)));
    }
    all.push(("hang up".into(), Input::HangUp(Cause::NORMAL_CLEARING)));
    all.push(("deadline".into(), Input::Deadline));
    all
}

fn states(now: Instant) -> Vec<State> {
    let until = now + Duration::from_secs(1);
    let callee = EndedBy::Side(Side::Callee);
    vec![
        State::Trying { until },
        State::Ringing { until },
        State::Talking { until },
        State::Tones { cause: Cause::NO_CIRCUIT, by: callee, until },
        State::Tones { cause: Cause::NO_CIRCUIT, by: EndedBy::Gateway, until },
        State::Over { cause: Cause::NO_CIRCUIT, by: callee },
    ]
}

fn told(state: &State, start: Instant) -> String {
    let seconds = |until: &Instant| (*until - start).as_secs();
    match state {
        State::Trying { until } => format!("Trying {}s", seconds(until)),
        State::Ringing { until } => format!("Ringing {}s", seconds(until)),
        State::Talking { until } => format!("Talking {}s", seconds(until)),
        State::Tones { cause, by, until } => {
            format!("Tones {} by {} {}s", cause.value(), ender(*by), seconds(until))
        }
        State::Over { cause, by } => format!("Over {} by {}", cause.value(), ender(*by)),
    }
}

fn ender(by: EndedBy) -> String {
    match by {
        EndedBy::Side(side) => format!("{side:?}").to_lowercase(),
        EndedBy::Gateway => "gateway".into(),
    }
}

fn asked(action: &Action) -> String {
    match action {
        Action::Say(side, signal) => format!("{side:?}<-{signal}"),
        Action::CutThrough => "cut through".into(),
        Action::Join => "join".into(),
        Action::Ringback => "ringback".into(),
        Action::FailureTone(cause) => format!("tone {}", cause.value()),
        Action::Digit(side, digit) => format!("digit {digit} to {side:?}"),
        Action::TryNext => "try next".into(),
    }
}

#[test]
fn every_input_in_every_state_does_what_the_golden_table_says() {
    let start = any_instant();
    let mut table = String::new();
    for routes in [
        Fixed { next: false, tones: false },
        Fixed { next: true, tones: false },
        Fixed { next: false, tones: true },
    ] {
        writeln!(table, "# another route: {}, failure tones: {}", routes.next, routes.tones).unwrap();
        for state in states(start) {
            for (name, input) in inputs() {
                let mut actions = Vec::new();
                let next = state.next(&input, start, &PATIENCE, &routes, &mut actions);
                let todo: Vec<String> = actions.iter().map(asked).collect();
                let (from, to) = (told(&state, start), told(&next, start));
                writeln!(table, "{from:24} | {name:34} | {to:24} | {}", todo.join(", ")).unwrap();
            }
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/b2bua/progress/table.golden");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    assert!(golden == table, "the table differs from {path}; look with UPDATE_GOLDEN=1 and git diff");
}

#[test]
fn a_call_that_is_over_stays_over_whatever_is_said() {
    let now = any_instant();
    let over = State::Over { cause: Cause::USER_BUSY, by: EndedBy::Gateway };
    for (name, input) in inputs() {
        let mut actions = Vec::new();
        let next = over.next(&input, now, &PATIENCE, &Fixed { next: true, tones: true }, &mut actions);
        assert_eq!(next, over, "{name}");
        assert_eq!(next.deadline(), None);
    }
}

//! Reads the steps of a rule or of a call.

use core::time::Duration;
use std::sync::Arc;

use call::{Cause, Digit, Location, Progress, ProgressDescription, ProgressIndicator};
use media::Law;
use media::tone::Country;
use mistakes::Value;

use super::{Reading, number};
use crate::sim::bearer::ECHO_MS_MAX;
use crate::sim::script::{Step, StepCause};
use crate::sim::sound::{Saying, Sound};
use crate::sim::{render, wav};

/// The most steps in one list.
const STEPS_MAX: usize = 64;
/// T306: how long the tones of a DISCONNECT last if the script does not say.
const TONES: Duration = Duration::from_secs(30);
/// The most digits sent in one step.
const DIGITS_MAX: usize = 64;
/// How long a digit lasts if the script does not say, and at most.
const DIGIT: Duration = Duration::from_millis(100);
const DIGIT_MAX: Duration = Duration::from_secs(5);

const STEPS: [&str; 20] = [
    "proceeding",
    "alert",
    "progress",
    "answer",
    "wait",
    "silence",
    "echo",
    "play",
    "repeat",
    "speech",
    "milliwatt",
    "tone",
    "digits",
    "disconnect",
    "clear",
    "release",
    "ignore",
    "glare",
    "take_another_channel",
    "go_deaf",
];

/// Sounds that a DISCONNECT may carry.
const SOUNDS: [&str; 7] = ["silence", "play", "repeat", "speech", "milliwatt", "tone", "echo"];

pub(super) fn steps(value: Value<'_>, captures: bool, reading: &mut Reading<'_, '_>) -> Option<Vec<Step>> {
    let items = value.items()?;
    if items.len() > STEPS_MAX {
        value.complain(format!("{} steps, more than {STEPS_MAX}", items.len()));
        return None;
    }
    Some(items.into_iter().filter_map(|item| Reader { captures, reading }.step(item)).collect())
}

struct Reader<'a, 'r, 'f> {
    /// Whether the pattern captures a cause.
    captures: bool,
    reading: &'a mut Reading<'r, 'f>,
}

impl Reader<'_, '_, '_> {
    /// A word, or a map of one word and what belongs to it.
    fn step(&mut self, value: Value<'_>) -> Option<Step> {
        if !value.is_map() {
            return self.named(value, value.text()?, None);
        }
        let entries = value.entries()?;
        let [(key, argument)] = entries.as_slice() else {
            value.complain_expected("a step is one word", "a list item for each step, such as `- wait: 1s`");
            return None;
        };
        self.named(*key, key.text()?, Some(*argument))
    }

    fn named(&mut self, key: Value<'_>, name: &str, argument: Option<Value<'_>>) -> Option<Step> {
        if SOUNDS.contains(&name) || name == "digits" {
            return self.sound(key, name, argument).map(Step::Say);
        }
        let step = match (name, argument) {
            ("proceeding", None) => Step::Proceeding,
            ("alert", argument) => Step::Alert(argument.map_or(Some(Progress::NONE), progress)?),
            ("progress", argument) => Step::Progress(argument.map_or(Some(Progress::IN_BAND), progress)?),
            ("answer", None) => Step::Answer,
            ("wait", Some(argument)) => Step::Wait(argument.duration()?),
            ("disconnect", Some(argument)) => self.disconnect(argument)?,
            ("clear", argument) => Step::Clear(self.cause(argument)?),
            ("release", argument) => Step::Release(self.cause(argument)?),
            ("ignore", None) => Step::Ignore,
            ("glare", Some(argument)) => Step::Glare(number(argument)?),
            ("take_another_channel", None) => Step::TakeAnother,
            ("go_deaf", None) => Step::GoDeaf,
            (name, argument) => {
                misused(key, name, argument);
                return None;
            }
        };
        Some(step)
    }

    fn sound(&mut self, key: Value<'_>, name: &str, argument: Option<Value<'_>>) -> Option<Saying> {
        let law = self.reading.law;
        let sound = match (name, argument) {
            ("silence", None) => return Some(Saying::Silence),
            ("echo", None) => return Some(Saying::Echo { delay_ms: 0 }),
            ("echo", Some(argument)) => return echo(argument),
            ("speech", None) => Sound::again(&render::speech(), law),
            ("milliwatt", None) => render::milliwatt(law),
            ("play", Some(argument)) => Sound::once(&self.file(argument)?, law),
            ("repeat", Some(argument)) => Sound::again(&self.file(argument)?, law),
            ("tone", Some(argument)) => tone(argument, law)?,
            ("digits", Some(argument)) => digits(argument, law)?,
            (name, argument) => {
                misused(key, name, argument);
                return None;
            }
        };
        Some(Saying::Play(Arc::new(sound)))
    }

    fn file(&mut self, value: Value<'_>) -> Option<Vec<i16>> {
        let bytes = (self.reading.fetch)(value.text()?);
        let pcm = bytes.and_then(|bytes| wav::read(&bytes));
        pcm.map_err(|why| value.complain_expected(&why, "a WAV file beside the script")).ok()
    }

    fn disconnect(&mut self, value: Value<'_>) -> Option<Step> {
        let fields: Vec<&str> = ["cause", "for"].into_iter().chain(SOUNDS).collect();
        let map = value.map(&fields)?;
        let cause = self.cause(map.get("cause"));
        let duration = map.optional("for", Value::duration).unwrap_or(TONES);
        let mut saying = None;
        for name in SOUNDS {
            if let (Some(key), Some(argument)) = (map.key(name), map.get(name)) {
                if saying.is_some() {
                    key.complain("a DISCONNECT carries one sound");
                }
                saying = self.sound(key, name, Some(argument).filter(|argument| !argument.is_nothing()));
            }
        }
        Some(Step::Disconnect(cause?, saying.unwrap_or_default(), duration))
    }

    /// A value of 1–127, or `captured`; without either, normal clearing.
    fn cause(&self, value: Option<Value<'_>>) -> Option<StepCause> {
        let Some(value) = value else { return Some(StepCause::Fixed(Cause::NORMAL_CLEARING)) };
        if value.scalar() == Some("captured") {
            if !self.captures {
                value.complain_expected(
                    "nothing is captured here",
                    "one to three `C` in `called`, such as \"19CCC\"",
                );
            }
            return Some(StepCause::Captured);
        }
        let value = value.integer(1..=127_u8)?;
        Cause::new(value, Location::PublicRemote).map(StepCause::Fixed)
    }
}

fn misused(key: Value<'_>, name: &str, argument: Option<Value<'_>>) {
    if !STEPS.contains(&name) {
        key.unknown("step", name, STEPS);
    } else if argument.is_some() {
        key.complain(format!("`{name}` stands alone"));
    } else {
        key.complain(format!("`{name}` says nothing without a value (`{name}: …`)"));
    }
}

/// A progress description, or a map of one and a cause.
fn progress(value: Value<'_>) -> Option<Progress> {
    if !value.is_map() {
        return Some(Progress { indicator: indicator(value)?, cause: None });
    }
    let map = value.map(&["indicator", "cause"])?;
    let indicator = map.optional("indicator", indicator).unwrap_or_default();
    let cause = map.optional("cause", |value| value.integer(1..=127_u8));
    Some(Progress { indicator, cause: cause.and_then(|cause| Cause::new(cause, Location::PublicRemote)) })
}

fn indicator(value: Value<'_>) -> Option<Option<ProgressIndicator>> {
    let description = match value.choice(&[
        ("none", None),
        ("in_band", Some(8)),
        ("1", Some(1)),
        ("2", Some(2)),
        ("3", Some(3)),
        ("4", Some(4)),
        ("5", Some(5)),
        ("8", Some(8)),
    ])? {
        None => return Some(None),
        Some(description) => ProgressDescription::from_value(description)?,
    };
    Some(Some(ProgressIndicator { description, location: Location::PublicRemote }))
}

fn echo(value: Value<'_>) -> Option<Saying> {
    let delay = value.duration()?;
    match u16::try_from(delay.as_millis()) {
        Ok(delay_ms) if delay_ms <= ECHO_MS_MAX => Some(Saying::Echo { delay_ms }),
        Ok(_) | Err(_) => {
            value.complain_expected("the echo is too late", &format!("at most {ECHO_MS_MAX}ms"));
            None
        }
    }
}

fn tone(value: Value<'_>, law: Law) -> Option<Sound> {
    let map = value.map(&["country", "name"])?;
    let country = map.required("country", |value| {
        let code = value.name_of("country", Country::ALL.map(Country::code))?;
        Country::from_code(code)
    });
    let kind = map.required("name", |value| value.choice(&render::TONES));
    Some(render::tone(country?, kind?, law))
}

/// Digits, or a map of them and the length of each.
fn digits(value: Value<'_>, law: Law) -> Option<Sound> {
    let (text, each) = if value.is_map() {
        let map = value.map(&["digits", "each"])?;
        let each = map.optional("each", Value::duration);
        (map.required("digits", Value::digits)?, each.unwrap_or(DIGIT))
    } else {
        (value.digits()?, DIGIT)
    };
    let mut digits = Vec::new();
    for (at, c) in text.chars().enumerate() {
        match Digit::from_char(c) {
            Some(digit) => digits.push(digit),
            None => value.complain_at(at, &format!("{c:?} is no DTMF digit"), "0-9, *, #, A-D"),
        }
    }
    if digits.len() > DIGITS_MAX || each > DIGIT_MAX {
        value
            .complain(format!("more than {DIGITS_MAX} digits, or longer than {}s each", DIGIT_MAX.as_secs()));
        return None;
    }
    Some(Sound::once(&render::digits(&digits, each, law), law))
}

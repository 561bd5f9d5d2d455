//! What the gateway itself says to an endpoint: tones, and digits as tones or as events.

use call::Digit;

use crate::Law;
use crate::dtmf;
use crate::rtp::telephone_event::Sender;
use crate::tone::{self, Tone};

/// Levels of the two frequencies of a digit, as in most of Europe.
const DIGIT_LEVELS_DBM0: (f64, f64) = (-9.0, -11.0);
/// What receivers must hear of a digit (ITU-T Q.24).
const DIGIT_MILLISECONDS_MIN: u32 = 40;

/// The tone and the digits of one endpoint. Nothing is held before it is first needed.
#[derive(Default)]
pub(crate) struct Prompt {
    tone: Option<Box<tone::Generator>>,
    digits: Option<Box<dtmf::Generator>>,
    events: Option<Box<Sender>>,
}

/// How long a digit lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// So many milliseconds.
    Milliseconds(u16),
    /// Until it is released.
    Held,
}

impl Prompt {
    pub(crate) fn play(&mut self, tone: Tone, law: Law) {
        self.tone = Some(Box::new(tone::Generator::new(tone, law)));
    }

    pub(crate) fn stop(&mut self) {
        self.tone = None;
    }

    /// A digit to be heard. Beyond what the queue holds, digits are lost.
    pub(crate) fn sound(&mut self, digit: Digit, length: Length, law: Law) {
        let (high, low) = DIGIT_LEVELS_DBM0;
        let digits =
            self.digits.get_or_insert_with(|| Box::new(dtmf::Generator::with_levels(high, low, law)));
        let _room = match length {
            Length::Milliseconds(milliseconds) => digits.send_for(digit, milliseconds.into()),
            Length::Held => digits.hold(digit),
        };
    }

    /// A digit to be told as an event, reported as often as there are frames.
    pub(crate) fn tell(&mut self, digit: Digit, length: Length, clock_rate: u32, frame_milliseconds: u8) {
        let events =
            self.events.get_or_insert_with(|| Box::new(Sender::new(clock_rate, frame_milliseconds.into())));
        let _room = match length {
            Length::Milliseconds(milliseconds) => {
                events.send(digit, DIGIT_MILLISECONDS_MIN.max(milliseconds.into()))
            }
            Length::Held => events.hold(digit, DIGIT_MILLISECONDS_MIN),
        };
    }

    /// The digit that is held has come up.
    pub(crate) fn release(&mut self) {
        if let Some(digits) = &mut self.digits {
            digits.release();
        }
        if let Some(events) = &mut self.events {
            events.release();
        }
    }

    /// Whether there is anything to say.
    pub(crate) fn is_active(&self) -> bool {
        self.tone.is_some()
            || self.digits.as_ref().is_some_and(|digits| !digits.is_idle())
            || self.events.as_ref().is_some_and(|events| !events.is_idle())
    }

    /// Puts tone and digits in place of what a frame says.
    pub(crate) fn fill(&mut self, pcm: &mut [i16]) {
        if let Some(tone) = &mut self.tone {
            tone.fill(pcm);
        }
        if let Some(digits) = &mut self.digits {
            digits.fill(pcm);
        }
    }

    /// The events, while there are any to tell.
    pub(crate) fn events(&mut self) -> Option<&mut Sender> {
        self.events.as_deref_mut().filter(|events| !events.is_idle())
    }
}

//! What the two sides of a call say to each other, whatever protocol each speaks.

use core::fmt;

use crate::{Cause, Digit, Number};

/// A display name is cut here, RFC 3261 sets no limit and Q.931 displays hold 82 characters.
pub const MAX_NAME: usize = 82;

/// One step of a call, said by one leg to the other. SIP, Q.931, CAS and analog lines are all put into these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A call begins.
    Setup(Box<Setup>),
    /// More digits are wanted (overlap sending).
    SetupAck,
    /// The call is being dealt with: SIP 100, Q.931 CALL PROCEEDING. Never heard by the caller.
    Proceeding,
    /// The callee is being rung: SIP 180, Q.931 ALERTING.
    Alerting(Progress),
    /// Something else is to be known, often in-band tones: SIP 183, Q.931 PROGRESS.
    Progress(Progress),
    /// Answered: SIP 200, Q.931 CONNECT.
    Connect,
    /// A digit pressed in the call.
    Digit(Digit),
    /// The call is over but the line still carries tones or an announcement (Q.931 DISCONNECT with PI 8).
    Disconnect {
        /// Why.
        cause: Cause,
        /// Whether something can be heard.
        progress: Progress,
    },
    /// The call is over and its channel is given back: SIP BYE, CANCEL or a final response; RELEASE.
    Release(Cause),
}

/// A call as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Where to.
    pub called: Number,
    /// Where from, if known.
    pub calling: Option<Number>,
    /// Who from, if said.
    pub calling_name: Name,
    /// Who redirected the call here, if anyone.
    pub redirecting: Option<Redirecting>,
    /// No more digits will come (Q.931 sending complete).
    pub sending_complete: bool,
    /// What is to be carried.
    pub bearer: Bearer,
    /// What is known of the calling side (Q.931 PROGRESS 1 or 3 in SETUP).
    pub origin: Origin,
}

impl Setup {
    /// An ordinary voice call with every digit present.
    pub fn voice(called: Number, calling: Option<Number>) -> Self {
        Self {
            called,
            calling,
            calling_name: Name::default(),
            redirecting: None,
            sending_complete: true,
            bearer: Bearer::Speech,
            origin: Origin::Isdn,
        }
    }
}

/// A display name, cut to [`MAX_NAME`] characters and free of control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name(Option<Box<str>>);

impl Name {
    /// Takes what is printable of `text`; an empty rest is no name.
    pub fn new(text: &str) -> Self {
        let kept: String = text.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        Self(if kept.is_empty() { None } else { Some(kept.into_boxed_str()) })
    }

    /// The name, if there is one.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Who sent the call on, and how often it was sent on (RFC 5806, Q.931 redirecting number).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redirecting {
    /// The number that redirected.
    pub number: Number,
    /// Why, Q.931 §4.6.7 coding: 0 unknown, 1 busy, 2 no reply, 15 unconditional.
    pub reason: u8,
    /// How many diversions so far; bounded by who counts.
    pub count: u8,
}

/// Bearer capability, Q.931 §4.5.5, as far as a voice gateway tells them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// Speech.
    #[default]
    Speech,
    /// 3.1 kHz audio: modems and fax are welcome.
    Audio,
    /// Unrestricted digital, 64 kbit/s.
    Digital,
}

/// What is known of the calling side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// ISDN all the way, as far as known.
    #[default]
    Isdn,
    /// Not ISDN (progress indicator 3 in SETUP).
    NotIsdn,
    /// Beyond an interworking (progress indicator 1 in SETUP).
    Interworked,
}

/// What goes with ALERTING, PROGRESS or DISCONNECT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Progress {
    /// The progress indicator, if one came.
    pub indicator: Option<ProgressIndicator>,
    /// A cause that explains it, if one came.
    pub cause: Option<Cause>,
}

impl Progress {
    /// Nothing to be heard, nothing to be said.
    pub const NONE: Self = Self { indicator: None, cause: None };
    /// In-band information is now available (progress description 8).
    pub const IN_BAND: Self = Self {
        indicator: Some(ProgressIndicator {
            description: ProgressDescription::InBand,
            location: crate::Location::PublicLocal,
        }),
        cause: None,
    };

    /// True if the line carries tones or speech that the caller should hear: progress description 1 or 8.
    pub fn in_band(&self) -> bool {
        self.indicator.is_some_and(|i| match i.description {
            ProgressDescription::InBand | ProgressDescription::NotEndToEndIsdn => true,
            ProgressDescription::DestinationNotIsdn
            | ProgressDescription::OriginNotIsdn
            | ProgressDescription::ReturnedToIsdn
            | ProgressDescription::ServiceChange => false,
        })
    }
}

/// A progress indicator, Q.931 §4.5.23.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProgressIndicator {
    /// What.
    pub description: ProgressDescription,
    /// Said by whom.
    pub location: crate::Location,
}

/// Progress description, Q.931 Table 4-20.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgressDescription {
    /// 1: not end-to-end ISDN; more may be heard in-band.
    NotEndToEndIsdn,
    /// 2: the destination is not ISDN.
    DestinationNotIsdn,
    /// 3: the origin is not ISDN.
    OriginNotIsdn,
    /// 4: the call is back in the ISDN.
    ReturnedToIsdn,
    /// 5: the service changed in interworking.
    ServiceChange,
    /// 8: in-band information or an appropriate pattern is now available.
    InBand,
}

impl ProgressDescription {
    /// The value on the wire.
    pub const fn value(self) -> u8 {
        match self {
            Self::NotEndToEndIsdn => 1,
            Self::DestinationNotIsdn => 2,
            Self::OriginNotIsdn => 3,
            Self::ReturnedToIsdn => 4,
            Self::ServiceChange => 5,
            Self::InBand => 8,
        }
    }

    /// From the value on the wire.
    pub const fn from_value(value: u8) -> Option<Self> {
        Some(match value {
            1 => Self::NotEndToEndIsdn,
            2 => Self::DestinationNotIsdn,
            3 => Self::OriginNotIsdn,
            4 => Self::ReturnedToIsdn,
            5 => Self::ServiceChange,
            8 => Self::InBand,
            _ => return None,
        })
    }
}

impl fmt::Display for Signal {
    /// As a ladder shows it: `SETUP 10xx`, `RELEASE 17 user busy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(setup) => write!(f, "SETUP {}", setup.called),
            Self::SetupAck => f.write_str("SETUP ACK"),
            Self::Proceeding => f.write_str("CALL PROCEEDING"),
            Self::Alerting(progress) => write!(f, "ALERTING{progress}"),
            Self::Progress(progress) => write!(f, "PROGRESS{progress}"),
            Self::Connect => f.write_str("CONNECT"),
            Self::Digit(_) => f.write_str("DIGIT"),
            Self::Disconnect { cause, progress } => write!(f, "DISCONNECT {cause}{progress}"),
            Self::Release(cause) => write!(f, "RELEASE {cause}"),
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(indicator) = self.indicator {
            write!(f, " PI {}", indicator.description.value())?;
        }
        if let Some(cause) = self.cause {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_1_and_8_can_be_heard_and_the_others_not() {
        let heard: Vec<u8> = (0..=10)
            .filter(|&value| {
                ProgressDescription::from_value(value).is_some_and(|description| {
                    assert_eq!(description.value(), value);
                    let location = crate::Location::User;
                    Progress { indicator: Some(ProgressIndicator { description, location }), cause: None }
                        .in_band()
                })
            })
            .collect();
        assert_eq!(heard, [1, 8]);
        assert!(!Progress::NONE.in_band());
    }

    #[test]
    fn a_ladder_reads_a_signal_in_the_words_of_q931() {
        let number = Number::parse("1000").unwrap();
        assert_eq!(Signal::Setup(Box::new(Setup::voice(number, None))).to_string(), "SETUP 10xx");
        assert_eq!(Signal::Alerting(Progress::IN_BAND).to_string(), "ALERTING PI 8");
        assert_eq!(Signal::Release(Cause::USER_BUSY).to_string(), "RELEASE 17 user busy");
    }

    #[test]
    fn a_name_is_cut_and_holds_no_control_character() {
        assert_eq!(Name::new(" Al\r\nice ").get(), Some("Alice"));
        assert_eq!(Name::new("\u{7}").get(), None);
        assert_eq!(Name::new(&"x".repeat(200)).get().unwrap().len(), MAX_NAME);
    }
}

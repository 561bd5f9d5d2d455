//! What a page may tell a phone to do.

use std::time::Duration;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Place a call.
    Dial(Dialling),
    /// CANCEL the newest call.
    Cancel,
    /// BYE, with these header lines.
    HangUp(Vec<String>),
    /// Offer anew in the newest call.
    Reinvite(Reinvite),
    /// Say more in answer to the newest call.
    Say(Plan),
    /// A request that belongs to no call.
    Stray(String),
    /// The last request again, octet for octet.
    Again,
    /// These octets.
    Raw(Vec<u8>),
}

/// How a call is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialling {
    /// The number.
    pub number: String,
    /// Whether the INVITE has an offer.
    pub offer: bool,
    /// Payload types offered.
    pub formats: &'static [u8],
    /// Its Max-Forwards.
    pub max_forwards: u8,
    /// The calling number.
    pub calling: String,
    /// More header lines.
    pub headers: Vec<String>,
}

impl Dialling {
    /// An ordinary call.
    pub fn to(number: &str) -> Self {
        Self {
            number: number.into(),
            offer: true,
            formats: &[8, 0],
            max_forwards: 70,
            calling: "5550100".into(),
            headers: Vec::new(),
        }
    }
}

/// What a re-INVITE offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reinvite {
    /// The same, sendonly.
    Hold,
    /// The same, both ways.
    Resume,
    /// Another port.
    Move,
    /// A codec that nobody here speaks.
    Codec,
    /// Nothing: the other side is to offer.
    NoOffer,
}

/// How a call is answered: one thing after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan(pub Vec<PlanStep>);

impl Default for Plan {
    fn default() -> Self {
        Self(vec![PlanStep::Respond(Reply::new(180)), PlanStep::Respond(Reply::new(200))])
    }
}

/// One thing in answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanStep {
    /// Nothing, for so long.
    Wait(Duration),
    /// A response.
    Respond(Reply),
    /// BYE.
    Bye,
    /// A re-INVITE.
    Reinvite(Reinvite),
    /// Forwards the call to where it came from, as a proxy with a wrong route does.
    Loop,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Whether it has a description.
    pub sdp: bool,
    /// Which branch of a fork says it.
    pub fork: Option<char>,
    /// More header lines.
    pub headers: Vec<String>,
}

impl Reply {
    /// A response; a 200 answers the offer.
    pub fn new(status: u16) -> Self {
        Self { status, sdp: (200..300).contains(&status), fork: None, headers: Vec::new() }
    }
}

//! What a stack tells its user, and the names by which user and stack speak of the same thing.

use std::time::Duration;

use crate::message::OwnedMessage;
use crate::transport::Flow;

/// A session: one INVITE and the dialog it made, until either side ends it. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(super) u64);

impl SessionId {
    /// The name as a number, unique in its stack.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// One request outside INVITE, BYE and CANCEL that waits for an answer. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub(super) u64);

impl RequestId {
    /// The name as a number, unique in its stack.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// Which of the branches of a forked INVITE answered, counted in order of appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fork(pub u8);

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// A call comes in; 100 has been sent. Answer with `provisional`, `accept` or `reject`.
    Invite {
        /// Its name from now on.
        session: SessionId,
        /// The INVITE.
        message: OwnedMessage,
        /// Where it came from; `remote` is the source address.
        flow: Flow,
    },
    /// A call of ours rings or progresses (101 to 199).
    Provisional {
        /// Which.
        session: SessionId,
        /// Which branch of a forked call; `None` if the response had no To tag.
        fork: Option<Fork>,
        /// The status code.
        status: u16,
        /// The response.
        message: OwnedMessage,
    },
    /// A call of ours, or an offer of ours in a call, was answered with 2xx.
    Accepted {
        /// Which.
        session: SessionId,
        /// Which branch answered.
        fork: Fork,
        /// The response.
        message: OwnedMessage,
        /// The 2xx carries the offer: the user owes `acknowledge` with an answer. Otherwise the ACK has been sent.
        owed: bool,
    },
    /// A call of ours failed; the session is over.
    Rejected {
        /// Which.
        session: SessionId,
        /// The status code; 408 and 503 also when nobody answered or nothing could be sent.
        status: u16,
        /// The response; `None` if there was none.
        message: Option<OwnedMessage>,
    },
    /// The 2xx of ours was acknowledged.
    Acknowledged {
        /// Which.
        session: SessionId,
        /// The ACK, if it has a body.
        message: Option<OwnedMessage>,
    },
    /// The caller gave up before the answer; 487 has been sent and the session is over.
    Canceled {
        /// Which.
        session: SessionId,
        /// The CANCEL.
        message: OwnedMessage,
    },
    /// A re-INVITE or UPDATE wants something changed: `answer_offer` or `refuse_offer`.
    Offer {
        /// Which.
        session: SessionId,
        /// The request; without a body if the peer wants our offer.
        message: OwnedMessage,
    },
    /// The peer cancelled its re-INVITE before it was answered; the call goes on as it was.
    OfferWithdrawn {
        /// Which.
        session: SessionId,
    },
    /// A re-INVITE of ours was refused; the call goes on as it was.
    OfferRefused {
        /// Which.
        session: SessionId,
        /// The status code.
        status: u16,
        /// When to try again after a 491 (RFC 3261 §14.1).
        again: Option<Duration>,
        /// The response; `None` if there was none.
        message: Option<OwnedMessage>,
    },
    /// The session is over, and the user did not end it.
    Ended {
        /// Which.
        session: SessionId,
        /// Why.
        why: End,
    },
    /// A request of one of [`Config::methods`](super::Config::methods): `respond`.
    Request {
        /// Its name.
        request: RequestId,
        /// The session in whose dialog it came, if any.
        session: Option<SessionId>,
        /// The request.
        message: OwnedMessage,
        /// Where it came from.
        flow: Flow,
    },
    /// A request sent with `request` was answered.
    Response {
        /// Its name.
        request: RequestId,
        /// The session in whose dialog it went, if any.
        session: Option<SessionId>,
        /// The status code; 408 and 503 also when nobody answered or nothing could be sent.
        status: u16,
        /// The response; `None` if there was none.
        message: Option<OwnedMessage>,
    },
}

/// Why a session is over.
#[derive(Debug)]
pub enum End {
    /// The peer sent BYE.
    Bye(OwnedMessage),
    /// Our 2xx was never acknowledged; BYE has been sent (RFC 3261 §13.3.1.4).
    AckTimeout,
    /// The user never answered the call (480 has been sent) or never acknowledged (BYE has been sent).
    Unanswered,
    /// The peer no longer knows the dialog (481), or did not answer in it (408).
    Lost,
    /// The call lasted as long as [`Limits::call`](super::Limits::call) allows; BYE has been sent.
    Expired,
}

/// Why the stack did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misuse {
    /// The session or request is over, or never was.
    Gone,
    /// This cannot be done in the state it is in.
    WrongState,
    /// A limit of [`Limits`](super::Limits) is reached.
    Full,
    /// No listener has the local address.
    NoListener,
    /// A header or URI holds what would break the message (control bytes, line ends).
    Unwritable,
}

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Gone => "it is over",
            Self::WrongState => "not in this state",
            Self::Full => "a limit is reached",
            Self::NoListener => "no listener has this address",
            Self::Unwritable => "it would break the message",
        })
    }
}

impl std::error::Error for Misuse {}

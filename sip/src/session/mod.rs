//! What a session remembers besides its dialog: who offered what, and until when an answer is awaited.

mod offer_answer;
mod unacknowledged;

pub(crate) use offer_answer::{Carrier, OfferAnswer, Step};
pub(crate) use unacknowledged::{Unacknowledged, Wait};

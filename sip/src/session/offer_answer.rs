//! Who has offered and who owes an answer: RFC 3261 §13.2.1, RFC 3264, RFC 6337 §2.

/// Which side sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// We sent it.
    Ours,
    /// The peer sent it.
    Theirs,
}

/// A message that can carry a session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// An INVITE.
    Invite,
    /// A plain 18x: what stands in it is a preview of the answer, never the answer itself (RFC 6337 §3.1.1),
    /// but a peer may treat it as such, and the 2xx repeats it.
    Provisional,
    /// A 2xx to an INVITE.
    Success,
    /// An ACK to a 2xx.
    Ack,
    /// An UPDATE, or its 2xx.
    Update,
    /// A final failure: whatever was offered is void.
    Failure,
}

/// The exchange as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OfferAnswer {
    /// Nothing is open: nothing was offered yet, or everything offered was answered.
    #[default]
    Settled,
    /// An INVITE without an offer is out: the side that answers it has to offer.
    Asked {
        /// Who asked.
        by: Step,
    },
    /// An offer is open.
    Offered {
        /// Who offered.
        by: Step,
    },
}

impl OfferAnswer {
    /// A message passed, with a session description or without.
    #[must_use]
    pub(crate) fn after(self, who: Step, carrier: Carrier, described: bool) -> Self {
        match (self, carrier) {
            (_, Carrier::Failure) => Self::Settled,
            (Self::Settled, Carrier::Invite) if described => Self::Offered { by: who },
            (Self::Settled, Carrier::Invite) => Self::Asked { by: who },
            (Self::Settled, Carrier::Update) if described => Self::Offered { by: who },
            // An offer in a plain 18x cannot be answered before the 2xx, which repeats it.
            (Self::Asked { .. } | Self::Offered { .. }, Carrier::Provisional) => self,
            (Self::Asked { by }, Carrier::Success) if described && by != who => Self::Offered { by: who },
            (Self::Asked { .. }, Carrier::Success) => Self::Settled,
            // A 2xx without an answer to the offer of its INVITE leaves nothing to wait for.
            (Self::Offered { by }, Carrier::Success | Carrier::Ack | Carrier::Update) if by != who => {
                Self::Settled
            }
            (Self::Settled, Carrier::Provisional | Carrier::Success | Carrier::Ack | Carrier::Update)
            | (Self::Asked { .. }, Carrier::Invite | Carrier::Ack | Carrier::Update)
            | (Self::Offered { .. }, Carrier::Invite | Carrier::Success | Carrier::Ack | Carrier::Update) => {
                self
            }
        }
    }

    /// Whether this side's open offer waits for the other's answer.
    pub(crate) fn is_offered_by(self, who: Step) -> bool {
        self == Self::Offered { by: who }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The six patterns of RFC 6337 table 1 that need no reliable provisional responses.
    #[test]
    fn every_offer_finds_its_answer() {
        let start = OfferAnswer::Settled;
        let offered = start.after(Step::Ours, Carrier::Invite, true);
        assert!(offered.is_offered_by(Step::Ours));
        let early = offered.after(Step::Theirs, Carrier::Provisional, true);
        assert!(early.is_offered_by(Step::Ours), "a plain 18x is a preview");
        assert_eq!(early.after(Step::Theirs, Carrier::Success, true), OfferAnswer::Settled);

        let asked = start.after(Step::Theirs, Carrier::Invite, false);
        assert_eq!(asked, OfferAnswer::Asked { by: Step::Theirs });
        let late = asked.after(Step::Ours, Carrier::Success, true);
        assert!(late.is_offered_by(Step::Ours));
        assert_eq!(late.after(Step::Theirs, Carrier::Ack, true), OfferAnswer::Settled);

        let update = start.after(Step::Theirs, Carrier::Update, true);
        assert_eq!(update.after(Step::Ours, Carrier::Update, true), OfferAnswer::Settled);
        assert_eq!(offered.after(Step::Theirs, Carrier::Failure, false), OfferAnswer::Settled);
    }
}

//! A call record while its call lives.

use std::time::Instant;

use call::{Cause, Number, Setup};

use crate::records::{Attempt, Outcome, Party, Why};

/// What is noted as it happens; the rest is read off the call at its end.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) calling: Option<Party>,
    pub(super) called: Party,
    pub(super) rule: Option<String>,
    pub(super) attempts: Vec<Attempt>,
    attempt_began: Option<Instant>,
    pub(super) first_sign: Option<Instant>,
    pub(super) alerting: Option<Instant>,
    pub(super) answered: Option<Instant>,
    pub(super) ended: Option<Instant>,
    pub(super) why: Option<Why>,
}

impl Draft {
    /// What the setup tells.
    pub(super) fn of(setup: Option<&Setup>) -> Self {
        let party = |number: &Number| Party { received: number.dialled().to_string(), normalised: None };
        Self {
            called: setup.map(|setup| party(&setup.called)).unwrap_or_default(),
            calling: setup.and_then(|setup| setup.calling.as_ref()).map(party),
            ..Self::default()
        }
    }

    /// An attempt starts.
    pub(super) fn attempt(&mut self, trunk: &str, sent: &Number, now: Instant) {
        self.attempt_began = Some(now);
        self.attempts.push(Attempt {
            trunk: trunk.to_owned(),
            channel: None,
            sent: sent.dialled().to_string(),
            outcome: Outcome::Canceled,
            sip_status: None,
            cause: None,
            delay_ms: 0,
        });
    }

    /// The attempt under way is on this channel.
    pub(super) fn seized(&mut self, channel: String) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.channel = Some(channel);
        }
    }

    /// The attempt under way failed.
    pub(super) fn attempt_failed(&mut self, cause: Cause, sip_status: Option<u16>, now: Instant) {
        self.attempt_over(Outcome::of_cause(cause), Some(cause), sip_status, now);
    }

    /// The caller gave up the attempt under way.
    pub(super) fn attempt_canceled(&mut self, now: Instant) {
        self.attempt_over(Outcome::Canceled, Some(Cause::NORMAL_CLEARING), None, now);
    }

    fn attempt_over(
        &mut self,
        outcome: Outcome,
        cause: Option<Cause>,
        sip_status: Option<u16>,
        now: Instant,
    ) {
        let Some(began) = self.attempt_began.take() else { return };
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.outcome = outcome;
            attempt.cause = cause.map(Cause::value);
            attempt.sip_status = sip_status;
            attempt.delay_ms = milliseconds(began, now);
        }
    }

    /// The final SIP status of the last attempt, if it failed with one.
    pub(super) fn last_status(&self) -> Option<u16> {
        self.attempts.last().and_then(|attempt| attempt.sip_status)
    }

    /// Something was heard of the callee.
    pub(super) fn sign(&mut self, now: Instant) {
        self.first_sign.get_or_insert(now);
    }

    /// The callee is rung.
    pub(super) fn rung(&mut self, now: Instant) {
        self.sign(now);
        self.alerting.get_or_insert(now);
    }

    /// The callee answered.
    pub(super) fn answer(&mut self, now: Instant) {
        self.sign(now);
        self.answered = Some(now);
        self.attempt_over(Outcome::Answered, None, None, now);
    }

    /// The call is over.
    pub(super) fn end(&mut self, now: Instant) {
        self.ended.get_or_insert(now);
        self.attempt_canceled(now);
    }
}

pub(super) fn milliseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}

//! The calls that ended last, so that an operator can still look at them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::control::{CallState, CallView, Ladder};
use crate::records::CallRecord;

/// How many are kept.
pub(super) const ENDED_MAX: usize = 256;

pub(super) struct Ended {
    pub(super) record: Arc<CallRecord>,
    pub(super) ladder: Ladder,
}

impl Ended {
    pub(super) fn view(&self) -> CallView {
        let record = &self.record;
        CallView {
            id: record.id,
            state: CallState::Ended,
            setup_at: record.times.setup_at,
            answered_at: record.times.answered_at,
            calling: record.calling.as_ref().map(|party| party.received.clone()),
            called: record.called.received.clone(),
            rule: record.rule.clone(),
            caller: record.caller.clone(),
            callee: record.callee.clone(),
            record: Some(Box::new((**record).clone())),
        }
    }
}

/// Keeps one more and forgets the oldest.
pub(super) fn keep(ended: &mut VecDeque<Ended>, one: Ended) {
    if ended.len() >= ENDED_MAX {
        ended.pop_front();
    }
    ended.push_back(one);
}

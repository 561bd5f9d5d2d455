//! The snapshot of every counter and gauge, read off the rooms that count.

use sip::message::Method;

use super::gateway::Gateway;
use super::strangers::Strangers;
use super::trunk::{Kind, Trunk};
use crate::control::{ChannelState, Counters, MediaCounters, SipCounters, TrunkCounters, Way};

impl Gateway {
    pub(super) fn counters(&self) -> Counters {
        let ports = self.switch.voice.ports();
        Counters {
            trunks: self.switch.trunks.iter().map(trunk).collect(),
            rejected: self.rejected,
            calls: count(self.calls.len()),
            calls_limit: count(self.calls_max),
            sip: self.sip_counters(),
            media: MediaCounters {
                ports_in_use: count(ports.in_use()),
                ports_limit: count(ports.limit()),
                transcoding: Vec::new(),
            },
            draining: self.draining,
            records_lost: 0,
        }
    }

    fn sip_counters(&self) -> SipCounters {
        let counters = self.switch.stack.counters();
        let methods = Method::KNOWN.iter().copied().chain([Method::Other]);
        let requests = methods
            .flat_map(|method| {
                let label = if method == Method::Other { "other" } else { method.name() };
                [
                    (Way::In, label.to_owned(), counters.requests_received.get(method)),
                    (Way::Out, label.to_owned(), counters.requests_sent.get(method)),
                ]
            })
            .filter(|(_, _, count)| *count > 0)
            .collect();
        let received = counters.responses_received.iter().map(|(status, n)| (Way::In, status, n));
        let sent = counters.responses_sent.iter().map(|(status, n)| (Way::Out, status, n));
        SipCounters {
            requests,
            responses: received.chain(sent).collect(),
            retransmissions_out: counters.retransmissions_sent,
            retransmissions_in: counters.retransmissions_received,
            parse_errors: counters.dropped.unparsable,
            dropped: dropped(&counters.dropped, self.strangers.as_ref().map_or(0, Strangers::dropped)),
            stateless_refusals: counters.stateless_refusals,
            transactions: counters.transactions,
            dialogs: counters.sessions,
            connections: counters.connections,
        }
    }
}

fn dropped(dropped: &sip::stack::Dropped, strangers: u64) -> Vec<(String, u64)> {
    [
        ("stray_response", dropped.stray_response),
        ("stray_ack", dropped.stray_ack),
        ("unroutable", dropped.unroutable),
        ("connection_refused", dropped.connection_refused),
        ("connection_closed", dropped.connection_closed),
        ("unsent", dropped.unsent),
        ("stranger", strangers),
    ]
    .map(|(reason, count)| (reason.to_owned(), count))
    .to_vec()
}

fn trunk(trunk: &Trunk) -> TrunkCounters {
    TrunkCounters {
        name: trunk.name.clone(),
        up: trunk.is_up(),
        attempts_in: trunk.attempts_in,
        attempts_out: trunk.attempts_out,
        active_in: trunk.active_in,
        active_out: trunk.active_out,
        calls_limit: trunk.calls_limit(),
        rejected: trunk.rejected,
        channels: channels(trunk),
        digits_events: trunk.digits_events,
        digits_tones: trunk.digits_tones,
    }
}

/// How many channels are in each state; every state is there, so that a gauge goes back to 0.
fn channels(trunk: &Trunk) -> Vec<(ChannelState, u64)> {
    let Kind::Line(line) = &trunk.kind else { return Vec::new() };
    let mut counts = ChannelState::ALL.map(|state| (state, 0_u64));
    for channel in line.trunk.channels() {
        let state = super::answers::channel_state(&channel);
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == state) {
            *count += 1;
        }
    }
    counts.to_vec()
}

pub(super) fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

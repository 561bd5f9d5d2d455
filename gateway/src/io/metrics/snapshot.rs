//! Metrics that come from the counters as they stand at a scrape.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Labels, NO_TRUNK};
use crate::control::{Counters, Rejections, SipCounters, TrunkCounters};
use crate::io::records::Counts;
use crate::records::Refusal;

/// Writes counters into a registry that lives for one scrape.
pub(super) struct Snapshot<'r> {
    registry: &'r mut Registry,
}

type Row = (Labels, u64);
type Level = Gauge<u64, AtomicU64>;

impl<'r> Snapshot<'r> {
    pub(super) fn new(registry: &'r mut Registry) -> Self {
        Self { registry }
    }

    fn counter(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = Row>) {
        let family = Family::<Labels, Counter>::default();
        for (labels, value) in rows {
            family.get_or_create(&labels).inc_by(value);
        }
        self.registry.register(name, help, family);
    }

    fn gauge(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = Row>) {
        let family = Family::<Labels, Level>::default();
        for (labels, value) in rows {
            family.get_or_create(&labels).set(value);
        }
        self.registry.register(name, help, family);
    }

    /// A counter without labels.
    fn count(&mut self, name: &str, help: &str, value: u64) {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        self.registry.register(name, help, counter);
    }

    /// A gauge without labels.
    fn level(&mut self, name: &str, help: &str, value: u64) {
        let gauge = Level::default();
        gauge.set(value);
        self.registry.register(name, help, gauge);
    }

    /// Everything the gateway counts; `up` alone when it did not answer.
    pub(super) fn gateway(&mut self, counters: Option<&Counters>) {
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        self.gauge("build_info", "The version that runs", [(version, 1)]);
        let answered = u64::from(counters.is_some());
        self.level("control_up", "Whether the control thread answered this scrape", answered);
        let Some(counters) = counters else { return };
        self.level("draining", "Whether new calls are refused", u64::from(counters.draining));
        self.trunks(&counters.trunks);
        self.rejections(counters);
        self.sip(&counters.sip);
        let media = &counters.media;
        self.level("rtp_ports_in_use", "RTP ports in use", media.ports_in_use);
        self.level("rtp_ports_limit", "RTP ports there are", media.ports_limit);
        let transcoding = media
            .transcoding
            .iter()
            .map(|(from, to, count)| (vec![("from", from.clone()), ("to", to.clone())], *count));
        self.gauge("transcoding_sessions", "Bridges between unlike codecs", transcoding);
    }

    fn trunks(&mut self, trunks: &[TrunkCounters]) {
        let of = |trunk: &TrunkCounters| vec![("trunk", trunk.name.clone())];
        let ways = |inward: fn(&TrunkCounters) -> u64, outward: fn(&TrunkCounters) -> u64| {
            let rows = trunks.iter().flat_map(move |trunk| {
                [("in", inward(trunk)), ("out", outward(trunk))].map(|(direction, value)| {
                    (vec![("trunk", trunk.name.clone()), ("direction", direction.to_owned())], value)
                })
            });
            rows.collect::<Vec<Row>>()
        };
        let attempts = ways(|trunk| trunk.attempts_in, |trunk| trunk.attempts_out);
        self.counter("call_attempts", "Calls from a trunk and attempts to place one on it", attempts);
        let active = ways(|trunk| trunk.active_in, |trunk| trunk.active_out);
        self.gauge("calls_active", "Live calls", active);
        let limited = trunks.iter().filter(|trunk| trunk.calls_limit > 0);
        let limits = limited.map(|trunk| (of(trunk), trunk.calls_limit));
        self.gauge("calls_limit", "The most calls at once, on a trunk that has a limit", limits);
        self.gauge(
            "trunk_up",
            "Whether a trunk can carry calls",
            trunks.iter().map(|t| (of(t), u64::from(t.up))),
        );
        let channels = trunks.iter().flat_map(|trunk| {
            trunk.channels.iter().map(|(state, count)| {
                (vec![("trunk", trunk.name.clone()), ("state", state.word().to_owned())], *count)
            })
        });
        self.gauge("trunk_channels", "Channels by state", channels);
        let digits = trunks.iter().flat_map(|trunk| {
            [("rfc4733", trunk.digits_events), ("inband", trunk.digits_tones)].map(|(method, count)| {
                (vec![("trunk", trunk.name.clone()), ("method", method.to_owned())], count)
            })
        });
        self.counter("dtmf_events", "DTMF digits that came from a trunk", digits);
    }

    fn rejections(&mut self, counters: &Counters) {
        let by_reason = |trunk: &str, rejections: &Rejections| {
            let rejections = *rejections;
            let trunk = trunk.to_owned();
            Refusal::ALL.into_iter().map(move |why| {
                (vec![("trunk", trunk.clone()), ("reason", why.word().to_owned())], rejections.of(why))
            })
        };
        let trunks = counters.trunks.iter().flat_map(|trunk| by_reason(&trunk.name, &trunk.rejected));
        let rows: Vec<Row> = trunks.chain(by_reason(NO_TRUNK, &counters.rejected)).collect();
        self.counter("calls_rejected", "Calls the gateway itself refused", rows);
    }

    fn sip(&mut self, sip: &SipCounters) {
        let way = |direction: &str| ("direction", direction.to_owned());
        let requests = sip.requests.iter().map(|(direction, method, count)| {
            (vec![way(direction.word()), ("method", method.clone())], *count)
        });
        self.counter("sip_requests", "SIP requests", requests);
        let responses = sip.responses.iter().map(|(direction, status, count)| {
            (vec![way(direction.word()), ("code", status.to_string())], *count)
        });
        self.counter("sip_responses", "SIP responses", responses);
        let again = [("in", sip.retransmissions_in), ("out", sip.retransmissions_out)];
        let again = again.map(|(direction, count)| (vec![way(direction)], count));
        self.counter("sip_retransmissions", "SIP messages sent or received again", again);
        self.count("sip_parse_errors", "SIP messages that could not be understood", sip.parse_errors);
        let dropped = sip.dropped.iter().map(|(reason, count)| (vec![("reason", reason.clone())], *count));
        self.counter("sip_dropped", "SIP messages dropped without an answer", dropped);
        let help = "SIP messages refused without keeping anything of them";
        self.count("sip_stateless_refusals", help, sip.stateless_refusals);
        self.level("sip_transactions_active", "SIP transactions", sip.transactions);
        self.level("sip_dialogs_active", "SIP dialogs", sip.dialogs);
        self.level("sip_connections_active", "SIP connections", sip.connections);
    }

    pub(super) fn records(&mut self, counts: &Counts) {
        self.count("records", "Call records made", counts.total());
        let lost = [("queue_full", counts.lost()), ("unwritten", counts.unwritten())];
        let lost = lost.map(|(reason, count)| (vec![("reason", reason.to_owned())], count));
        self.counter("records_lost", "Call records that are in no file", lost);
        self.level("records_spool", "Call records that wait to be written", counts.spool());
    }

    pub(super) fn config(&mut self, node: &str, successful: i64, at: i64) {
        let named = vec![("node", node.to_owned())];
        self.gauge("config_info", "The config in force", [(named, 1)]);
        let number = |value: i64| u64::try_from(value).unwrap_or(0);
        let help = "Whether the last load of the config succeeded";
        self.level("config_last_reload_successful", help, number(successful));
        let help = "When the config was last loaded, in seconds since 1970";
        self.level("config_last_reload_success_timestamp_seconds", help, number(at));
    }
}

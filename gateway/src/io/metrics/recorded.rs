//! Metrics that come from call records: outcomes, causes, delays, voice.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::exemplar::HistogramWithExemplars;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::{Labels, NO_TRUNK, PREFIX};
use crate::records::{Attempt, CallRecord, Leg, Outcome, Rtp, Why};

type Counted = Family<Labels, Counter>;
type Histogram = HistogramWithExemplars<Labels>;
type Measured = Family<Labels, Histogram, fn() -> Histogram>;

/// A call this short may end before a packet came back.
const ONE_WAY_MS_MIN: u64 = 2000;

#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) registry: Registry,
    calls: Calls,
    routes: Routes,
    voice: Voice,
}

#[derive(Debug)]
struct Calls {
    ended: Counted,
    releases: Counted,
    post_dial_delay: Measured,
    answer_delay: Measured,
    duration: Measured,
}

#[derive(Debug)]
struct Routes {
    decisions: Counted,
    attempts: Counted,
}

#[derive(Debug)]
struct Voice {
    packets: Counted,
    lost: Counted,
    discarded: Counted,
    jitter: Measured,
    round_trip: Measured,
    mos: Measured,
    one_way: Counted,
    timeouts: Counted,
}

fn delays() -> Histogram {
    Histogram::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 60.0].into_iter())
}

fn lengths() -> Histogram {
    Histogram::new([1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0].into_iter())
}

fn network() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5].into_iter())
}

fn scores() -> Histogram {
    Histogram::new([1.5, 2.0, 2.5, 3.0, 3.25, 3.5, 3.75, 4.0, 4.2, 4.35].into_iter())
}

impl Default for Recorded {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let mut counter = |name: &str, help: &str| {
            let family = Counted::default();
            registry.register(name, help, family.clone());
            family
        };
        let ended = counter("calls", "Calls ended, by what came of them");
        let releases = counter("call_releases", "Calls ended, by Q.850 cause and who released them");
        let decisions = counter("route_decisions", "Decisions of the dial plan, by rule");
        let attempts = counter("route_attempts", "Attempts to place a call on a trunk, by what came of them");
        let packets = counter("rtp_packets", "RTP packets of ended calls");
        let lost = counter("rtp_packets_lost", "RTP packets of ended calls that never came");
        let discarded = counter("rtp_packets_discarded", "RTP packets of ended calls that were thrown away");
        let one_way = counter("rtp_one_way_calls", "Answered calls from whose trunk no voice came");
        let timeouts = counter("rtp_timeouts", "Calls ended because no voice came any more");
        let mut histogram = |name: &str, help: &str, make: fn() -> Histogram| {
            let family = Measured::new_with_constructor(make);
            registry.register(name, help, family.clone());
            family
        };
        let delay = "From a call's arrival to the first sign of the callee";
        Self {
            calls: Calls {
                ended,
                releases,
                post_dial_delay: histogram("post_dial_delay_seconds", delay, delays),
                answer_delay: histogram(
                    "answer_delay_seconds",
                    "From a call's arrival to its answer",
                    delays,
                ),
                duration: histogram("call_duration_seconds", "From a call's answer to its end", lengths),
            },
            routes: Routes { decisions, attempts },
            voice: Voice {
                packets,
                lost,
                discarded,
                jitter: histogram("rtp_jitter_seconds", "Interarrival jitter at a call's end", network),
                round_trip: histogram("rtp_round_trip_seconds", "Round trip at a call's end", network),
                mos: histogram("rtp_call_mos", "Mean opinion score of a call by the E-model", scores),
                one_way,
                timeouts,
            },
            registry,
        }
    }
}

impl Recorded {
    pub(super) fn observe(&self, record: &CallRecord) {
        let caller = trunk_of(Some(&record.caller));
        let callee = trunk_of(record.callee.as_ref());
        self.ended(record, caller);
        let measured = if record.callee.is_some() { callee } else { caller };
        self.delays(record, measured);
        self.routed(record);
        self.voice(record, &record.caller);
        if let Some(leg) = &record.callee {
            self.voice(record, leg);
        }
        if record.end.why == Why::MediaTimeout {
            one(&self.voice.timeouts, vec![("trunk", measured.to_owned())]);
        }
    }

    fn ended(&self, record: &CallRecord, caller: &str) {
        let ended = |trunk: &str, direction: &str, outcome: Outcome| {
            vec![
                ("trunk", trunk.to_owned()),
                ("direction", direction.to_owned()),
                ("outcome", outcome.word().to_owned()),
            ]
        };
        one(&self.calls.ended, ended(caller, "in", record.end.outcome));
        for Attempt { trunk, outcome, .. } in &record.attempts {
            one(&self.calls.ended, ended(trunk, "out", *outcome));
        }
        let release = vec![
            ("trunk", caller.to_owned()),
            ("cause", record.end.cause.to_string()),
            ("side", record.end.released_by.word().to_owned()),
        ];
        one(&self.calls.releases, release);
    }

    fn delays(&self, record: &CallRecord, trunk: &str) {
        let labels = vec![("trunk", trunk.to_owned())];
        let times = &record.times;
        if let Some(delay) = times.post_dial_delay_ms {
            measure(&self.calls.post_dial_delay, &labels, seconds(delay), record);
        }
        if let Some(answered) = times.answered_at {
            let delay = answered.duration_since(times.setup_at).as_secs_f64();
            measure(&self.calls.answer_delay, &labels, delay.max(0.0), record);
            measure(&self.calls.duration, &labels, seconds(times.billable_ms), record);
        }
    }

    fn routed(&self, record: &CallRecord) {
        let result = if record.attempts.is_empty() { "refused" } else { "routed" };
        let rule = record.rule.clone().unwrap_or_else(|| NO_TRUNK.to_owned());
        one(&self.routes.decisions, vec![("rule", rule), ("result", result.to_owned())]);
        for attempt in &record.attempts {
            let result = attempt.outcome.word().to_owned();
            one(&self.routes.attempts, vec![("trunk", attempt.trunk.clone()), ("result", result)]);
        }
    }

    fn voice(&self, record: &CallRecord, leg: &Leg) {
        let Some(rtp) = &leg.rtp else { return };
        let trunk = trunk_of(Some(leg)).to_owned();
        let way = |direction: &str| vec![("trunk", trunk.clone()), ("direction", direction.to_owned())];
        some(&self.voice.packets, way("in"), rtp.received);
        some(&self.voice.packets, way("out"), rtp.sent);
        some(&self.voice.lost, way("in"), rtp.lost);
        let discarded = [
            ("source", rtp.discarded_source),
            ("late", rtp.discarded_late),
            ("invalid", rtp.discarded_invalid),
        ];
        for (reason, count) in discarded {
            let labels = vec![("trunk", trunk.clone()), ("reason", reason.to_owned())];
            some(&self.voice.discarded, labels, count);
        }
        if rtp.received > 0 {
            measure(&self.voice.jitter, &way("in"), rtp.jitter_ms / 1000.0, record);
        }
        if let Some(round_trip) = rtp.round_trip_ms {
            measure(&self.voice.round_trip, &way("in"), round_trip / 1000.0, record);
        }
        if let Some(mos) = rtp.mos {
            measure(&self.voice.mos, &way("in"), mos, record);
        }
        if is_one_way(record, rtp) {
            one(&self.voice.one_way, vec![("trunk", trunk.clone())]);
        }
    }
}

/// An answered call to which voice was sent and from which none came.
fn is_one_way(record: &CallRecord, rtp: &Rtp) -> bool {
    record.times.billable_ms >= ONE_WAY_MS_MIN && rtp.received == 0 && rtp.sent > 0
}

fn trunk_of(leg: Option<&Leg>) -> &str {
    leg.and_then(|leg| leg.trunk.as_deref()).unwrap_or(NO_TRUNK)
}

fn one(family: &Counted, labels: Labels) {
    some(family, labels, 1);
}

#[expect(clippy::needless_pass_by_value, reason = "labels are made for one use")]
fn some(family: &Counted, labels: Labels, count: u64) {
    family.get_or_create(&labels).inc_by(count);
}

/// Measures with the call's id as exemplar: from a point in a graph to the ladder of a call.
fn measure(family: &Measured, labels: &Labels, value: f64, record: &CallRecord) {
    let exemplar = vec![("call_id", record.id.to_string())];
    family.get_or_create(labels).observe(value, Some(exemplar), None);
}

#[expect(clippy::cast_precision_loss, reason = "a call does not last 285,000 years")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

//! What a scrape says is read back: types, label sets, exemplars.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::control::{ChannelState, MediaCounters, SipCounters, TrunkCounters, Way};
use crate::records::tests::answered;
use crate::records::{End, Refusal, Side, Why};

/// Each sample's name and its labels.
fn samples(text: &str) -> Vec<(String, BTreeMap<String, String>, f64)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let line = line.split(" # ").next().unwrap();
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}').unwrap();
            let pairs = labels.split(',').filter(|pair| !pair.is_empty());
            let pairs = pairs.map(|pair| {
                let (label, value) = pair.split_once('=').unwrap();
                (label.to_owned(), value.trim_matches('"').to_owned())
            });
            (name.to_owned(), pairs.collect(), value.parse().unwrap())
        })
        .collect()
}

fn counters() -> Counters {
    let trunk = |name: &str| TrunkCounters {
        name: name.into(),
        up: true,
        attempts_in: 7,
        active_in: 1,
        calls_limit: 30,
        channels: vec![(ChannelState::Idle, 29), (ChannelState::InUse, 1)],
        ..TrunkCounters::default()
    };
    let mut counters = Counters {
        trunks: vec![trunk("carrier"), trunk("pstn")],
        sip: SipCounters {
            requests: vec![(Way::In, "INVITE".into(), 7), (Way::Out, "BYE".into(), 3)],
            responses: vec![(Way::Out, 200, 6), (Way::Out, 404, 1)],
            ..SipCounters::default()
        },
        media: MediaCounters {
            ports_in_use: 1,
            ports_limit: 5000,
            transcoding: vec![("pcma".into(), "pcmu".into(), 1)],
        },
        ..Counters::default()
    };
    counters.rejected.count(Refusal::Acl);
    counters
}

fn scrape(metrics: &Metrics, format: Format) -> String {
    let counters = counters();
    metrics.encode(&Scrape { counters: Some(&counters), records: &Counts::default() }, format)
}

#[test]
fn every_sample_belongs_to_a_family_that_is_told_once() {
    let metrics = Metrics::default();
    metrics.observe(&answered());
    let text = scrape(&metrics, Format::Text);
    let mut families = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        assert!(families.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
    }
    for (name, _, _) in samples(&text) {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        let histogram = base.is_some_and(|base| families.get(base).is_some_and(|kind| kind == "histogram"));
        assert!(histogram || families.contains_key(&name), "{name} has no family");
        assert!(name.starts_with("tandem_") || name.starts_with("process_"), "{name}");
    }
    assert!(!text.contains("# EOF") && !text.contains("call_id"));
}

#[test]
fn a_call_is_counted_on_both_trunks_and_its_id_goes_with_its_delays() {
    let metrics = Metrics::default();
    metrics.configured("gw1");
    metrics.observe(&answered());
    let text = scrape(&metrics, Format::OpenMetrics);
    for line in [
        "tandem_calls_total{trunk=\"carrier\",direction=\"in\",outcome=\"answered\"} 1",
        "tandem_calls_total{trunk=\"pstn\",direction=\"out\",outcome=\"answered\"} 1",
        "tandem_calls_total{trunk=\"spare\",direction=\"out\",outcome=\"failed\"} 1",
        "tandem_call_releases_total{trunk=\"carrier\",cause=\"16\",side=\"caller\"} 1",
        "tandem_route_decisions_total{rule=\"to-pstn\",result=\"routed\"} 1",
        "tandem_post_dial_delay_seconds_count{trunk=\"pstn\"} 1",
        "tandem_rtp_packets_total{trunk=\"carrier\",direction=\"in\"} 3000",
        "tandem_call_attempts_total{trunk=\"carrier\",direction=\"in\"} 7",
        "tandem_trunk_channels{trunk=\"pstn\",state=\"idle\"} 29",
        "tandem_calls_rejected_total{trunk=\"none\",reason=\"acl\"} 1",
        "tandem_sip_responses_total{direction=\"out\",code=\"404\"} 1",
        "tandem_transcoding_sessions{from=\"pcma\",to=\"pcmu\"} 1",
        "tandem_config_last_reload_successful 1",
        "tandem_config_info{node=\"gw1\"} 1",
        "tandem_draining 0",
    ] {
        assert!(text.lines().any(|have| have == line), "{line} is missing in\n{text}");
    }
    let id = answered().id;
    assert!(text.contains(&format!("# {{call_id=\"{id}\"}} 0.25")), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn label_sets_stay_bounded_whatever_calls_come() {
    let metrics = Metrics::default();
    for call in 0..1000u32 {
        let mut record = answered();
        record.id = crate::records::CallId::new(u64::from(call), u128::from(call));
        record.called.received = format!("1{call:06}");
        record.calling = None;
        let cause = u8::try_from(call % 127 + 1).unwrap();
        record.end = End { cause, released_by: Side::Gateway, why: Why::MediaTimeout, ..record.end };
        metrics.observe(&record);
    }
    let text = scrape(&metrics, Format::Text);
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, pairs, _) in samples(&text) {
        for (label, value) in pairs {
            labels.entry(label).or_default().insert(value);
        }
    }
    let names: Vec<&str> = labels.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "cause",
            "code",
            "direction",
            "from",
            "le",
            "method",
            "node",
            "outcome",
            "reason",
            "result",
            "rule",
            "side",
            "state",
            "to",
            "trunk",
            "version"
        ]
    );
    assert_eq!(labels["trunk"].iter().collect::<Vec<_>>(), ["carrier", "none", "pstn", "spare"]);
    assert_eq!(labels["cause"].len(), 127);
    let sizes = labels.values().map(BTreeSet::len).max().unwrap();
    assert!(sizes <= 127, "{sizes} values of one label");
}

#[test]
fn a_gateway_that_does_not_answer_is_seen_and_the_process_is_still_told() {
    let metrics = Metrics::default();
    metrics.reloaded(false);
    let text = metrics.encode(&Scrape { counters: None, records: &Counts::default() }, Format::Text);
    let value =
        |wanted: &str| samples(&text).into_iter().find(|(name, ..)| name == wanted).map(|found| found.2);
    assert_eq!(value("tandem_control_up"), Some(0.0));
    assert_eq!(value("tandem_config_last_reload_successful"), Some(0.0));
    assert!(value("process_resident_memory_bytes").unwrap() > 1e6);
    assert!(value("process_open_fds").unwrap() >= 3.0);
    assert!(value("process_start_time_seconds").unwrap() > 1.7e9);
    assert!(value("process_cpu_seconds_total").is_some());
}

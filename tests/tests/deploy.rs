//! What is shipped beside the binary fits the product: metric names, dashboard, examples.

#![expect(clippy::panic, reason = "a test's own helpers may stop the test")]

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tests::io::lab::root;

/// Endings that Prometheus adds to a histogram's name.
const OF_A_HISTOGRAM: [&str; 3] = ["_bucket", "_sum", "_count"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every word of `text` that names one of our metrics; what a recording rule makes (with a colon) is none.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    let ours = words
        .filter(|word| (word.starts_with("tandem_") || word.starts_with("process_")) && !word.contains(':'));
    ours.map(|word| {
        let base = OF_A_HISTOGRAM.iter().find_map(|end| word.strip_suffix(end));
        base.unwrap_or(word).to_owned()
    })
    .collect()
}

fn documented() -> BTreeSet<String> {
    let rows = read("docs/metrics.md");
    let named =
        rows.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned));
    named.collect()
}

fn recorded() -> BTreeSet<String> {
    let rules = read("deploy/prometheus/rules/recording.yml");
    rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ").map(str::to_owned)).collect()
}

#[test]
fn rules_and_dashboard_name_only_metrics_that_are_documented() {
    let documented = documented();
    assert!(documented.len() > 25, "the table was read");
    for path in [
        "deploy/prometheus/rules/recording.yml",
        "deploy/prometheus/rules/alerts.yml",
        "deploy/prometheus/tests/kpis.yml",
        "deploy/grafana/dashboards/tandem.json",
    ] {
        let named = metrics_in(&read(path));
        assert!(named.len() > 5, "{path} names metrics");
        let unknown: Vec<_> = named.difference(&documented).collect();
        assert!(unknown.is_empty(), "{path} names {unknown:?}, which docs/metrics.md does not have");
    }
}

#[test]
fn a_misspelt_metric_is_found() {
    let named = metrics_in(
        "rate(tandem_calls_totl[5m]) / x:tandem_y:z + tandem_call_duration_seconds_bucket{le=\"1\"}",
    );
    assert_eq!(Vec::from_iter(named), ["tandem_call_duration_seconds", "tandem_calls_totl"]);
    assert!(!documented().contains("tandem_calls_totl"));
}

#[test]
fn alerts_and_dashboard_use_only_rules_that_are_recorded() {
    let recorded = recorded();
    assert!(recorded.len() > 5);
    for path in ["deploy/prometheus/rules/alerts.yml", "deploy/grafana/dashboards/tandem.json"] {
        let text = read(path);
        let words = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
        for word in words.filter(|word| word.contains(":tandem_")) {
            assert!(recorded.contains(word), "{path} uses {word}, which no rule records");
        }
    }
}

#[test]
fn the_dashboard_shows_each_trunk_and_leads_from_a_point_to_its_call() {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/dashboards/tandem.json")).unwrap();
    let panels = dashboard["panels"].as_array().expect("panels");
    let titles: BTreeSet<_> =
        panels.iter().map(|panel| panel["title"].as_str().unwrap_or_default()).collect();
    assert_eq!(titles.len(), panels.len(), "no title twice");
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len(), "no id twice");
    let targets: Vec<_> = panels.iter().flat_map(|panel| panel["targets"].as_array()).flatten().collect();
    let of_trunk =
        |target: &&&Value| target["expr"].as_str().is_some_and(|text| text.contains("trunk=~\"$trunk\""));
    assert!(targets.iter().filter(of_trunk).count() > 15);
    assert!(targets.iter().any(|target| target["exemplar"] == true));
    let source = read("deploy/grafana/provisioning/datasources/prometheus.yaml");
    assert!(source.contains("exemplarTraceIdDestinations") && source.contains("/api/v1/calls/"));
}

#[test]
fn what_compose_mounts_exists() {
    let compose = read("deploy/compose.yaml");
    for mount in
        compose.split('"').chain(compose.split_whitespace()).filter_map(|word| word.strip_prefix("./"))
    {
        let local = mount.split(':').next().unwrap_or(mount);
        assert!(root().join("deploy").join(local).exists(), "deploy/{local}");
    }
    assert!(
        compose.contains("dockerfile: deploy/Containerfile") && root().join("deploy/Containerfile").exists()
    );
}

#[test]
fn the_unit_and_the_image_run_the_same_command() {
    let unit = read("deploy/systemd/tandem.service");
    assert!(unit.contains("Type=notify") && unit.contains("tandem run -c /etc/tandem/tandem.yaml"));
    let image = read("deploy/Containerfile");
    assert!(
        image.contains(r#"CMD ["run", "-c", "/etc/tandem/tandem.yaml"]"#)
            && image.contains("\nUSER tandem\n")
    );
}

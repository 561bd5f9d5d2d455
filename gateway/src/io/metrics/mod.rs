//! Metrics as Prometheus reads them. Logic counts in plain fields; here they get names and labels.
//!
//! What is known at a call's end comes from its record, everything else from a snapshot of the counters taken
//! at each scrape. Labels hold configured names, causes, statuses and methods: their number is bounded.

mod process;
mod recorded;
mod snapshot;
mod text;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::Registry;

use super::records::Counts;
use crate::control::Counters;
use crate::records::CallRecord;
use recorded::Recorded;

/// What every name begins with.
const PREFIX: &str = "tandem";
/// Said of a call that no trunk had a part in.
const NO_TRUNK: &str = "none";

/// A label's name and value.
type Labels = Vec<(&'static str, String)>;

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0, with exemplars.
    OpenMetrics,
    /// Prometheus text 0.0.4.
    Text,
}

impl Format {
    /// The one a client asks for by its `Accept`.
    pub fn accepted(accept: Option<&str>) -> Self {
        let wanted = accept.is_some_and(|accept| accept.contains("application/openmetrics-text"));
        if wanted { Self::OpenMetrics } else { Self::Text }
    }

    /// Its media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Everything that is kept between scrapes.
#[derive(Debug, Default)]
pub struct Metrics {
    recorded: Recorded,
    reload: Reload,
    node: OnceLock<String>,
}

/// How the last load of the config went.
#[derive(Debug)]
struct Reload {
    successful: AtomicI64,
    at: AtomicI64,
}

impl Default for Reload {
    fn default() -> Self {
        Self { successful: AtomicI64::new(1), at: AtomicI64::new(jiff::Timestamp::now().as_second()) }
    }
}

/// What a scrape is made of besides what is kept.
#[derive(Debug)]
pub struct Scrape<'s> {
    /// The gateway's counters; `None` when it did not answer in time.
    pub counters: Option<&'s Counters>,
    /// What became of records.
    pub records: &'s Counts,
}

impl Metrics {
    /// Counts a call that ended.
    pub fn observe(&self, record: &CallRecord) {
        self.recorded.observe(record);
    }

    /// Notes the name the config gives this gateway.
    pub fn configured(&self, node: &str) {
        self.node.get_or_init(|| node.to_owned());
    }

    /// Notes how a load of the config went.
    pub fn reloaded(&self, successful: bool) {
        self.reload.successful.store(i64::from(successful), Ordering::Relaxed);
        if successful {
            self.reload.at.store(jiff::Timestamp::now().as_second(), Ordering::Relaxed);
        }
    }

    /// Everything, as text.
    pub fn encode(&self, scrape: &Scrape<'_>, format: Format) -> String {
        let mut now = Registry::with_prefix(PREFIX);
        let mut written = snapshot::Snapshot::new(&mut now);
        written.gateway(scrape.counters);
        written.records(scrape.records);
        let (successful, at) = (&self.reload.successful, &self.reload.at);
        let node = self.node.get().map_or("", String::as_str);
        written.config(node, successful.load(Ordering::Relaxed), at.load(Ordering::Relaxed));
        let process = process::registry();
        let mut text = String::new();
        let all = [&self.recorded.registry, &now, &process];
        let encoded = all.into_iter().try_for_each(|registry| encode_registry(&mut text, registry));
        // Writing to a String does not fail.
        debug_assert!(encoded.is_ok());
        match format {
            Format::OpenMetrics => {
                let ended = encode_eof(&mut text);
                debug_assert!(ended.is_ok());
                text
            }
            Format::Text => text::plain(&text),
        }
    }
}

#[cfg(test)]
mod tests;

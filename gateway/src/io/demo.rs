//! `tandem demo`: a gateway with a simulated E1, a phone that calls through it, and how the voice came back.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use media::quality::{Concealment, mos, rating, similarity};
use mistakes::SecretSource;
use serde::Serialize;

use super::ask::Asker;
use super::phone::{Heard, Phone, free_pair};
use super::run::Product;
use crate::config::{Config, Surroundings, load};
use crate::control::{Answer, Ladder, Question, RefusedBecause};

/// The number that answers and echoes.
const NUMBER: &str = "1000";
/// The least similarity of a good call.
const SIMILARITY_MIN: f64 = 0.95;
/// How long the record of the call may take to come.
const RECORD_MAX: Duration = Duration::from_secs(5);
/// RTP ports the demo's gateway is given.
const PORTS: u16 = 40;

/// What the demo is to do.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Speech to play instead of the built-in one.
    pub play: Option<PathBuf>,
    /// Where to keep what came back.
    pub record: Option<PathBuf>,
}

/// How it went.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The callee picked up.
    pub answered: bool,
    /// The final SIP status.
    pub status: u16,
    /// From INVITE to 200.
    pub answer_delay_ms: Option<u64>,
    /// The codec on the wire.
    pub codec: Option<String>,
    /// Peak normalised cross-correlation of what came back with what was said, 0 to 1.
    pub similarity: f64,
    /// How much later it came back.
    pub delay_ms: f64,
    /// How much louder it came back.
    pub level_db: f64,
    /// Packets received, and those that never came.
    pub packets: u64,
    /// Packets missing by sequence number.
    pub packets_lost: u64,
    /// Interarrival jitter.
    pub jitter_ms: f64,
    /// The E-model's mean opinion score (G.107).
    pub mos: f64,
    /// The call was answered and its voice was good.
    pub good: bool,
    /// Who said what to whom.
    pub ladder: Ladder,
    /// The ladder, drawn.
    pub drawing: String,
    /// Where metrics and console are.
    pub http: Option<SocketAddr>,
}

/// A demo that has made its call; its gateway still runs.
pub struct Demo {
    /// How it went.
    pub report: Report,
    product: Product,
}

impl Demo {
    /// Starts the gateway and places the call.
    ///
    /// # Errors
    /// In words: what could not be had or read.
    pub fn run(wishes: &Wishes) -> Result<Self, String> {
        let speech = match &wishes.play {
            Some(file) => super::desk::read_samples(file)?,
            None => trunks::sim::speech(),
        };
        let phone = Phone::new(super::start::seed()?)?;
        let product = Product::start(config(phone.address())?, Arc::new(no_reload))?;
        let Some(server) = product.sip().first().map(|(_, address)| *address) else {
            return Err("the demo's gateway listens nowhere".to_owned());
        };
        let heard = phone.call(server, NUMBER, &speech)?;
        if let Some(file) = &wishes.record {
            super::desk::write_samples(file, &heard.pcm)?;
        }
        let ladder = ladder(&product)?;
        let report = report(&speech, &heard, ladder, product.http);
        Ok(Self { report, product })
    }

    /// Leaves the gateway running until a signal ends it.
    ///
    /// # Errors
    /// In words: what went wrong then.
    pub fn stay(self) -> Result<(), String> {
        super::run::until_signal(self.product)
    }

    /// Ends the gateway.
    pub fn stop(self) {
        self.product.stop();
    }
}

fn report(said: &[i16], heard: &Heard, ladder: Ladder, http: Option<SocketAddr>) -> Report {
    let compared = similarity(said, &heard.pcm);
    let received = heard.statistics.as_ref().map(|statistics| statistics.received).unwrap_or_default();
    let similar = compared.map_or(0.0, |compared| compared.similarity);
    let delay_ms = compared.map_or(0.0, |compared| compared.delay_ms);
    let all = received.packets.saturating_add(received.lost);
    let loss = if all == 0 { 1.0 } else { share(received.lost, all) };
    // There and back was measured: one way is half of it.
    let one_way = Duration::from_secs_f64((delay_ms / 2000.0).max(0.0));
    let answered = heard.answered_after.is_some();
    Report {
        answered,
        status: heard.status,
        answer_delay_ms: heard
            .answered_after
            .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        codec: heard.codec.map(|codec| codec.name().to_ascii_lowercase()),
        similarity: similar,
        delay_ms,
        level_db: compared.map_or(0.0, |compared| compared.level_db),
        packets: received.packets,
        packets_lost: received.lost,
        jitter_ms: received.jitter.as_secs_f64() * 1e3,
        mos: mos(rating(loss, one_way, Concealment::AppendixI)),
        good: answered && similar >= SIMILARITY_MIN,
        drawing: ladder.to_string(),
        ladder,
        http,
    }
}

#[expect(clippy::cast_precision_loss, reason = "packet counts of one call")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The ladder of the demo's only call.
fn ladder(product: &Product) -> Result<Ladder, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|why| format!("runtime: {why}"))?;
    runtime.block_on(async {
        let until = Instant::now() + RECORD_MAX;
        while Instant::now() < until {
            let shown = product.records().show(1).await;
            if let Some(record) = shown.as_ref().and_then(|shown| shown.last.last())
                && let Answer::Ladder { ladder, .. } =
                    product.asker().ask(Question::Ladder { id: record.id }).await
            {
                return Ok(ladder);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("the demo's call left no record".to_owned())
    })
}

fn no_reload(_: bool, _: &Asker) -> Answer {
    Answer::refused(RefusedBecause::Invalid, "the demo has no config file")
}

/// The demo's own config: read by the same reader as any other, so that it cannot rot.
fn config(phone: SocketAddr) -> Result<Config, String> {
    let first = free_range().ok_or("no free range of ports for the gateway's voice")?;
    let sip = free_pair().ok_or("no free port for the gateway's SIP")?;
    let http = if is_free(9060) { 9060 } else { free_pair().unwrap_or(9061) };
    let files = BuiltIn {
        config: include_str!("demo/tandem.yaml")
            .replace("PHONE", &phone.to_string())
            .replace("PORTS", &format!("{first}-{}", first + PORTS - 1))
            .replace(":SIP", &format!(":{sip}"))
            .replace("HTTP", &format!("127.0.0.1:{http}"))
            .replace("SOCKET", &format!("/tmp/tandem-demo-{}/control.sock", std::process::id())),
    };
    load("demo.yaml", &files)
        .map(|loaded| loaded.config)
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn is_free(port: u16) -> bool {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The first of enough ports that are all free now.
fn free_range() -> Option<u16> {
    (30_000..60_000_u16).step_by(usize::from(PORTS)).find(|&first| {
        (first..first + PORTS).all(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
    })
}

/// The files of the demo, none of which is on a disk.
struct BuiltIn {
    config: String,
}

impl Surroundings for BuiltIn {
    fn text(&self, file: &Path) -> Result<String, String> {
        match file.to_str() {
            Some("demo.yaml") => Ok(self.config.clone()),
            Some("plan.yaml") => Ok(include_str!("demo/plan.yaml").to_owned()),
            Some("exchange.yaml") => Ok(include_str!("../../../deploy/lab/exchange.yaml").to_owned()),
            _ => Err(format!("the demo has no file {}", file.display())),
        }
    }

    fn bytes(&self, file: &Path) -> Result<Vec<u8>, String> {
        self.text(file).map(String::into_bytes)
    }

    fn secret(&self, _: &SecretSource) -> Result<String, String> {
        Err("the demo has no secrets".to_owned())
    }
}

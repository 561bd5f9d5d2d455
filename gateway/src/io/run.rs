//! The whole product: a gateway with its records, its front office, and the signals that end it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use sip::transport::Transport;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::admin::{AdminThread, Bound, Office, Reloader};
use super::ask::Asker;
use super::log;
use super::metrics::Metrics;
use super::records::{Records, RecordsThread};
use super::reload::Reload;
use super::start::{Running, start};
use crate::config::Config;
use crate::control::{Answer, Question};

/// How long a drain waits for calls to end by themselves.
const DRAIN_MAX: Duration = Duration::from_secs(600);
/// How often a drain looks, and a service manager's watchdog is told that the loops turn.
const LOOK: Duration = Duration::from_millis(200);

/// A gateway with everything around it. Dropping it without [`Product::stop`] leaves its threads to the process.
pub struct Product {
    running: Running,
    records: RecordsThread,
    /// Ends with the product.
    admin: AdminThread,
    /// Where HTTP is answered.
    pub http: Option<SocketAddr>,
}

impl Product {
    /// Starts everything a config asks for.
    ///
    /// # Errors
    /// In words: what could not be had.
    pub fn start(config: Config, reloader: Reloader) -> Result<Self, String> {
        let bound = Bound::new(&config.admin)?;
        let http = bound.address();
        let metrics = Arc::<Metrics>::default();
        metrics.configured(&config.node);
        let records = Records::start(config.records.directory.clone(), Arc::clone(&metrics))
            .map_err(|why| format!("records: {why}"))?;
        let sink = records.records();
        let running = start(config, Box::new(move |record| sink.take(record)))?;
        let pulse = Arc::clone(&running.pulse);
        let office = Office {
            asker: running.asker.clone(),
            turns: Arc::new(move || pulse.turns()),
            records: records.records(),
            metrics,
            reloader,
        };
        let admin = bound.serve(office).map_err(|why| format!("admin thread: {why}"))?;
        Ok(Self { running, records, admin, http })
    }

    /// Where it listens for SIP.
    pub fn sip(&self) -> &[(Transport, SocketAddr)] {
        &self.running.bound
    }

    /// To ask it things.
    pub fn asker(&self) -> &Asker {
        &self.running.asker
    }

    /// The call records.
    pub fn records(&self) -> Records {
        self.records.records()
    }

    /// Whether the control thread still runs.
    pub fn is_alive(&self) -> bool {
        self.running.is_alive()
    }

    /// Hangs up what still lives, writes the last records and ends.
    pub fn stop(self) {
        let Self { running, records, admin, http: _ } = self;
        running.stop();
        drop(admin);
        drop(records);
    }
}

/// Runs until a signal ends it: SIGTERM drains first, SIGINT or a second SIGTERM ends at once.
///
/// # Errors
/// In words: what could not be had at the start, or that the control thread died.
pub fn run(config: Config, file: &Path) -> Result<(), String> {
    log::start(&config.log);
    let reload = Reload::new(&config, file);
    let product = Product::start(config, Arc::new(move |dry_run, asker| reload.reload(dry_run, asker)))?;
    for (transport, address) in product.sip() {
        tracing::info!(%address, transport = transport.via(), "SIP");
    }
    if let Some(http) = product.http {
        tracing::info!("console and metrics on http://{http}/");
    }
    until_signal(product)
}

/// Leaves a product running until a signal ends it.
///
/// # Errors
/// In words: that no signal could be waited for, or that the control thread died.
pub fn until_signal(product: Product) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| format!("runtime: {why}"))?;
    tell(&[NotifyState::Ready]);
    let ended = runtime.block_on(wait(&product));
    tell(&[NotifyState::Stopping]);
    product.stop();
    ended
}

/// Until it is time to stop.
async fn wait(product: &Product) -> Result<(), String> {
    let named = |why: std::io::Error| format!("signals: {why}");
    let mut terminate = signal(SignalKind::terminate()).map_err(named)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(named)?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return drain(product, &mut terminate, &mut interrupt).await,
            _ = interrupt.recv() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {
                if !product.is_alive() {
                    return Err("the control thread has died".to_owned());
                }
                tell(&[NotifyState::Watchdog]);
            }
        }
    }
}

/// Refuses new calls and waits for the others to end, within reason.
async fn drain(product: &Product, terminate: &mut Signal, interrupt: &mut Signal) -> Result<(), String> {
    let until = Instant::now() + DRAIN_MAX;
    loop {
        let Answer::Draining { calls } = product.asker().ask(Question::Drain).await else { return Ok(()) };
        if calls == 0 || Instant::now() >= until {
            return Ok(());
        }
        tell(&[NotifyState::Watchdog]);
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Tells the service manager, if there is one.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(why) = sd_notify::notify(states) {
        tracing::debug!(%why, "the service manager was not told");
    }
}

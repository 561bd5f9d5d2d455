//! Starting a gateway: sockets, media threads, the control thread.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use media::{Backend, Engine, EngineConfig};
use sip::transport::Transport;

use super::ask::{Asker, asking};
use super::clock::wall_clock;
use super::exchange::{AnswerFirst, Exchange, Listening, Pulse, RecordSink};
use crate::b2bua::{ENDPOINTS_PER_THREAD, Gateway, assemble};
use crate::config::{self, Config};

/// A gateway that runs on its own threads until it is stopped.
pub struct Running {
    /// To ask it things.
    pub asker: Asker,
    /// To see that it lives.
    pub pulse: Arc<Pulse>,
    /// Where it listens for SIP.
    pub bound: Vec<(Transport, SocketAddr)>,
    control: JoinHandle<()>,
}

/// Starts everything but the admin listener.
///
/// # Errors
/// In words: what could not be had.
pub fn start(config: Config, records: RecordSink) -> Result<Running, String> {
    let listeners: Vec<(Transport, SocketAddr)> = config.sip.listen.iter().map(transport_of).collect();
    let listening = Listening::open(&listeners)?;
    let now = Instant::now();
    let threads = media_threads(&config);
    let settings = assemble(&config, &listening.bound, threads, now)?;
    let engine = Engine::start(&EngineConfig {
        threads,
        endpoints: ENDPOINTS_PER_THREAD,
        backend: match config.media.backend {
            config::Backend::Auto => Backend::Auto,
            config::Backend::Epoll => Backend::Epoll,
            config::Backend::IoUring => Backend::Uring,
        },
        seed: seed()?,
    })
    .map_err(|why| format!("media threads: {why}"))?;
    for chosen in engine.backends() {
        tracing::info!(backend = ?chosen.backend, fallback = chosen.fallback.as_deref(), "media thread");
    }
    let gateway = Gateway::new(settings, config.dialplan, seed()?, wall_clock(), now);
    let (asker, asked) = asking().map_err(|why| format!("eventfd: {why}"))?;
    let bound = listening.bound.clone();
    let exchange = Exchange::new(gateway, listening, engine, asked, records, desk())
        .map_err(|why| format!("epoll: {why}"))?;
    let pulse = exchange.pulse();
    let control = Builder::new()
        .name("control".to_owned())
        .spawn(move || exchange.run())
        .map_err(|why| format!("control thread: {why}"))?;
    Ok(Running { asker, pulse, bound, control })
}

impl Running {
    /// Ends the control thread, and with it every call that still lives.
    pub fn stop(self) {
        self.pulse.stop();
        self.asker.ring();
        // A control thread that panicked has said so already.
        drop(self.control.join());
    }

    /// Whether the control thread still runs.
    pub fn is_alive(&self) -> bool {
        !self.control.is_finished()
    }
}

/// As many media threads as the config says, or else one for each two cores.
fn media_threads(config: &Config) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    config.media.threads.unwrap_or((cores / 2).max(1))
}

const fn transport_of(listener: &config::Listener) -> (Transport, SocketAddr) {
    let transport = match listener.transport {
        config::Transport::Udp => Transport::Udp,
        config::Transport::Tcp => Transport::Tcp,
    };
    (transport, listener.address)
}

/// Chance from the kernel.
pub(super) fn seed() -> Result<[u8; 32], String> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|why| format!("no randomness from the kernel: {why}"))?;
    Ok(seed)
}

/// Questions that need files.
fn desk() -> AnswerFirst {
    Box::new(super::desk::answer)
}

//! The gateway's front office: HTTP for people and Prometheus, a Unix socket for the command line, on one
//! thread of its own.

mod guard;
mod http;
mod routes;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use super::ask::Asker;
use super::control::Socket;
use super::metrics::Metrics;
use super::records::Records;
use crate::config::AdminConfig;
use crate::control::{Answer, Question, RefusedBecause, Request};

/// How long the control thread may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Reads the config again and, unless it is only tried, takes it. Called on a thread that may block.
pub type Reloader = Arc<dyn Fn(bool, &Asker) -> Answer + Send + Sync>;

/// What the front office can ask and see.
#[derive(Clone)]
pub struct Office {
    /// The control thread.
    pub asker: Asker,
    /// How often the control thread's loop has turned.
    pub turns: Arc<dyn Fn() -> u64 + Send + Sync>,
    /// Call records.
    pub records: Records,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Reloads.
    pub reloader: Reloader,
}

impl Office {
    /// Asks the control thread, but not for ever.
    pub async fn ask(&self, question: Question) -> Answer {
        match tokio::time::timeout(ANSWER_MAX, self.asker.ask(question)).await {
            Ok(answer) => answer,
            Err(_) => Answer::refused(RefusedBecause::Unavailable, "the gateway does not answer in time"),
        }
    }

    /// Answers anything but a request to follow records, which only a stream can.
    pub async fn answer(&self, request: Request) -> Answer {
        match request {
            Request::Question(question) => self.ask(question).await,
            Request::Reload { dry_run } => self.reload(dry_run).await,
            Request::RecordsTail { .. } => {
                Answer::refused(RefusedBecause::Invalid, "records come one by one")
            }
        }
    }

    async fn reload(&self, dry_run: bool) -> Answer {
        let (reloader, asker) = (Arc::clone(&self.reloader), self.asker.clone());
        let reloaded = tokio::task::spawn_blocking(move || reloader(dry_run, &asker)).await;
        let answer = reloaded
            .unwrap_or_else(|_| Answer::refused(RefusedBecause::Failed, "reading the config went wrong"));
        match (&answer, dry_run) {
            (Answer::Reloaded { .. }, false) => self.metrics.reloaded(true),
            (Answer::Mistaken { .. }, false) => self.metrics.reloaded(false),
            _ => {}
        }
        answer
    }
}

/// The listeners, bound and not yet served, so that what is wrong with them is told at the start.
pub struct Bound {
    http: Option<TcpListener>,
    control: Socket,
    guard: guard::Guard,
}

impl Bound {
    /// Binds what the config asks for.
    ///
    /// # Errors
    /// In words: which listener cannot be had, and why.
    pub fn new(config: &AdminConfig) -> Result<Self, String> {
        let http = config.listen.map(|address| {
            let listener = TcpListener::bind(address).and_then(|listener| {
                listener.set_nonblocking(true)?;
                Ok(listener)
            });
            listener.map_err(|why| format!("cannot listen on {address} (admin): {why}"))
        });
        let control = Socket::bind(&config.control_socket).map_err(|why| {
            format!("cannot listen on {} (control): {why}", config.control_socket.display())
        })?;
        Ok(Self { http: http.transpose()?, control, guard: guard::Guard::new(config) })
    }

    /// Where HTTP is answered.
    pub fn address(&self) -> Option<SocketAddr> {
        self.http.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Where the command line is answered.
    pub fn control_socket(&self) -> PathBuf {
        self.control.path().to_owned()
    }

    /// Serves on a thread of its own until the returned value is dropped.
    ///
    /// # Errors
    /// When the thread or its runtime cannot be started.
    pub fn serve(self, office: Office) -> io::Result<AdminThread> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(2).build()?;
        let (stop, stopped) = watch::channel(false);
        let serving = async move {
            let router = routes::router(office.clone(), self.guard);
            let http = async {
                match self.http {
                    Some(listener) => http::serve(listener, router).await,
                    None => Ok(()),
                }
            };
            let control = self.control.serve(office);
            let mut stopped = stopped;
            let until_stopped = stopped.wait_for(|stop| *stop);
            let served = async { tokio::try_join!(http, control).map(|_| ()) };
            tokio::pin!(served);
            tokio::select! {
                result = &mut served => if let Err(why) = result {
                    tracing::error!(%why, "the admin listeners failed; calls go on");
                },
                _ = until_stopped => {}
            }
        };
        let thread = std::thread::Builder::new().name("admin".to_owned()).spawn(move || {
            runtime.block_on(serving);
            runtime.shutdown_background();
        })?;
        Ok(AdminThread { stop, thread: Some(thread) })
    }
}

/// The thread that serves; dropping it ends it.
pub struct AdminThread {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for AdminThread {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the admin thread died");
        }
    }
}

#[cfg(test)]
mod tests;

//! Call records on their way out: to metrics, to listeners, to a file; never in the way of a call.

mod file;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{broadcast, oneshot};

use super::metrics::Metrics;
use crate::records::CallRecord;
use file::DailyFile;

/// Records that may wait for a slow disk; beyond it they are counted as lost.
const WAITING_MAX: usize = 10_000;
/// How long records gather before they are seen to together.
const GATHER: Duration = Duration::from_millis(20);
/// How many of the last records are kept to be shown.
const KEPT_MAX: usize = 500;
/// How far a listener may fall behind before it misses records.
const FOLLOW_MAX: usize = 1024;

enum Order {
    Keep(Arc<CallRecord>),
    Show { last: usize, reply: oneshot::Sender<Shown> },
    End,
}

/// The last records, and those to come.
pub struct Shown {
    /// Oldest first.
    pub last: Vec<Arc<CallRecord>>,
    /// What follows them.
    pub next: broadcast::Receiver<Arc<CallRecord>>,
}

/// Takes call records from the control thread. Cheap to clone.
#[derive(Clone)]
pub struct Records {
    sender: SyncSender<Order>,
    counts: Arc<Counts>,
}

/// What became of records.
#[derive(Debug, Default)]
pub struct Counts {
    taken: AtomicU64,
    done: AtomicU64,
    lost: AtomicU64,
    unwritten: AtomicU64,
}

impl Counts {
    /// Records that ended calls.
    pub fn total(&self) -> u64 {
        self.taken.load(Ordering::Relaxed) + self.lost()
    }

    /// Records that wait to be written.
    pub fn spool(&self) -> u64 {
        self.taken.load(Ordering::Relaxed).saturating_sub(self.done.load(Ordering::Relaxed))
    }

    /// Records lost because too many waited.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Records the disk did not take.
    pub fn unwritten(&self) -> u64 {
        self.unwritten.load(Ordering::Relaxed)
    }
}

/// The thread that keeps records; it writes what it was given before it ends.
pub struct RecordsThread {
    records: Records,
    thread: Option<JoinHandle<()>>,
}

impl Records {
    /// Starts the thread. Records are written to `directory`, a file a day, if there is one.
    ///
    /// # Errors
    /// When the directory cannot be made or written to, or no thread can be started.
    pub fn start(directory: Option<PathBuf>, metrics: Arc<Metrics>) -> std::io::Result<RecordsThread> {
        let file = directory.map(DailyFile::open).transpose()?;
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let counts = Arc::<Counts>::default();
        let keeper = Keeper {
            file,
            metrics,
            counts: Arc::clone(&counts),
            kept: VecDeque::new(),
            followers: broadcast::channel(FOLLOW_MAX).0,
            failing: false,
        };
        let thread = std::thread::Builder::new().name("records".to_owned()).spawn(|| keeper.run(receiver))?;
        Ok(RecordsThread { records: Self { sender, counts }, thread: Some(thread) })
    }

    /// Takes a record; never blocks.
    pub fn take(&self, record: Arc<CallRecord>) {
        self.counts.taken.fetch_add(1, Ordering::Relaxed);
        match self.sender.try_send(Order::Keep(record)) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.counts.taken.fetch_sub(1, Ordering::Relaxed);
                if self.counts.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::error!("a call record was lost: {WAITING_MAX} wait to be written");
                }
            }
        }
    }

    /// The last records, at most as many as are kept, and a way to hear the next; `None` while the thread has
    /// too much to do.
    pub async fn show(&self, last: usize) -> Option<Shown> {
        let (reply, shown) = oneshot::channel();
        self.sender.try_send(Order::Show { last, reply }).ok()?;
        shown.await.ok()
    }

    /// What became of records.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl RecordsThread {
    /// A handle for others.
    pub fn records(&self) -> Records {
        self.records.clone()
    }
}

impl Drop for RecordsThread {
    fn drop(&mut self) {
        let asked = self.records.sender.send(Order::End);
        if let (Ok(()), Some(thread)) = (asked, self.thread.take())
            && thread.join().is_err()
        {
            tracing::error!("the records thread died");
        }
    }
}

struct Keeper {
    file: Option<DailyFile>,
    metrics: Arc<Metrics>,
    counts: Arc<Counts>,
    kept: VecDeque<Arc<CallRecord>>,
    followers: broadcast::Sender<Arc<CallRecord>>,
    /// The last write went wrong; said once, and again when it is over.
    failing: bool,
}

impl Keeper {
    #[expect(clippy::needless_pass_by_value, reason = "the thread owns its end of the channel")]
    fn run(mut self, orders: Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            if self.obey(order).is_break() {
                return;
            }
            // Nobody has to wake a thread that comes by itself: at many calls a second it comes once for many.
            std::thread::sleep(GATHER);
            if orders.try_iter().try_for_each(|order| self.obey(order)).is_break() {
                return;
            }
        }
    }

    fn obey(&mut self, order: Order) -> ControlFlow<()> {
        match order {
            Order::Keep(record) => self.keep(record),
            Order::Show { last, reply } => {
                let skipped = self.kept.len().saturating_sub(last);
                let last = self.kept.iter().skip(skipped).cloned().collect();
                // Who asked may have gone.
                let _heard = reply.send(Shown { last, next: self.followers.subscribe() });
            }
            Order::End => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    fn keep(&mut self, record: Arc<CallRecord>) {
        self.metrics.observe(&record);
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write(&record));
        match written {
            Ok(()) if self.failing => {
                self.failing = false;
                tracing::info!("call records are written again");
            }
            Ok(()) => {}
            Err(why) => {
                self.counts.unwritten.fetch_add(1, Ordering::Relaxed);
                if !self.failing {
                    self.failing = true;
                    tracing::error!(%why, "call records cannot be written");
                }
            }
        }
        if self.kept.len() == KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(Arc::clone(&record));
        self.counts.done.fetch_add(1, Ordering::Relaxed);
        // Nobody may be listening.
        let _listeners = self.followers.send(record);
    }
}

#[cfg(test)]
mod tests;

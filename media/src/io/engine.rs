//! The engine as the control plane sees it: commands in, events out, threads behind.

use core::fmt;
use core::time::Duration;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};
use std::time::{Instant, SystemTime};

use rtrb::{Consumer, Producer, RingBuffer};

use super::alarm::Alarm;
use super::backend::{Backend, Chosen, Poll};
use super::epoll::Readiness;
use super::ring::Bell;
use super::uring::Completion;
use super::worker::{Wiring, Worker};
use crate::command::Command;
use crate::core::{Core, CoreConfig};
use crate::event::Event;

/// Commands that may wait for a thread. A thread obeys thousands in a millisecond.
const COMMANDS: usize = 4096;
/// Events that may wait for the control plane, of each thread.
const EVENTS: usize = 4096;

/// How an engine is built.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Media threads; [`crate::Ids`] is made for as many.
    pub threads: usize,
    /// The most endpoints of each.
    pub endpoints: u16,
    /// How sockets are waited for.
    pub backend: Backend,
    /// The seed of all the engine draws; it should be random.
    pub seed: [u8; 32],
}

impl Default for EngineConfig {
    /// One thread of 8,192 endpoints, on the best backend there is, with a seed that must not stay.
    fn default() -> Self {
        Self { threads: 1, endpoints: 8192, backend: Backend::Auto, seed: [0; 32] }
    }
}

/// The ring of a thread is full: it has not kept up, or has ended. The command was not sent.
pub struct Full(pub Command);

impl fmt::Debug for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no room for {:?}", self.0)
    }
}

/// The media threads of a gateway. Dropping it ends them, and closes all they hold.
pub struct Engine {
    threads: Vec<Thread>,
    told: Bell,
    /// The thread whose events come next, so that none is starved.
    turn: usize,
}

/// One media thread as the control plane sees it.
struct Thread {
    commands: Producer<Command>,
    events: Consumer<Event>,
    wake: Bell,
    /// Commands were posted since it was last woken.
    has_post: bool,
    chosen: Chosen,
    handle: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a thread cannot be started, or the backend asked for does not work here ([`Backend::Auto`] falls
    /// back, and [`Engine::backends`] says why).
    pub fn start(config: &EngineConfig) -> io::Result<Self> {
        let told = Bell::new()?;
        let mut engine = Self { threads: Vec::new(), told: told.clone(), turn: 0 };
        for number in 0..config.threads.max(1) {
            engine.threads.push(Thread::start(number, config, told.clone())?);
        }
        Ok(engine)
    }

    /// Sends a command to the thread of its endpoint.
    ///
    /// # Errors
    /// Gives the command back when that thread's ring is full or there is no such thread.
    pub fn send(&mut self, command: Command) -> Result<(), Box<Full>> {
        let posted = self.post(command);
        self.wake();
        posted
    }

    /// Puts a command where the thread of its endpoint will find it whenever it next wakes, which
    /// [`Engine::wake`] sees to: a thread woken once for many commands costs less than one woken for each.
    ///
    /// # Errors
    /// As those of [`Engine::send`].
    pub fn post(&mut self, command: Command) -> Result<(), Box<Full>> {
        let Some(thread) = self.threads.get_mut(command.endpoint().thread()) else {
            return Err(Box::new(Full(command)));
        };
        let sent = thread.commands.push(command);
        thread.has_post = true;
        if thread.commands.slots() < COMMANDS / 2 {
            thread.wake();
        }
        sent.map_err(|rtrb::PushError::Full(command)| Box::new(Full(command)))
    }

    /// Wakes the threads that have commands waiting.
    pub fn wake(&mut self) {
        self.threads.iter_mut().filter(|thread| thread.has_post).for_each(Thread::wake);
    }

    /// The next event, if there is one. Call until there is none, then wait on [`Engine::event_fd`].
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Some(event) = self.pop() {
            return Some(event);
        }
        self.told.still();
        self.pop()
    }

    /// Readable when there may be events.
    pub fn event_fd(&self) -> BorrowedFd<'_> {
        self.told.descriptor()
    }

    /// What each thread waits by.
    pub fn backends(&self) -> impl Iterator<Item = &Chosen> {
        self.threads.iter().map(|thread| &thread.chosen)
    }

    fn pop(&mut self) -> Option<Event> {
        for _ in 0..self.threads.len() {
            self.turn = (self.turn + 1) % self.threads.len().max(1);
            if let Some(Ok(event)) = self.threads.get_mut(self.turn).map(|thread| thread.events.pop()) {
                return Some(event);
            }
        }
        None
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for thread in &self.threads {
            thread.wake.end();
        }
        for handle in self.threads.iter_mut().filter_map(|thread| thread.handle.take()) {
            // A thread that panicked has said so; there is nobody left to tell.
            drop(handle.join());
        }
    }
}

impl Thread {
    fn wake(&mut self) {
        self.has_post = false;
        self.wake.ring();
    }

    fn start(number: usize, config: &EngineConfig, tell: Bell) -> io::Result<Self> {
        let (commands, obeyed) = RingBuffer::new(COMMANDS);
        let (happened, events) = RingBuffer::new(EVENTS);
        let wake = Bell::new()?;
        let alarm = Alarm::new()?;
        let wiring = Wiring { commands: obeyed, events: happened, wake: wake.clone(), tell, alarm };
        let (told, chosen) = mpsc::channel();
        let config = config.clone();
        let name = format!("media-{number}");
        let handle = Builder::new().name(name).spawn(move || run(number, &config, wiring, &told))?;
        let chosen = chosen.recv().map_err(|_| io::Error::other("a media thread ended at its start"))??;
        Ok(Self { commands, events, wake, has_post: false, chosen, handle: Some(handle) })
    }
}

/// The life of a media thread. Its backend is made on it: an `io_uring` belongs to one thread.
fn run(number: usize, config: &EngineConfig, wiring: Wiring, told: &mpsc::Sender<io::Result<Chosen>>) {
    let fallback = match config.backend {
        Backend::Epoll => None,
        Backend::Auto | Backend::Uring => match Completion::new(wiring.wakes()) {
            Ok(poll) => {
                let chosen = Chosen { backend: Backend::Uring, fallback: None };
                return live(number, config, wiring, poll, chosen, told);
            }
            Err(error) if config.backend == Backend::Uring => return tell(told, Err(error)),
            Err(error) => Some(error.to_string()),
        },
    };
    match Readiness::new(wiring.wakes()) {
        Ok(poll) => live(number, config, wiring, poll, Chosen { backend: Backend::Epoll, fallback }, told),
        Err(error) => tell(told, Err(error)),
    }
}

fn live(
    number: usize,
    config: &EngineConfig,
    wiring: Wiring,
    poll: impl Poll,
    chosen: Chosen,
    told: &mpsc::Sender<io::Result<Chosen>>,
) {
    let core = Core::new(&core_config(number, config), Instant::now());
    let worker = Worker::new(core, usize::from(config.endpoints), wiring);
    tell(told, Ok(chosen));
    // A wait fails only when the descriptors are gone: the thread cannot go on, and its ring fills.
    drop(worker.run(poll));
}

/// Whoever started the thread waits for this, or is gone.
fn tell(told: &mpsc::Sender<io::Result<Chosen>>, chosen: io::Result<Chosen>) {
    drop(told.send(chosen));
}

fn core_config(number: usize, config: &EngineConfig) -> CoreConfig {
    let mut seed = config.seed;
    for (octet, part) in seed.iter_mut().zip(number.to_le_bytes()) {
        *octet ^= part;
    }
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    CoreConfig { endpoints: config.endpoints, seed, since_1970 }
}

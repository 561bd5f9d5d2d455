//! Questions from other threads to the control thread, and its answers back.

use std::os::fd::AsFd;
use std::sync::Arc;

use nix::sys::eventfd::{EfdFlags, EventFd};
use tokio::sync::{mpsc, oneshot};

use crate::control::{Answer, Question, RefusedBecause};

/// The most questions that wait; one more is refused at once.
const WAITING_MAX: usize = 256;

/// A question and where its answer goes.
#[derive(Debug)]
pub struct Ask {
    /// What is asked.
    pub question: Question,
    /// Who waits for the answer; may have gone.
    pub reply: oneshot::Sender<Answer>,
}

/// Asks the control thread. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Asker {
    sender: mpsc::Sender<Ask>,
    bell: Arc<EventFd>,
}

/// The control thread's end.
#[derive(Debug)]
pub struct Asked {
    receiver: mpsc::Receiver<Ask>,
    bell: Arc<EventFd>,
}

/// Both ends.
///
/// # Errors
/// When the system gives no eventfd.
pub fn asking() -> std::io::Result<(Asker, Asked)> {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let bell = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
    let bell = Arc::new(bell);
    Ok((Asker { sender, bell: Arc::clone(&bell) }, Asked { receiver, bell }))
}

impl Asker {
    /// Asks and waits. A control thread that has too much to do, or is gone, is an answer too.
    pub async fn ask(&self, question: Question) -> Answer {
        let (reply, answer) = oneshot::channel();
        if self.sender.try_send(Ask { question, reply }).is_err() {
            return Answer::refused(
                RefusedBecause::Unavailable,
                "the gateway has too many questions to answer",
            );
        }
        self.ring();
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Answer::refused(RefusedBecause::Unavailable, "the gateway is going away"),
        }
    }

    /// Wakes the control thread, so that it looks at what it was told by other means.
    pub fn ring(&self) {
        // A full counter means that the bell is ringing already.
        let _ringing = self.bell.write(1);
    }
}

impl Asked {
    /// Readable while somebody asks.
    pub fn bell(&self) -> impl AsFd + '_ {
        self.bell.as_fd()
    }

    /// Stops the bell; look for questions afterwards.
    pub fn hush(&self) {
        // Nothing to read means that it does not ring.
        let _silent = self.bell.read();
    }

    /// The next question.
    pub fn take(&mut self) -> Option<Ask> {
        self.receiver.try_recv().ok()
    }
}

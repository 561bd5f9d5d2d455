//! Questions from other threads to the control thread, and its answers back.

use std::os::fd::AsFd;
use std::sync::Arc;

use dialplans::DialPlan;
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
    plans: mpsc::Sender<Box<DialPlan>>,
    bell: Arc<EventFd>,
}

/// The control thread's end.
#[derive(Debug)]
pub struct Asked {
    receiver: mpsc::Receiver<Ask>,
    plans: mpsc::Receiver<Box<DialPlan>>,
    bell: Arc<EventFd>,
}

/// Both ends.
///
/// # Errors
/// When the system gives no eventfd.
pub fn asking() -> std::io::Result<(Asker, Asked)> {
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    let (new_plans, plans) = mpsc::channel(1);
    let bell = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
    let bell = Arc::new(bell);
    let asker = Asker { sender, plans: new_plans, bell: Arc::clone(&bell) };
    Ok((asker, Asked { receiver, plans, bell }))
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

    /// Gives the control thread a new dial plan; false while it has yet to take the one before.
    pub fn replan(&self, plan: DialPlan) -> bool {
        let given = self.plans.try_send(Box::new(plan)).is_ok();
        self.ring();
        given
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

    /// A new dial plan to be taken.
    pub fn take_plan(&mut self) -> Option<Box<DialPlan>> {
        self.plans.try_recv().ok()
    }

    /// The next question.
    pub fn take(&mut self) -> Option<Ask> {
        self.receiver.try_recv().ok()
    }
}

//! Bounded rings between one producer and one consumer, with an eventfd that is written only when it must be.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::eventfd::{EfdFlags, EventFd};

/// Wakes a thread that waits on a descriptor; many wakes before it looks cost one write.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    descriptor: EventFd,
    is_ringing: AtomicBool,
    is_over: AtomicBool,
}

impl Bell {
    pub(super) fn new() -> io::Result<Self> {
        let descriptor = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?;
        let inner = Inner { descriptor, is_ringing: AtomicBool::new(false), is_over: AtomicBool::new(false) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Wakes the other side, after something was put where it will look.
    pub(super) fn ring(&self) {
        if !self.inner.is_ringing.swap(true, Ordering::SeqCst) {
            // It fails only when the counter is full, and then the other side is awake already.
            let _awake_anyway = self.inner.descriptor.write(1);
        }
    }

    /// Stills the bell; what is put there afterwards rings anew. Then look.
    pub(super) fn still(&self) {
        // Where the write has not come through yet, the bell rings on: it will wake us once more.
        if self.inner.is_ringing.load(Ordering::SeqCst) && self.inner.descriptor.read().is_ok() {
            self.inner.is_ringing.store(false, Ordering::SeqCst);
        }
    }

    /// Tells the other side that it is over.
    pub(super) fn end(&self) {
        self.inner.is_over.store(true, Ordering::SeqCst);
        self.inner.is_ringing.store(false, Ordering::SeqCst);
        self.ring();
    }

    pub(super) fn is_over(&self) -> bool {
        self.inner.is_over.load(Ordering::SeqCst)
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.inner.descriptor.as_fd()
    }
}

//! The voice forwarder's io_uring loop: multishot receive into provided buffers, sends batched with the next wait.

#![expect(unsafe_code, reason = "io_uring takes pointers; the buffers live as long as the ring")]

use std::io;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::{IoUring, cqueue, opcode, squeue, types};

const BUFFERS: u16 = 1024;
const BUFFER_BYTES: usize = 2048;
const ENTRIES: u32 = 1024;
const GROUP: u16 = 1;
const SENT: u64 = 1 << 63;

struct Buffers {
    ring: *mut types::BufRingEntry,
    bytes: Vec<u8>,
    tail: u16,
}

impl Buffers {
    fn register(uring: &IoUring) -> io::Result<Self> {
        let length = usize::from(BUFFERS) * size_of::<types::BufRingEntry>();
        // SAFETY: an anonymous private mapping of our own, page-aligned as the kernel asks.
        let ring = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_ANONYMOUS | libc::MAP_PRIVATE,
                -1,
                0,
            )
        };
        if ring == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let address = u64::try_from(ring as usize).unwrap_or_default();
        // SAFETY: the mapping holds BUFFERS entries and outlives the ring.
        unsafe { uring.submitter().register_buf_ring_with_flags(address, BUFFERS, GROUP, 0)? };
        let mut buffers =
            Self { ring: ring.cast(), bytes: vec![0; usize::from(BUFFERS) * BUFFER_BYTES], tail: 0 };
        for id in 0..BUFFERS {
            buffers.give(id);
        }
        Ok(buffers)
    }

    fn at(&mut self, id: u16) -> *mut u8 {
        // SAFETY: the kernel only names buffers that were given, so the offset lies within `bytes`.
        unsafe { self.bytes.as_mut_ptr().add(usize::from(id) * BUFFER_BYTES) }
    }

    /// Gives buffer `id` to the kernel (again).
    fn give(&mut self, id: u16) {
        let address = u64::try_from(self.at(id) as usize).unwrap_or_default();
        // SAFETY: the index is within the mapping; the tail is published after the entry is written.
        unsafe {
            let entry = &mut *self.ring.add(usize::from(self.tail & (BUFFERS - 1)));
            entry.set_addr(address);
            entry.set_len(u32::try_from(BUFFER_BYTES).unwrap_or_default());
            entry.set_bid(id);
            self.tail = self.tail.wrapping_add(1);
            let tail = types::BufRingEntry::tail(self.ring).cast::<AtomicU16>();
            (*tail).store(self.tail, Ordering::Release);
        }
    }
}

/// Forwards between neighbours (0 and 1, 2 and 3, …) for ever.
pub(crate) fn forward(sockets: &[RawFd]) -> io::Result<()> {
    let mut uring = IoUring::builder()
        .setup_coop_taskrun()
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_cqsize(ENTRIES * 4)
        .build(ENTRIES)?;
    let mut buffers = Buffers::register(&uring)?;
    uring.submitter().register_files(sockets)?;
    for index in 0..sockets.len() {
        push(&mut uring, &receive(index))?;
    }
    loop {
        uring.submit_and_wait(1)?;
        loop {
            let Some(done) = uring.completion().next() else { break };
            if done.user_data() & SENT != 0 {
                buffers.give(u16::try_from(done.user_data() & 0xffff).unwrap_or_default());
                continue;
            }
            let index = usize::try_from(done.user_data()).unwrap_or_default();
            if let (Ok(length), Some(id)) =
                (u32::try_from(done.result()), cqueue::buffer_select(done.flags()))
            {
                let fixed = types::Fixed(u32::try_from(index ^ 1).unwrap_or_default());
                let send = opcode::Send::new(fixed, buffers.at(id), length).build();
                push(&mut uring, &send.user_data(SENT | u64::from(id)))?;
            }
            if !cqueue::more(done.flags()) {
                push(&mut uring, &receive(index))?;
            }
        }
    }
}

fn receive(index: usize) -> squeue::Entry {
    let fixed = types::Fixed(u32::try_from(index).unwrap_or_default());
    opcode::RecvMulti::new(fixed, GROUP).build().user_data(u64::try_from(index).unwrap_or_default())
}

fn push(uring: &mut IoUring, entry: &squeue::Entry) -> io::Result<()> {
    // SAFETY: what an entry points to (a provided buffer) is not touched until its completion.
    if unsafe { uring.submission().push(entry) }.is_err() {
        uring.submit()?;
        // SAFETY: as above.
        unsafe { uring.submission().push(entry) }.map_err(io::Error::other)?;
    }
    Ok(())
}

//! The memory `io_uring` receives into and sends from.

#![expect(unsafe_code, reason = "the kernel and we hand buffers to each other through shared memory")]

use core::alloc::Layout;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU16, Ordering};
use std::alloc::{alloc_zeroed, dealloc, handle_alloc_error};
use std::io;

use io_uring::IoUring;
use io_uring::types::BufRingEntry;

/// The number the buffers are registered under.
pub(super) const GROUP: u16 = 0;
/// Buffers; a power of two. Each is used for one batch only.
const BUFFERS: u16 = 1024;
/// Header, address, and a datagram one octet longer than any we take.
const BUFFER_OCTETS: usize = 1552;
/// A page, as the kernel wants the ring of entries aligned.
const PAGE: usize = 4096;
/// The longest packet of our own that is kept for sending: 60 ms of G.711 and its header.
pub(super) const OUTGOING_OCTETS: usize = 512;
/// Packets of our own kept for one batch.
const OUTGOING: usize = 256;

/// Receive buffers, each the kernel's or ours.
pub(super) struct Buffers {
    entries: Memory,
    memory: Memory,
    tail: u16,
}

/// Zeroed memory at a fixed place.
struct Memory {
    start: NonNull<u8>,
    layout: Layout,
}

impl Buffers {
    /// Makes the buffers and gives them all to the kernel.
    pub(super) fn register(ring: &IoUring) -> io::Result<Self> {
        let entries = Memory::new(usize::from(BUFFERS) * size_of::<BufRingEntry>())?;
        let memory = Memory::new(usize::from(BUFFERS) * BUFFER_OCTETS)?;
        let address = entries.start.as_ptr().addr() as u64;
        // SAFETY: `entries` is page-aligned, holds BUFFERS zeroed entries, and outlives the ring: whoever owns
        // both drops the ring first.
        unsafe { ring.submitter().register_buf_ring_with_flags(address, BUFFERS, GROUP, 0)? };
        let mut buffers = Self { entries, memory, tail: 0 };
        for buffer in 0..BUFFERS {
            buffers.give(buffer);
        }
        buffers.publish();
        Ok(buffers)
    }

    /// The first octets of a buffer the kernel has filled and handed to us.
    pub(super) fn get(&mut self, buffer: u16, octets: usize) -> Option<&mut [u8]> {
        if buffer >= BUFFERS || octets > BUFFER_OCTETS {
            return None;
        }
        // SAFETY: the range lies within `memory`, whose octets are initialised, and the kernel does not touch a
        // buffer between its completion and `give`; `&mut self` keeps it from being given meanwhile.
        unsafe { Some(core::slice::from_raw_parts_mut(self.start_of(buffer), octets)) }
    }

    /// Prepares to give a buffer back to the kernel.
    pub(super) fn give(&mut self, buffer: u16) {
        if buffer >= BUFFERS {
            return;
        }
        let address = self.start_of(buffer).addr() as u64;
        let place = usize::from(self.tail % BUFFERS);
        // SAFETY: `place` is below BUFFERS, so the entry lies in `entries`; the kernel reads entries below the
        // published tail only, and this one is above it.
        let entry = unsafe { &mut *self.entries.start.as_ptr().cast::<BufRingEntry>().add(place) };
        entry.set_addr(address);
        entry.set_len(u32::try_from(BUFFER_OCTETS).unwrap_or(0));
        entry.set_bid(buffer);
        self.tail = self.tail.wrapping_add(1);
    }

    /// Gives the kernel what was prepared.
    pub(super) fn publish(&mut self) {
        // SAFETY: the address of the first entry, which is initialised; the tail lies in its reserved field,
        // aligned for a u16, and is shared with the kernel, hence atomic.
        let tail = unsafe {
            let first = self.entries.start.as_ptr().cast::<BufRingEntry>();
            AtomicU16::from_ptr(BufRingEntry::tail(first).cast_mut())
        };
        tail.store(self.tail, Ordering::Release);
    }

    fn start_of(&self, buffer: u16) -> *mut u8 {
        // SAFETY: callers have checked that `buffer` is below BUFFERS, so the sum stays within `memory`.
        unsafe { self.memory.start.as_ptr().add(usize::from(buffer) * BUFFER_OCTETS) }
    }
}

impl Memory {
    fn new(octets: usize) -> io::Result<Self> {
        let layout = Layout::from_size_align(octets, PAGE).map_err(io::Error::other)?;
        // SAFETY: every caller asks for more than zero octets.
        let start = unsafe { alloc_zeroed(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        Ok(Self { start, layout })
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout and is freed once.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Packets of our own that wait for their batch.
pub(super) struct Outgoing {
    slots: Box<[[u8; OUTGOING_OCTETS]]>,
    used: usize,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self { slots: vec![[0; OUTGOING_OCTETS]; OUTGOING].into_boxed_slice(), used: 0 }
    }
}

impl Outgoing {
    pub(super) const fn is_full(&self) -> bool {
        self.used == self.slots.len()
    }

    /// Copies a packet to where it stays until [`Outgoing::clear`].
    pub(super) fn keep(&mut self, packet: &[u8]) -> Option<*const u8> {
        let slot = self.slots.get_mut(self.used)?;
        slot.get_mut(..packet.len())?.copy_from_slice(packet);
        self.used += 1;
        Some(slot.as_ptr())
    }

    pub(super) const fn clear(&mut self) {
        self.used = 0;
    }
}

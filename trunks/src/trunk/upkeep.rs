//! Blocking, unblocking and resetting channels.

use std::time::Instant;

use call::Cause;

use super::{Output, Trunk};
use crate::channel::Input;
use crate::{ChannelId, Signalling, ToLine};

/// What becomes of a call on a channel that is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockHow {
    /// It goes on until it ends by itself.
    #[default]
    Graceful,
    /// It ends now, with cause 41.
    AtOnce,
}

impl<L: Signalling> Trunk<L> {
    /// Takes channels out of use in both directions and tells the far end. Says how many of them are ours.
    pub fn block(&mut self, channels: &[ChannelId], how: BlockHow, now: Instant) -> usize {
        let mut count = 0;
        for index in channels.iter().filter_map(|&id| self.index(id)).collect::<Vec<_>>() {
            count += 1;
            self.set_local_block(index, true, now);
            match how {
                BlockHow::Graceful => {}
                BlockHow::AtOnce => self.drive(index, Input::Clear(Cause::TEMPORARY_FAILURE), now),
            }
        }
        self.pump(now);
        count
    }

    /// Puts channels back into use. Says how many of them are ours.
    pub fn unblock(&mut self, channels: &[ChannelId], now: Instant) -> usize {
        let mut count = 0;
        for index in channels.iter().filter_map(|&id| self.index(id)).collect::<Vec<_>>() {
            count += 1;
            self.set_local_block(index, false, now);
        }
        self.pump(now);
        count
    }

    /// Ends whatever is on the channels and begins afresh with the far end. Says how many of them are ours.
    pub fn reset(&mut self, channels: &[ChannelId], now: Instant) -> usize {
        let mut count = 0;
        for index in channels.iter().filter_map(|&id| self.index(id)).collect::<Vec<_>>() {
            count += 1;
            self.drive(index, Input::Reset, now);
        }
        self.pump(now);
        count
    }

    fn set_local_block(&mut self, index: usize, blocked: bool, now: Instant) {
        let Some(channel) = self.channels.get_mut(index) else { return };
        let id = channel.id;
        if core::mem::replace(&mut channel.standing.local, blocked) != blocked {
            let said = if blocked { ToLine::Block(id) } else { ToLine::Unblock(id) };
            self.line.handle_input(said, now);
            self.tell_standing(index);
        }
    }

    pub(super) fn set_remote_block(&mut self, id: ChannelId, blocked: bool) {
        let Some(index) = self.index(id) else {
            self.counters.unexpected += 1;
            return;
        };
        let Some(channel) = self.channels.get_mut(index) else { return };
        if core::mem::replace(&mut channel.standing.remote, blocked) != blocked {
            self.tell_standing(index);
        }
    }

    pub(super) fn set_faulty(&mut self, index: usize, faulty: bool) {
        let Some(channel) = self.channels.get_mut(index) else { return };
        if core::mem::replace(&mut channel.standing.faulty, faulty) != faulty {
            self.counters.faults += u64::from(faulty);
            self.tell_standing(index);
        }
    }

    fn tell_standing(&mut self, index: usize) {
        if let Some(channel) = self.channels.get(index) {
            let administrative = channel.standing.state();
            self.outputs.push_back(Output::Standing { channel: channel.id, administrative });
        }
    }
}

//! How late packets come, and so how long voice must wait for nearly all of them.

/// Timestamp units of one bin: 2.5 ms at 8 kHz.
const BIN: u32 = 20;
/// 320 ms; what is later counts in the last.
const BINS: usize = 128;
/// The share of packets that must be in time.
const IN_TIME: f32 = 0.99;
/// How much more a packet weighs than the one before: a memory of some 250 packets.
const GROWTH: f32 = 1.004;
const WEIGHT_MAX: f32 = 1e6;
/// The fastest packet is sought over the last one to two windows of so many units: 4 to 8 s at 8 kHz.
const WINDOW: u32 = 32_000;

/// The distribution of transit times above that of the fastest packet.
///
/// A transit time is local time less timestamp: only differences mean something, and they wrap.
#[derive(Debug)]
pub(super) struct Delay {
    fastest: u32,
    /// Of the window before, and of the running one.
    fastest_of: [u32; 2],
    window_end: u32,
    bins: [f32; BINS],
    weight: f32,
    total: f32,
}

impl Delay {
    pub(super) const fn new() -> Self {
        Self { fastest: 0, fastest_of: [0; 2], window_end: 0, bins: [0.0; BINS], weight: 1.0, total: 0.0 }
    }

    /// The source has begun anew: what was learnt of the network stays, the clocks are compared again.
    pub(super) const fn restart(&mut self, transit: u32, local: u32) {
        self.fastest = transit;
        self.fastest_of = [transit; 2];
        self.window_end = local.wrapping_add(WINDOW);
    }

    /// Transit time of the fastest packet of late.
    pub(super) const fn fastest(&self) -> u32 {
        self.fastest
    }

    /// Learns from a packet that came at `local`.
    pub(super) fn observe(&mut self, transit: u32, local: u32) {
        let [before, running] = self.fastest_of;
        if is_less(self.window_end, local) {
            self.fastest_of = [running, transit];
            self.window_end = local.wrapping_add(WINDOW);
        } else if is_less(transit, running) {
            self.fastest_of = [before, transit];
        }
        let [before, running] = self.fastest_of;
        self.fastest = if is_less(before, running) { before } else { running };

        let above = transit.wrapping_sub(self.fastest) / BIN;
        let last = BINS - 1;
        if let Some(bin) = self.bins.get_mut((above as usize).min(last)) {
            *bin += self.weight;
            self.total += self.weight;
        }
        self.weight *= GROWTH;
        if self.weight > WEIGHT_MAX {
            self.bins.iter_mut().for_each(|bin| *bin /= self.weight);
            self.total /= self.weight;
            self.weight = 1.0;
        }
    }

    /// How long after the fastest packet nearly all have come.
    pub(super) fn wanted(&self) -> u32 {
        let mut in_time = 0.0;
        let mut wanted = 0;
        for bin in &self.bins {
            wanted += BIN;
            in_time += bin;
            if in_time >= self.total * IN_TIME {
                break;
            }
        }
        wanted
    }
}

/// Whether `a` lies before `b` on the wrapping clock.
pub(super) const fn is_less(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

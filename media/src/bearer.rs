//! What a line to the PSTN is to the media engine: a two-way stream of G.711 octets.

use crate::codec::Law;

/// Octets a line carries in a millisecond, each way: 64 kbit/s, ITU-T G.711.
pub const OCTETS_PER_MILLISECOND: usize = 8;

/// One 64 kbit/s bearer: a timeslot of a span, a simulated line, anything that takes and gives G.711.
///
/// The media engine owns it from `Command::OpenBearer` until its endpoint is closed.
pub trait Bearer: Send {
    /// The law its octets are coded by; it does not change while the engine holds the bearer.
    fn law(&self) -> Law;

    /// Gives the line `to_line` and takes as many octets from it into `from_line`.
    ///
    /// Both are equally long, a whole number of milliseconds ([`OCTETS_PER_MILLISECOND`] octets each). Time
    /// on the line passes by these calls alone. Called on a media thread: it neither blocks nor allocates.
    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]);
}

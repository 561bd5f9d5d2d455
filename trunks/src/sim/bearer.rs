//! The far end's voice on one channel: lives on a media thread and hears from the exchange over rings.

use call::Digit;
use media::dtmf::{Detector, Heard};
use media::{Bearer, Law, OCTETS_PER_MILLISECOND};
use rtrb::{Consumer, Producer, RingBuffer};

use super::sound::Saying;

/// The longest echo, in milliseconds, beyond the one exchange that every echo takes.
pub(crate) const ECHO_MS_MAX: u16 = 1000;

/// How many changes of what is said may wait for the media thread.
const SAYINGS_MAX: usize = 16;
/// How many octets are decoded at a time, to be listened to.
const LISTEN_OCTETS: usize = 160;
/// How many digits heard may wait for the exchange.
const HEARD_MAX: usize = 64;

/// The exchange's end of a bearer.
#[derive(Debug)]
pub(crate) struct Voice {
    sayings: Producer<Saying>,
    heard: Consumer<Digit>,
    /// The newest thing to say, while the ring is full.
    waiting: Option<Saying>,
}

impl Voice {
    /// Both ends; the bearer begins with `saying`.
    pub(crate) fn open(law: Law, saying: Saying) -> (Self, SimulatedBearer) {
        let (sayings, sayings_out) = RingBuffer::new(SAYINGS_MAX);
        let (heard_in, heard) = RingBuffer::new(HEARD_MAX);
        let bearer = SimulatedBearer {
            law,
            saying: Saying::Silence,
            at: 0,
            delay: DelayLine::new(law),
            sayings: sayings_out,
            heard: heard_in,
            detector: Detector::new(),
        };
        let mut voice = Self { sayings, heard, waiting: None };
        voice.say(saying);
        (voice, bearer)
    }

    /// Changes what is said. While the ring is full the newest change waits; those between are skipped.
    pub(crate) fn say(&mut self, saying: Saying) {
        self.waiting = Some(saying);
        self.flush();
    }

    pub(crate) fn flush(&mut self) {
        if let Some(saying) = self.waiting.take()
            && let Err(rtrb::PushError::Full(saying)) = self.sayings.push(saying)
        {
            self.waiting = Some(saying);
        }
    }

    /// The next digit that was heard in-band.
    pub(crate) fn hear(&mut self) -> Option<Digit> {
        self.heard.pop().ok()
    }
}

/// A simulated line. Neither blocks nor allocates in [`Bearer::exchange`].
#[derive(Debug)]
pub(crate) struct SimulatedBearer {
    law: Law,
    saying: Saying,
    /// Where in the sound.
    at: usize,
    delay: DelayLine,
    sayings: Consumer<Saying>,
    heard: Producer<Digit>,
    detector: Detector,
}

impl SimulatedBearer {
    fn change(&mut self, octets: usize) {
        while let Ok(saying) = self.sayings.pop() {
            if let Saying::Echo { delay_ms } = saying {
                self.delay.begin(octets + usize::from(delay_ms.min(ECHO_MS_MAX)) * OCTETS_PER_MILLISECOND);
            }
            self.saying = saying;
            self.at = 0;
        }
        if self.sayings.is_abandoned() {
            self.saying = Saying::Silence;
        }
    }
}

impl SimulatedBearer {
    fn listen(&mut self, to_line: &[u8]) {
        for octets in to_line.chunks(LISTEN_OCTETS) {
            let mut pcm = [0; LISTEN_OCTETS];
            let Some(pcm) = pcm.get_mut(..octets.len()) else { return };
            self.law.decode_into(octets, pcm);
            let heard = &mut self.heard;
            self.detector.listen(pcm, |event| {
                // A digit for which nobody has room is lost, as it would be on a register that is full.
                if let Heard::Start(digit) = event {
                    heard.push(digit).unwrap_or_default();
                }
            });
        }
    }
}

impl Bearer for SimulatedBearer {
    fn law(&self) -> Law {
        self.law
    }

    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        self.change(from_line.len());
        match &self.saying {
            Saying::Silence => from_line.fill(self.law.silence()),
            Saying::Play(sound) => self.at = sound.fill(self.at, from_line, self.law),
            Saying::Echo { .. } => self.delay.pass(to_line, from_line),
        }
        self.listen(to_line);
    }
}

/// Octets on their way through the echo.
#[derive(Debug)]
struct DelayLine {
    octets: Box<[u8]>,
    /// Where the next octet is read, and where written.
    read: usize,
    write: usize,
    silence: u8,
}

impl DelayLine {
    /// Room for the longest echo and an exchange of 100 ms, as a power of two.
    const ROOM: usize = 16_384;

    fn new(law: Law) -> Self {
        Self {
            octets: vec![law.silence(); Self::ROOM].into_boxed_slice(),
            read: 0,
            write: 0,
            silence: law.silence(),
        }
    }

    fn begin(&mut self, delay: usize) {
        self.octets.fill(self.silence);
        self.read = 0;
        self.write = delay.min(Self::ROOM - 1);
    }

    fn pass(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        for (out, &heard) in from_line.iter_mut().zip(to_line) {
            if let Some(octet) = self.octets.get_mut(self.write) {
                *octet = heard;
            }
            *out = self.octets.get(self.read).copied().unwrap_or(self.silence);
            self.write = (self.write + 1) % Self::ROOM;
            self.read = (self.read + 1) % Self::ROOM;
        }
    }
}

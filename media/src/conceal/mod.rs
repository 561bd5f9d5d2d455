//! Packet loss concealment for 8 kHz voice, of the kind of ITU-T G.711 Appendix I: the pitch goes on, fading.
//!
//! Unlike the Appendix it adds no delay: where a loss begins, the difference to the repeated pitch decays
//! instead of being overlapped with voice that would have to be held back.

#![expect(clippy::indexing_slicing, reason = "indexes are bounded by the fixed lengths below")]

#[cfg(test)]
mod tests;

use crate::tone::round;

/// Pitch periods looked for: 5 to 15 ms, 200 to 66 Hz (Appendix I, I.2.4).
const PITCH_MIN: usize = 40;
const PITCH_MAX: usize = 120;
/// Samples compared: 20 ms.
const WINDOW: usize = 160;
/// Three of the longest periods and a quarter (Appendix I: 48.75 ms).
const HISTORY: usize = 390;
const TEN_MS: usize = 80;
/// Faded out after 60 ms: a fifth each 10 ms after the first (Appendix I, I.2.7).
const FADED: usize = 6 * TEN_MS;

/// The concealment of one stream. Every sample that is played passes through it, in order.
#[derive(Debug, Clone)]
pub struct Concealer {
    /// What was played last.
    history: [i16; HISTORY],
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Voice,
    Lost(Synthesis),
    /// Voice is back; so many samples of `overlap` are blended already.
    Back {
        synthesis: Synthesis,
        blended: usize,
        overlap: usize,
    },
}

/// The repetition of the last pitch periods of the history, which stands still meanwhile.
#[derive(Debug, Clone, Copy)]
struct Synthesis {
    pitch: usize,
    /// Samples made so far.
    made: usize,
    /// Where the loop that is heard has got to, and how many periods it has.
    at: usize,
    periods: usize,
    /// What the first sample lacks to follow the last one of voice.
    step: f32,
    history: [i16; HISTORY],
}

impl Default for Concealer {
    fn default() -> Self {
        Self { history: [0; HISTORY], state: State::Voice }
    }
}

impl Concealer {
    /// Voice that came; its beginning is blended with what concealed the loss before it.
    pub fn voice(&mut self, pcm: &mut [i16]) {
        match &mut self.state {
            State::Voice => {}
            State::Lost(synthesis) => {
                let later = synthesis.made.saturating_sub(1) / TEN_MS * TEN_MS * 2 / 5;
                let overlap = (synthesis.pitch / 4 + later).min(TEN_MS);
                self.state = State::Back { synthesis: *synthesis, blended: 0, overlap };
                self.blend(pcm);
            }
            State::Back { .. } => self.blend(pcm),
        }
        self.remember(pcm);
    }

    /// Voice that is missing: makes up what is to be played.
    pub fn lost(&mut self, pcm: &mut [i16]) {
        let mut synthesis = match &self.state {
            State::Voice => Synthesis::new(&self.history),
            State::Lost(synthesis) => *synthesis,
            State::Back { .. } => Synthesis::new(&self.history),
        };
        for sample in pcm.iter_mut() {
            *sample = round(synthesis.next());
        }
        self.remember(pcm);
        self.state = State::Lost(synthesis);
    }

    /// Some voice was cut out before the next: makes the join smooth.
    pub fn cut(&mut self) {
        if matches!(self.state, State::Voice) {
            self.state = State::Lost(Synthesis::new(&self.history));
        }
    }

    fn blend(&mut self, pcm: &mut [i16]) {
        let State::Back { synthesis, blended, overlap } = &mut self.state else { return };
        for sample in pcm.iter_mut().take(*overlap - *blended) {
            *blended += 1;
            let share = *blended as f32 / (*overlap + 1) as f32;
            *sample = round(share * f32::from(*sample) + (1.0 - share) * synthesis.next());
        }
        if blended == overlap {
            self.state = State::Voice;
        }
    }

    fn remember(&mut self, pcm: &[i16]) {
        let new = pcm.len().min(HISTORY);
        self.history.copy_within(new.., 0);
        self.history[HISTORY - new..].copy_from_slice(&pcm[pcm.len() - new..]);
    }
}

impl Synthesis {
    fn new(history: &[i16; HISTORY]) -> Self {
        let pitch = find_pitch(history);
        let step = f32::from(history[HISTORY - 1]) - f32::from(history[HISTORY - 1 - pitch]);
        Self { pitch, made: 0, at: 0, periods: 1, step, history: *history }
    }

    fn next(&mut self) -> f32 {
        if self.made == FADED {
            return 0.0;
        }
        // One period sounds like a machine when it lasts: two after 10 ms, three after 20 (I.2.6).
        let wanted = (self.made / TEN_MS + 1).min(3);
        if wanted > self.periods && self.made.is_multiple_of(TEN_MS) {
            self.periods = wanted;
        }
        let quarter = self.pitch / 4;
        let since_change = self.made % TEN_MS;
        let mut sample = self.looped(self.periods, self.at);
        if (2..=3).contains(&(self.made / TEN_MS + 1)) && since_change < quarter {
            let share = (since_change + 1) as f32 / (quarter + 1) as f32;
            sample = share * sample + (1.0 - share) * self.looped(self.periods - 1, self.at);
        }
        if self.made < quarter {
            sample += self.step * (1.0 - (self.made + 1) as f32 / (quarter + 1) as f32);
        }
        let gain = 1.0 - self.made.saturating_sub(TEN_MS) as f32 / (FADED - TEN_MS) as f32;
        self.at = (self.at + 1) % (self.periods * self.pitch);
        self.made += 1;
        sample * gain
    }

    /// The last periods of the history as a loop, its end blended into what comes before its beginning.
    fn looped(&self, periods: usize, at: usize) -> f32 {
        let length = periods * self.pitch;
        let at = at % length;
        let start = HISTORY - length;
        let sample = f32::from(self.history[start + at]);
        let quarter = self.pitch / 4;
        let from_end = length - at;
        if from_end > quarter {
            return sample;
        }
        let share = (quarter + 1 - from_end) as f32 / (quarter + 1) as f32;
        let before = f32::from(self.history[start - from_end]);
        share * before + (1.0 - share) * sample
    }
}

/// The lag at which the last 20 ms are most like what came before them (I.2.4): coarsely, then to the sample.
fn find_pitch(history: &[i16; HISTORY]) -> usize {
    let mut voice = [0.0; HISTORY];
    for (sample, before) in voice.iter_mut().zip(history) {
        *sample = f32::from(*before);
    }
    let best = |lags: &mut dyn Iterator<Item = usize>, step| {
        lags.map(|lag| (lag, likeness(&voice, lag, step)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(PITCH_MAX, |(lag, _)| lag)
    };
    let coarse = best(&mut (PITCH_MIN..=PITCH_MAX).step_by(2), 2);
    best(&mut (coarse.max(PITCH_MIN + 1) - 1..=(coarse + 1).min(PITCH_MAX)), 1)
}

fn likeness(voice: &[f32; HISTORY], lag: usize, step: usize) -> f32 {
    let last = &voice[HISTORY - WINDOW..];
    let lagged = &voice[HISTORY - WINDOW - lag..HISTORY - lag];
    let (mut product, mut energy) = (0.0, 0.0);
    for (a, b) in last.iter().step_by(step).zip(lagged.iter().step_by(step)) {
        product += a * b;
        energy += b * b;
    }
    // Silence is like everything: the floor keeps its quotient small.
    product / f32::max(energy, 100.0).sqrt()
}

//! An endpoint that is a line to the PSTN.

use std::collections::VecDeque;
use std::time::Instant;

use super::Prompt;
use crate::dtmf::{Detector, Heard};
use crate::event::Statistics;
use crate::{Bearer, EndpointId, Law};

/// Samples of the longest frame, 60 ms.
pub(crate) const SAMPLES_MAX: usize = 480;

/// One line with what listens to it and speaks to it.
pub(crate) struct Line {
    pub(crate) id: EndpointId,
    bearer: Box<dyn Bearer>,
    law: Law,
    detector: Option<Box<Listener>>,
    pub(crate) prompt: Prompt,
    statistics: Statistics,
    /// What the line said and another line has not heard yet.
    said: VecDeque<u8>,
}

/// The ear for digits.
struct Listener {
    detector: Detector,
    is_down: bool,
}

impl Line {
    pub(crate) fn new(id: EndpointId, bearer: Box<dyn Bearer>, detect_digits: bool) -> Self {
        let law = bearer.law();
        let listener = || Box::new(Listener { detector: Detector::new(), is_down: false });
        Self {
            id,
            bearer,
            law,
            detector: detect_digits.then(listener),
            prompt: Prompt::default(),
            statistics: Statistics::default(),
            said: VecDeque::with_capacity(2 * SAMPLES_MAX),
        }
    }

    pub(crate) const fn law(&self) -> Law {
        self.law
    }

    /// Says a frame to the line, with whatever the gateway says over it, and replaces it by what the line said.
    pub(crate) fn exchange(&mut self, pcm: &mut [i16], now: Instant) {
        self.prompt.fill(pcm);
        let (mut to_line, mut from_line) = ([0; SAMPLES_MAX], [0; SAMPLES_MAX]);
        let (Some(to_line), Some(from_line)) = (to_line.get_mut(..pcm.len()), from_line.get_mut(..pcm.len()))
        else {
            return;
        };
        self.law.encode_into(pcm, to_line);
        from_line.fill(self.law.silence());
        self.bearer.exchange(to_line, from_line);
        self.law.decode_into(from_line, pcm);
        let (received, sent) = (&mut self.statistics.received, &mut self.statistics.sent);
        received.octets += from_line.len() as u64;
        sent.octets += to_line.len() as u64;
        received.first.get_or_insert(now);
        sent.first.get_or_insert(now);
        (received.last, sent.last) = (Some(now), Some(now));
    }

    /// Listens for digits in what the line said.
    pub(crate) fn listen(&mut self, pcm: &[i16], mut heard: impl FnMut(Heard)) {
        let Some(Listener { detector, is_down }) = self.detector.as_deref_mut() else { return };
        detector.listen(pcm, |what| {
            *is_down = matches!(what, Heard::Start(_));
            heard(what);
        });
    }

    /// Whether a digit is being heard, so that its sound is to be muted where it goes on as an event.
    pub(crate) fn is_digit_down(&self) -> bool {
        self.detector.as_ref().is_some_and(|listener| listener.is_down)
    }

    /// Keeps a frame for the line that hears this one; what that one does not take in time is lost.
    pub(crate) fn keep(&mut self, pcm: &[i16]) {
        let room = (2 * SAMPLES_MAX).saturating_sub(pcm.len());
        self.said.drain(..self.said.len().saturating_sub(room));
        self.said.extend(pcm.iter().map(|sample| self.law.encode(*sample)));
    }

    /// Gives what was kept.
    pub(crate) fn give(&mut self, pcm: &mut [i16]) {
        let law = self.law;
        let ready = pcm.len().min(self.said.len());
        for (sample, octet) in pcm.iter_mut().zip(self.said.drain(..ready)) {
            *sample = law.decode(octet);
        }
    }

    pub(crate) fn close(self) -> Statistics {
        self.statistics
    }
}

"""Prepares speech for a call and scores what came back: `prepare IN OUT` or `score SENT RECEIVED`."""

import sys

import numpy
from pesq import pesq
from scipy.io import wavfile
from scipy.signal import correlate, resample_poly

RATE = 8000


def read(path):
    rate, samples = wavfile.read(path)
    samples = samples.astype(numpy.float64)
    return samples if rate == RATE else resample_poly(samples, RATE, rate)


def write(path, samples):
    wavfile.write(path, RATE, numpy.clip(samples, -32768, 32767).astype(numpy.int16))


def prepare(source, target):
    """8 kHz, one second of quiet before and after, so that the start of a call costs no speech."""
    quiet = numpy.zeros(RATE)
    write(target, numpy.concatenate([quiet, read(source), quiet]))


def score(sent, received):
    """PESQ-NB of the speech in `received` after aligning it with `sent`, the delay, and the similarity."""
    sent, received = read(sent), read(received)
    if len(received) < RATE:
        sys.exit(f"only {len(received)} samples came back")
    product = correlate(received, sent, mode="full", method="fft")
    delay = int(numpy.argmax(product)) - (len(sent) - 1)
    begin, end = max(delay, 0), min(delay + len(sent), len(received))
    heard, said = received[begin:end], sent[begin - delay : end - delay]
    similarity = float(numpy.dot(heard, said) / (numpy.linalg.norm(heard) * numpy.linalg.norm(said)))
    print(f"pesq={pesq(RATE, said, heard, 'nb'):.3f} similarity={similarity:.4f} samples={end - begin} delay={delay}")


if __name__ == "__main__":
    {"prepare": prepare, "score": score}[sys.argv[1]](*sys.argv[2:4])

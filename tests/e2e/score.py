"""Prints the narrow-band PESQ score (ITU-T P.862.1) of a recording against what was played: score.py PLAYED HEARD."""
import sys
from math import gcd

import numpy as np
from pesq import pesq
from scipy.io import wavfile
from scipy.signal import correlate, resample_poly

RATE = 8000


def read(path):
    rate, samples = wavfile.read(path)
    if samples.ndim > 1:
        samples = samples[:, 0]
    samples = samples.astype(np.float64) / np.iinfo(samples.dtype).max
    if rate != RATE:
        common = gcd(rate, RATE)
        samples = resample_poly(samples, RATE // common, rate // common)
    return samples


played, heard = read(sys.argv[1]), read(sys.argv[2])
lag = int(np.argmax(correlate(heard, played, mode="full", method="fft"))) - (len(played) - 1)
heard = heard[lag:] if lag >= 0 else np.concatenate([np.zeros(-lag), heard])
length = min(len(played), len(heard))
print(f"{pesq(RATE, played[:length], heard[:length], 'nb'):.3f}")

"""Fundamental frequency and voicing at 50 Hz by normalised autocorrelation."""

import numpy as np
from scipy.ndimage import median_filter

from emogene_proto.names import SAMPLE_RATE

PITCH_HOP = 320
"""Samples from one value to the next: 50 Hz."""
LOWEST_HZ, HIGHEST_HZ = 80.0, 750.0
_WINDOW = 1024
_FFT = 2048
_BLOCK = 4096
_SILENCE = 1e-7
"""Mean power under which nothing is voiced (-70 dB)."""


def pitch(audio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f0 in Hz and voicing in 0..1 of (N,) audio at 16 kHz, both (ceil(N / 320),) float32.

    f0 lies in 80..750 Hz and is 0 where voicing is under 0.5; entry k is centred at (k + 0.5) / 50 s.
    """
    count = -(-len(audio) // PITCH_HOP)
    if count == 0:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    side = (_WINDOW - PITCH_HOP) // 2
    padded = np.zeros(count * PITCH_HOP + 2 * side + PITCH_HOP, np.float32)
    padded[side : side + len(audio)] = audio
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::PITCH_HOP][:count]
    parts = [_autocorrelation_peak(frames[i : i + _BLOCK]) for i in range(0, count, _BLOCK)]
    lag, strength = (np.concatenate(p) for p in zip(*parts, strict=True))
    voiced = strength >= 0.5
    hz = np.where(voiced, SAMPLE_RATE / np.maximum(lag, 1.0), 0.0)
    # A median over 5 frames takes out single octave slips without moving onsets.
    smooth = median_filter(hz, size=5, mode="nearest")
    hz = np.where(voiced & (smooth > 0), np.clip(smooth, LOWEST_HZ, HIGHEST_HZ), hz)
    return hz.astype(np.float32), strength.astype(np.float32)


def _autocorrelation_peak(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best lag in samples (fractional) and its strength 0..1 for each of (n, 1024) windows."""
    x = frames - frames.mean(1, keepdims=True)
    shortest, longest = int(SAMPLE_RATE / HIGHEST_HZ), int(np.ceil(SAMPLE_RATE / LOWEST_HZ))
    spectrum = np.fft.rfft(x, _FFT)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, _FFT)[:, : longest + 2]
    energy = np.cumsum(np.pad(x.astype(np.float64) ** 2, ((0, 0), (1, 0))), 1)
    lags = np.arange(longest + 2)
    # Energies of the two overlapping parts: x[0 : W - lag] and x[lag : W].
    overlap = np.sqrt(energy[:, _WINDOW - lags] * (energy[:, -1:] - energy[:, lags]))
    score = correlation / np.maximum(overlap, _SILENCE * _WINDOW)
    middle = score[:, shortest : longest + 1]
    peak = (middle >= score[:, shortest - 1 : longest]) & (middle >= score[:, shortest + 1 : longest + 2])
    value = np.where(peak, middle, 0.0)
    best = value.max(1, keepdims=True)
    # The first peak nearly as high as the best is the period; the best may be a multiple of it.
    first = np.argmax(value >= 0.93 * best, axis=1) + shortest
    row = np.arange(len(score))
    left, centre, right = score[row, first - 1], score[row, first], score[row, first + 1]
    bend = left - 2 * centre + right
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (left - right) / np.where(np.abs(bend) > 1e-9, bend, 1.0), 0.0)
    found = best[:, 0] > 0
    return np.where(found, first + np.clip(shift, -0.5, 0.5), 0.0), np.clip(best[:, 0], 0.0, 1.0)

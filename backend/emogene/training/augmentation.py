"""What happens to a voice on its way to a recording: speed, noise, rooms, filters, telephones, clipping."""

import numpy as np
import soxr
from scipy.signal import fftconvolve, lfilter

from emogene_proto.names import SAMPLE_RATE


def change_speed(audio: np.ndarray, factor: float) -> np.ndarray:
    """Played `factor` times as fast; pitch and formants go with it. (N,) to (about N / factor,)."""
    return soxr.resample(audio, SAMPLE_RATE * factor, SAMPLE_RATE, quality="LQ").astype(np.float32)


def recorded(audio: np.ndarray, rng: np.random.Generator, babble: np.ndarray | None = None) -> np.ndarray:
    """The same speech as another microphone in another place may have caught it; time stays as it is.

    Args:
        audio: (N,) float32.
        babble: (N,) other speech, for voices in the background.
    """
    if rng.random() < 0.6:
        audio = uneven(audio, rng)
    if rng.random() < 0.4:
        audio = in_room(audio, rng)
    if rng.random() < 0.7:
        audio = equalised(audio, rng)
    if rng.random() < 0.7:
        audio = with_noise(audio, noise(len(audio), rng), rng.uniform(5.0, 45.0))
    if rng.random() < 0.1:
        audio = with_noise(audio, music(len(audio), rng), rng.uniform(8.0, 35.0))
    if babble is not None and rng.random() < 0.12:
        audio = with_noise(audio, babble, rng.uniform(8.0, 25.0))
    if rng.random() < 0.12:
        audio = telephone(audio, rng)
    peak = float(np.abs(audio).max()) + 1e-9
    if rng.random() < 0.08:
        audio = np.clip(audio, -peak * 0.4, peak * 0.4)
    return (audio * (10.0 ** rng.uniform(-1.6, 0.0) / peak)).astype(np.float32)


def uneven(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Louder and softer words, by some decibels: people swallow endings, speech programs do not."""
    points = max(2, round(len(audio) / SAMPLE_RATE * 4))
    gain_db = np.interp(np.arange(len(audio)), np.linspace(0, len(audio), points), rng.normal(0.0, 6.0, points))
    return (audio * 10.0 ** (np.clip(gain_db, -18.0, 10.0) / 20.0)).astype(np.float32)


def in_room(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A direct sound and a tail that dies away in 0.1 to 0.6 s."""
    seconds = rng.uniform(0.1, 0.6)
    tail = rng.standard_normal(int(seconds * SAMPLE_RATE)).astype(np.float32)
    tail *= np.exp(-6.9 * np.arange(len(tail)) / len(tail)).astype(np.float32)
    tail[: int(rng.uniform(0.001, 0.01) * SAMPLE_RATE)] = 0.0
    tail *= 10.0 ** (rng.uniform(-25.0, -3.0) / 20.0) / (np.linalg.norm(tail) + 1e-9)
    tail[0] = 1.0
    return fftconvolve(audio, tail)[: len(audio)].astype(np.float32)


def equalised(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another frequency response: a smooth random curve of up to 12 dB, and a tilt."""
    spectrum = np.fft.rfft(audio)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(len(audio), 1.0 / SAMPLE_RATE), 30.0) / 1000.0)
    points = np.linspace(-5.0, 3.0, 9)
    gain_db = np.interp(octaves, points, rng.normal(0.0, 4.0, 9)) + octaves * rng.uniform(-2.5, 2.5)
    return np.fft.irfft(spectrum * 10.0 ** (np.clip(gain_db, -20, 15) / 20.0), len(audio)).astype(np.float32)


def noise(count: int, rng: np.random.Generator) -> np.ndarray:
    """Steady or slowly changing noise of a random colour, now and then with a hum."""
    white = rng.standard_normal(count).astype(np.float32)
    coloured = np.asarray(lfilter([1.0], [1.0, -rng.uniform(-0.5, 0.98)], white), np.float32)
    coloured /= coloured.std() + 1e-9
    if rng.random() < 0.3:
        swell = np.interp(np.arange(count), np.linspace(0, count, 12), rng.uniform(0.1, 1.0, 12))
        coloured = coloured * swell.astype(np.float32)
    if rng.random() < 0.3:
        base = rng.choice([50.0, 60.0, 100.0, 120.0, rng.uniform(80, 600)])
        time = np.arange(count) / SAMPLE_RATE
        for harmonic in range(1, 6):
            phase = 2 * np.pi * (base * harmonic * time + rng.random())
            coloured = coloured + rng.uniform(0, 0.6) / harmonic * np.sin(phase).astype(np.float32)
    return coloured


def music(count: int, rng: np.random.Generator) -> np.ndarray:
    """Chords of a few tones with overtones, one after the other, with or without a beat."""
    mixed = np.zeros(count, np.float32)
    beat = int(rng.uniform(0.2, 0.8) * SAMPLE_RATE)
    root = rng.uniform(80.0, 330.0)
    for first in range(0, count, beat):
        length = min(beat, count - first)
        time = np.arange(length) / SAMPLE_RATE
        note = np.zeros(length, np.float32)
        for semitone in rng.choice([0, 2, 3, 4, 5, 7, 9, 10, 12, 16, 19], int(rng.integers(1, 5)), replace=False):
            hz = root * 2.0 ** (semitone / 12.0)
            for overtone in range(1, int(rng.integers(2, 9))):
                note += np.sin(2 * np.pi * (overtone * hz * time + rng.random())).astype(np.float32) / overtone**1.3
        mixed[first : first + length] += note * np.exp(-time * rng.uniform(0.0, 6.0)).astype(np.float32)
        if rng.random() < 0.5:
            drum = rng.standard_normal(length) * np.exp(-time * rng.uniform(15.0, 60.0)) * rng.uniform(0.3, 3.0)
            mixed[first : first + length] += drum.astype(np.float32)
    return mixed


def with_noise(audio: np.ndarray, disturbance: np.ndarray, ratio_db: float) -> np.ndarray:
    """`disturbance` mixed in, `ratio_db` under the speech's own level."""
    level = np.sqrt(np.mean(audio**2) + 1e-12) * 10.0 ** (-ratio_db / 20.0)
    return audio + disturbance * (level / (np.sqrt(np.mean(disturbance**2)) + 1e-9))


def telephone(audio: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """300 to 3400 Hz, give or take, in 8 bits of mu-law."""
    spectrum = np.fft.rfft(audio)
    hz = np.fft.rfftfreq(len(audio), 1.0 / SAMPLE_RATE)
    low, high = rng.uniform(150, 350), rng.uniform(3300, 4000)
    spectrum *= 1.0 / (1.0 + (low / np.maximum(hz, 1.0)) ** 6) / (1.0 + (hz / high) ** 16)
    narrow = np.fft.irfft(spectrum, len(audio))
    scaled = narrow / (np.abs(narrow).max() + 1e-9)
    coded = np.round(np.sign(scaled) * np.log1p(255 * np.abs(scaled)) / np.log(256) * 127) / 127
    return (np.sign(coded) * (256 ** np.abs(coded) - 1) / 255).astype(np.float32)

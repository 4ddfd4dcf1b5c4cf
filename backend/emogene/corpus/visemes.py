"""Phones become movements of jaw, lips and tongue, with coarticulation.

Every phone has a target and a weight for each articulator. A weight's influence decays in time on both sides of its
phone (dominance functions of Cohen and Massaro, 1993), faster or slower by articulator, so that neighbours blend, short
vowels fall short of their targets, and rounding begins early. Contacts that make a consonant what it is (lips of p b m,
lower lip and teeth of f v) are not left to the blend: they are signals of their own, enforced by `mouth_contacts.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from emogene_proto.names import MODEL_FPS, SAMPLE_RATE

from .phones import BILABIALS, LABIODENTALS, SILENCE, VOWELS, PhoneSpan

FINE_RATE = 200
"""Rate at which trajectories are made before they are sampled at MODEL_FPS."""
SMOOTHING_SECONDS = 0.014
CONTACT_SECONDS = 0.052
"""Shortest contact: longer than a frame, so that at 25 fps at least one frame shows it."""
CONTACT_RAMP_SECONDS = 0.06

CONTROLS: dict[str, tuple[str, ...]] = {
    "jaw": ("jawOpen",),
    "pucker": ("mouthPucker",),
    "funnel": ("mouthFunnel",),
    "stretch": ("mouthStretch_L", "mouthStretch_R"),
    "smile": ("mouthSmile_L", "mouthSmile_R"),
    "upper": ("mouthUpperUp_L", "mouthUpperUp_R"),
    "lower": ("mouthLowerDown_L", "mouthLowerDown_R"),
    "tip": ("tongueTipUp",),
    "out": ("tongueOut",),
    "back": ("tongueBackUp",),
}
"""Articulators, and the expression shapes each of them drives."""
CONTROL_NAMES = tuple(CONTROLS)
ROUNDING = ("pucker", "funnel")
TONGUE = ("tip", "out", "back")
EFFORT = ("jaw", "upper", "lower")
"""Articulators that move more in loud speech."""

# Targets; what is not named is 0.
TARGETS: dict[str, dict[str, float]] = {
    SILENCE: {},
    "aa": {"jaw": 0.40, "upper": 0.10, "lower": 0.25},
    "ae": {"jaw": 0.33, "stretch": 0.15, "smile": 0.08, "upper": 0.18, "lower": 0.30},
    "ah": {"jaw": 0.23, "upper": 0.08, "lower": 0.20},
    "ao": {"jaw": 0.31, "funnel": 0.40, "pucker": 0.20},
    "eh": {"jaw": 0.25, "stretch": 0.16, "smile": 0.08, "upper": 0.15, "lower": 0.25},
    "er": {"jaw": 0.14, "funnel": 0.32, "pucker": 0.18, "back": 0.4},
    "ih": {"jaw": 0.16, "stretch": 0.18, "smile": 0.10, "upper": 0.13, "lower": 0.22},
    "iy": {"jaw": 0.09, "stretch": 0.32, "smile": 0.20, "upper": 0.18, "lower": 0.26},
    "uh": {"jaw": 0.14, "funnel": 0.34, "pucker": 0.30},
    "uw": {"jaw": 0.07, "funnel": 0.28, "pucker": 0.75},
    "b": {"jaw": 0.05},
    "p": {"jaw": 0.05},
    "m": {"jaw": 0.05},
    "f": {"jaw": 0.06, "upper": 0.24},
    "v": {"jaw": 0.06, "upper": 0.20},
    "th": {"jaw": 0.13, "out": 1.0, "upper": 0.14, "lower": 0.25},
    "dh": {"jaw": 0.12, "out": 0.9, "upper": 0.12, "lower": 0.22},
    "t": {"jaw": 0.07, "tip": 1.0, "upper": 0.10, "lower": 0.20},
    "d": {"jaw": 0.08, "tip": 1.0, "upper": 0.10, "lower": 0.20},
    "n": {"jaw": 0.09, "tip": 1.0, "upper": 0.08, "lower": 0.16},
    "l": {"jaw": 0.14, "tip": 1.0, "upper": 0.08, "lower": 0.14},
    "s": {"jaw": 0.04, "tip": 0.55, "stretch": 0.16, "upper": 0.15, "lower": 0.28},
    "z": {"jaw": 0.04, "tip": 0.55, "stretch": 0.14, "upper": 0.15, "lower": 0.27},
    "sh": {"jaw": 0.05, "tip": 0.4, "funnel": 0.62, "pucker": 0.20, "upper": 0.06},
    "zh": {"jaw": 0.05, "tip": 0.4, "funnel": 0.58, "pucker": 0.20, "upper": 0.06},
    "ch": {"jaw": 0.05, "tip": 0.8, "funnel": 0.58, "pucker": 0.18, "upper": 0.06},
    "jh": {"jaw": 0.06, "tip": 0.8, "funnel": 0.54, "pucker": 0.18, "upper": 0.06},
    "k": {"jaw": 0.12, "back": 1.0, "lower": 0.12},
    "g": {"jaw": 0.12, "back": 1.0, "lower": 0.12},
    "ng": {"jaw": 0.13, "back": 1.0, "lower": 0.12},
    "hh": {"jaw": 0.16},
    "r": {"jaw": 0.10, "funnel": 0.38, "pucker": 0.28, "back": 0.4},
    "w": {"jaw": 0.06, "funnel": 0.22, "pucker": 0.85},
    "y": {"jaw": 0.08, "stretch": 0.26, "smile": 0.14, "upper": 0.12, "lower": 0.20},
}
DIPHTHONGS = {"aw": ("aa", "uw"), "ay": ("aa", "ih"), "ey": ("eh", "iy"), "ow": ("ao", "uw"), "oy": ("ao", "ih")}
"""Vowels that glide; the first half is held a little longer than the second."""
FIRST_PART = 0.55

ROUNDED_CONSONANTS = frozenset(("sh", "zh", "ch", "jh", "r", "w"))
SIBILANTS = frozenset(("s", "z", "sh", "zh", "ch", "jh"))
DECAY_BEFORE = {"jaw": 22.0, "pucker": 9.0, "funnel": 9.0, "tip": 24.0, "out": 26.0, "back": 20.0}
"""How fast the influence of a coming phone decays, per second; rounding is anticipated early."""
DECAY_AFTER = {"jaw": 22.0, "pucker": 15.0, "funnel": 15.0, "tip": 24.0, "out": 26.0, "back": 18.0}
DECAY_DEFAULT = 20.0


@dataclass(frozen=True)
class Articulation:
    """Speech movement at 25 fps, before it is put on a face."""

    controls: np.ndarray
    """(T, C) in the order of CONTROL_NAMES."""
    lips: np.ndarray
    """(T,) 1 while the lips are closed for p b m."""
    teeth: np.ndarray
    """(T,) 1 while the lower lip meets the upper teeth for f v."""
    narrow: np.ndarray
    """(T,) 1 while the teeth must stay together, as in s and sh."""

    @property
    def rounding(self) -> np.ndarray:
        """(T,) 0 for spread lips to 1 for the roundest."""
        rows = [CONTROL_NAMES.index(name) for name in ROUNDING]
        return np.clip(self.controls[:, rows].sum(axis=1), 0.0, 1.0)


def articulate(phones: Sequence[PhoneSpan], audio: np.ndarray, effort: float = 1.0) -> Articulation:
    """Movement for spoken phones; frame i shows the mouth at i / 25 seconds.

    Args:
        phones: spans that cover the audio.
        audio: (N,) float32, 16 kHz; loud speech moves jaw and lips more.
        effort: how clearly the person articulates, about 0.8 to 1.2.
    """
    seconds = len(audio) / SAMPLE_RATE
    frames = frame_count(seconds)
    times = np.arange(int(np.ceil(frames / MODEL_FPS * FINE_RATE)) + 1) / FINE_RATE
    targets = _split_diphthongs(phones)
    loudness = _loudness(audio, times)
    controls = np.stack([_trajectory(name, targets, times, loudness, effort) for name in CONTROL_NAMES], axis=1)
    controls = gaussian_filter1d(controls, SMOOTHING_SECONDS * FINE_RATE, axis=0, mode="nearest")
    at = np.arange(frames) / MODEL_FPS
    sampled = np.stack([np.interp(at, times, column) for column in controls.T], axis=1)
    return Articulation(
        sampled,
        _contact(at, [_lip_contact(p) for p in phones if p.symbol in BILABIALS]),
        _contact(at, [(p.start, p.end) for p in phones if p.symbol in LABIODENTALS]),
        _contact(at, [(p.start, p.end) for p in phones if p.symbol in SIBILANTS]),
    )


def frame_count(seconds: float) -> int:
    """Frames at MODEL_FPS that cover this length of audio."""
    return int(np.ceil(round(seconds * MODEL_FPS, 6)))


def _split_diphthongs(phones: Sequence[PhoneSpan]) -> list[PhoneSpan]:
    parts: list[PhoneSpan] = []
    for p in phones:
        if p.symbol in DIPHTHONGS:
            first, second = DIPHTHONGS[p.symbol]
            middle = p.start + FIRST_PART * (p.end - p.start)
            parts += [PhoneSpan(first, p.start, middle), PhoneSpan(second, middle, p.end)]
        else:
            parts.append(p)
    return parts


def _trajectory(
    name: str, phones: Sequence[PhoneSpan], times: np.ndarray, loudness: np.ndarray, effort: float
) -> np.ndarray:
    """(len(times),) one articulator: targets averaged by dominance."""
    before, after = DECAY_BEFORE.get(name, DECAY_DEFAULT), DECAY_AFTER.get(name, DECAY_DEFAULT)
    weighted = np.zeros_like(times)
    total = np.full_like(times, 1e-9)
    for p in phones:
        length = p.end - p.start
        # The core of a phone is its middle half.
        early = np.maximum(p.start + 0.25 * length - times, 0.0)
        late = np.maximum(times - (p.end - 0.25 * length), 0.0)
        dominance = _weight(name, p.symbol, length) * np.exp(-before * early - after * late)
        target = TARGETS[p.symbol].get(name, 0.0)
        if name in EFFORT and p.symbol in VOWELS:
            target *= effort * float(np.interp((p.start + p.end) / 2, times, loudness))
        elif name in ROUNDING:
            target *= 0.5 + 0.5 * effort
        weighted += dominance * target
        total += dominance
    return weighted / total


def _weight(name: str, symbol: str, length: float) -> float:
    """How strongly a phone insists on its target for an articulator."""
    if symbol == SILENCE:
        # The mouth rests in a long pause and hardly in a short one.
        return float(np.clip(length / 0.25, 0.15, 1.2))
    if symbol == "hh":
        return 0.08
    if name in TONGUE:
        return 1.3 if TARGETS[symbol].get(name) else 0.35
    if symbol in VOWELS:
        return 1.0
    if name in ROUNDING:
        return 1.1 if symbol in ROUNDED_CONSONANTS else 0.15
    if name == "jaw":
        if symbol in SIBILANTS:
            return 2.5
        return 1.4 if symbol in BILABIALS | LABIODENTALS else 0.8
    return 0.5 if TARGETS[symbol].get(name) else 0.3


def _lip_contact(p: PhoneSpan) -> tuple[float, float]:
    """When the lips touch: all of m, but p and b end with the burst."""
    length = p.end - p.start
    return (p.start, p.end - 0.1 * length) if p.symbol == "m" else (p.start, p.start + 0.68 * length)


def _contact(at: np.ndarray, intervals: list[tuple[float, float]]) -> np.ndarray:
    """(T,) 1 within each interval, widened to CONTACT_SECONDS, with smooth ramps on both sides."""
    signal = np.zeros_like(at)
    for start, end in intervals:
        half = max(end - start, CONTACT_SECONDS) / 2
        distance = np.maximum(np.abs(at - (start + end) / 2) - half, 0.0)
        t = np.clip(1.0 - distance / CONTACT_RAMP_SECONDS, 0.0, 1.0)
        signal = np.maximum(signal, t * t * (3.0 - 2.0 * t))
    return signal


def _loudness(audio: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(len(times),) 0.75 for quiet to 1.15 for loud parts of this recording."""
    hop = SAMPLE_RATE // FINE_RATE
    padded = np.pad(audio, (0, max(0, len(times) * hop - len(audio))))[: len(times) * hop]
    power = gaussian_filter1d(np.mean(padded.reshape(-1, hop) ** 2, axis=1), 0.05 * FINE_RATE, mode="nearest")
    level = 10 * np.log10(power / max(float(np.percentile(power, 95)), 1e-9) + 1e-6)
    return np.clip(1.1 + (level + 2.0) / 40.0, 0.75, 1.15)

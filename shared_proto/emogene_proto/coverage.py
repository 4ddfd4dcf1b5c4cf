"""Warnings before a render: emotions that a shot drives further than its actor was ever pictured."""

import math
from collections.abc import Mapping, Sequence

from .curve_segments import curve_peak
from .names import EMOTIONS
from .shot import LARGEST_STRENGTH, AudioPart, EmotionKey, EmotionStrength, Shot

_LEAST = 0.05
"""Nobody is advised to use less of an emotion."""
_TOLERANCE = 0.01


def coverage_warnings(shot: Shot, covered_to: Mapping[str, float]) -> tuple[str, ...]:
    """One sentence for each emotion whose picture will look wrong, in the order of EMOTIONS.

    It reads keys, curves and strength alone, so it can be asked before anything is planned. Each emotion of a mixture
    is judged by itself.

    Args:
        covered_to: the greatest intensity of each emotion that the actor's pictures cover, see `ActorCoverage`.
            Emotions that are not in it give no warning.
    """
    told = (
        _sentence(emotion, peak, shot.emotion_strength, covered_to[emotion])
        for emotion, peak in peak_intensities(shot).items()
        if emotion in covered_to
    )
    return tuple(sentence for sentence in told if sentence)


def peak_intensities(shot: Shot) -> dict[str, float]:
    """The greatest intensity to which each emotion of a shot may come, without strength, in the order of EMOTIONS.

    What lies before the shot or, where its length is known, behind its end does not count. This is an upper bound:
    a key may be left before its change is over, and where keys and curves together want more than 1, all are scaled
    down, which is not counted here.
    """
    end = max(_end_seconds(part) for part in shot.recordings)
    curves = {curve.emotion: curve_peak(curve, end) for curve in shot.emotion_curves}
    peaks = {**_key_peaks(_felt_keys(shot.emotions, end)), **curves}
    return {emotion: peaks[emotion] for emotion in EMOTIONS[1:] if emotion in peaks}


def _end_seconds(part: AudioPart) -> float:
    length = part.audio.duration_seconds
    return math.inf if length is None else part.start_seconds + max(length, 0.0)


def share_moved(intensity: float) -> float:
    """How far an emotion moves the face at an intensity, as a share of how far it does at full intensity.

    Faces move more at the beginning: half the intensity is 0.63 of the way. So half an emotion at twice the strength
    goes further than a full one. This is the curve of the models that we train, within 0.03 for each emotion; over
    full intensity, coverage is measured on the full displacement driven further.
    """
    return intensity * (1.5 - 0.5 * intensity) if intensity < 1.0 else intensity


def intensity_that_moves(share: float) -> float:
    """The intensity at which an emotion moves the face by a share of the full way: the inverse of `share_moved`."""
    return 1.5 - math.sqrt(2.25 - 2.0 * share) if share < 1.0 else share


def _felt_keys(keys: Sequence[EmotionKey], end: float) -> list[EmotionKey]:
    """Those that may show from 0 s to `end`, in order: of one second the last one given, and none that a later key
    has taken the place of at 0 s."""
    ordered = sorted({key.seconds: key for key in keys if key.seconds <= end}.values(), key=lambda key: key.seconds)
    there = [number for number, key in enumerate(ordered) if key.seconds + key.change_seconds <= 0.0]
    return ordered[max(there, default=0) :]


def _key_peaks(keys: Sequence[EmotionKey]) -> dict[str, float]:
    peaks: dict[str, float] = {}
    for key in keys:
        for feeling in key.feelings:
            peaks[feeling.emotion] = max(peaks.get(feeling.emotion, 0.0), feeling.intensity)
    return peaks


def _sentence(emotion: str, peak: float, strength: EmotionStrength, covered: float) -> str:
    """The warning of one emotion; empty where it is covered."""
    driven = _greatest(strength)
    way = share_moved(covered)
    most = _down(intensity_that_moves(way / driven)) if way < driven else 1.0
    asked = round(peak, 2)
    if share_moved(peak) * driven <= share_moved(covered + _TOLERANCE) or asked <= most:
        return ""
    at = "" if driven == 1.0 else f" at a strength of {driven:.3g}"
    advice = [f"{emotion} up to {most:g}"] if most >= _LEAST else []
    if driven > 1.0 and peak <= covered:
        advice.append(_lower_strength(strength, way / share_moved(peak)))
    return (
        f"The actor was never pictured with {emotion} as strong as {asked:g}{at}, so it will look wrong. "
        f"Use {', '.join([*advice, 'another emotion'])}, or train the actor with more pictures of it."
    )


def _regions(strength: EmotionStrength) -> dict[str, float]:
    return {"brows": strength.brows, "eyes": strength.eyes, "mouth": strength.mouth}


def _greatest(strength: EmotionStrength) -> float:
    return min(strength.overall * max(_regions(strength).values()), LARGEST_STRENGTH)


def _lower_strength(strength: EmotionStrength, bearable: float) -> str:
    """Which sliders to lower, and to what, so that no region is driven further than `bearable` (1 or more)."""
    regions = _regions(strength)
    if strength.overall > 1.0:
        return f"an overall strength up to {_down(bearable / max(regions.values())):g}"
    high = [name for name, size in regions.items() if strength.overall * size > bearable]
    return f"a strength of {' and '.join(high)} up to {_down(bearable / strength.overall):g}"


def _down(value: float) -> float:
    """To two decimals, as sliders show them, and never above."""
    return math.floor(100.0 * value + 1e-6) / 100.0

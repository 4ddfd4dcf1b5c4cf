"""What a mouth does, read off its landmarks: lips that close or do not, when, and how much it moves.

Row i of (T, 68, 3) landmarks shows the mouth at i / 25 seconds. The same definitions in words: `docs/evaluation.md`.
"""

from collections.abc import Collection, Sequence

import numpy as np

from emogene.corpus.phones import BILABIALS, LABIODENTALS, SILENCE, PhoneSpan
from emogene.motion.lip_contacts import LOWER_INNER, UPPER_INNER
from emogene_proto.names import MODEL_FPS, MOUTH, SAMPLE_RATE

FRAME_SECONDS = 1.0 / MODEL_FPS
CLOSED_PART = 0.15
"""Lips are closed where their gap is under this part of the recording's 95th percentile."""
LAG_SECONDS = 0.12
"""How far from the middle of a phone its smallest gap is looked for."""
PLATEAU_MM = 0.1
"""Gaps that differ by less are the same closure."""
CLEAR_SECONDS = 0.06
"""Sounds nearer than this to p b m may share their closure."""
SHORTEST_PAUSE_SECONDS = 0.25
SETTLE_SECONDS = 0.1
"""Time that lips are given to come to rest after the last sound, and to get ready before the next."""


def lip_gap(landmarks: np.ndarray) -> np.ndarray:
    """(T,) millimetres of height between the inner lips of (T, 68, 3); below 0 where they press together."""
    return (landmarks[:, list(UPPER_INNER), 1] - landmarks[:, list(LOWER_INNER), 1]).mean(1) * 1000.0


def closed_below(gap: np.ndarray) -> float:
    """Millimetres under which this recording's lips count as closed."""
    return CLOSED_PART * float(np.percentile(gap, 95))


def closures(gap: np.ndarray, phones: Sequence[PhoneSpan], limit: float | None = None) -> np.ndarray:
    """(K,) bool: do the lips close at each p b m, give or take a frame?

    Args:
        limit: millimetres under which they are closed, see `closed_below`; None is that of this gap.
    """
    limit = closed_below(gap) if limit is None else limit
    return np.array([part.min() < limit for part in _at(gap, phones, BILABIALS)], bool)


def teeth_contacts(contact: np.ndarray, phones: Sequence[PhoneSpan]) -> np.ndarray:
    """(K,) bool: does the lower lip meet the upper teeth at each f v, give or take a frame?

    Args:
        contact: (T,) 0..1, the column TEETH of `lip_contacts`.
    """
    return np.array([part.max() >= 0.5 for part in _at(contact, phones, LABIODENTALS)], bool)


def lags(gap: np.ndarray, phones: Sequence[PhoneSpan], plateau_mm: float = PLATEAU_MM) -> np.ndarray:
    """(K,) seconds from the middle of each p b m to the smallest gap within LAG_SECONDS of it; late is above 0.

    A closure that is held has no one smallest gap: its time is the middle of the frames that lie without a break around
    the smallest and are within `plateau_mm` of it.
    """
    found = []
    for phone in phones:
        middle = (phone.start + phone.end) / 2
        first = max(0, _frame_from(middle - LAG_SECONDS))
        window = gap[first : _frame_to(middle + LAG_SECONDS) + 1]
        if phone.symbol in BILABIALS and len(window):
            begin = end = int(window.argmin())
            limit = window[begin] + plateau_mm
            while begin > 0 and window[begin - 1] <= limit:
                begin -= 1
            while end + 1 < len(window) and window[end + 1] <= limit:
                end += 1
            found.append((first + (begin + end) / 2) * FRAME_SECONDS - middle)
    return np.array(found, np.float64)


def falsely_closed(gap: np.ndarray, phones: Sequence[PhoneSpan], limit: float | None = None) -> np.ndarray:
    """(K,) bool: are the lips closed in the middle of each other sound? Neighbours of p b m are left out.

    Args:
        limit: as in `closures`.
    """
    limit = closed_below(gap) if limit is None else limit
    times = np.arange(len(gap)) * FRAME_SECONDS
    bilabials = [phone for phone in phones if phone.symbol in BILABIALS]
    others = [
        phone
        for phone in phones
        if phone.symbol not in BILABIALS | {SILENCE}
        and not any(b.start < phone.end + CLEAR_SECONDS and b.end > phone.start - CLEAR_SECONDS for b in bilabials)
    ]
    return np.array([np.interp((p.start + p.end) / 2, times, gap) < limit for p in others], bool)


def audible(audio: np.ndarray) -> list[tuple[float, float]]:
    """Stretches in which a recording is nearer in level to its speech than to its quietest moments, in decibels.

    Forced alignment sometimes ends a word before its last sound: a pause has no phones and is quiet.

    Args:
        audio: (N,) float32 at 16 kHz.
    """
    hop, window = SAMPLE_RATE // 100, SAMPLE_RATE // 25
    if len(audio) < window:
        return []
    power = np.convolve(audio.astype(np.float64) ** 2, np.full(window, 1.0 / window), "valid")[::hop]
    level = 10.0 * np.log10(power + 1e-12)
    quietest, speech = np.percentile(level, (2, 90))
    loud = level > (quietest + speech) / 2
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
    # A window that is loud may be so by its last sample: its middle is taken for the sound.
    shift = window / 2 / SAMPLE_RATE
    return [(a / 100 + shift, b / 100 + shift) for a, b in edges.reshape(-1, 2).tolist()]


def pauses(
    phones: Sequence[PhoneSpan], seconds: float, heard: Sequence[tuple[float, float]] = ()
) -> list[tuple[float, float]]:
    """Stretches of more than SHORTEST_PAUSE_SECONDS without a sound, ends of the recording included.

    Args:
        heard: (start, end) of what is audible beside the phones.
    """
    found, begin = [], 0.0
    sounds = sorted([*((p.start, p.end) for p in phones if p.symbol != SILENCE), *heard])
    for start, end in [*sounds, (seconds, seconds)]:
        if start - begin > SHORTEST_PAUSE_SECONDS:
            found.append((begin, start))
        begin = max(begin, end)
    return found


def mouth_speed(landmarks: np.ndarray) -> np.ndarray:
    """(T - 1,) mean speed of the mouth's 20 points between a frame and the next, millimetres per second."""
    steps = np.linalg.norm(np.diff(landmarks[:, list(MOUTH)].astype(np.float64), axis=0), axis=2)
    return steps.mean(1) * 1000.0 * MODEL_FPS


def pause_and_speech(
    speed: np.ndarray, resting: Sequence[tuple[float, float]], settle_seconds: float = SETTLE_SECONDS
) -> tuple[np.ndarray, np.ndarray]:
    """Speeds between frames that both lie in a pause, `settle_seconds` off its ends; and those that touch no pause."""
    begins = np.arange(len(speed)) * FRAME_SECONDS
    ends = begins + FRAME_SECONDS
    still, speaking = np.zeros(len(speed), bool), np.ones(len(speed), bool)
    for start, end in resting:
        still |= (begins >= start + settle_seconds - 1e-9) & (ends <= end - settle_seconds + 1e-9)
        speaking &= (ends <= start) | (begins >= end)
    return speed[still], speed[speaking]


def _at(curve: np.ndarray, phones: Sequence[PhoneSpan], symbols: Collection[str]) -> list[np.ndarray]:
    """The curve within each of these phones, widened by a frame to both sides."""
    spans = [(p.start - FRAME_SECONDS, p.end + FRAME_SECONDS) for p in phones if p.symbol in symbols]
    parts = [curve[max(0, _frame_from(start)) : max(0, _frame_to(end) + 1)] for start, end in spans]
    return [part for part in parts if len(part)]


def _frame_from(seconds: float) -> int:
    """The first frame at or after a time."""
    return int(np.ceil(seconds * MODEL_FPS - 1e-6))


def _frame_to(seconds: float) -> int:
    """The last frame at or before a time."""
    return int(np.floor(seconds * MODEL_FPS + 1e-6))

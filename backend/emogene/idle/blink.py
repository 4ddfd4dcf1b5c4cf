"""Blinks: when they come, and how far they close each eye at any time.

Of spontaneous blinks: about 17 a minute at rest; the lid falls twice as fast as it rises; intervals are very uneven;
blinks gather where somebody stops speaking and where the eyes jump far; now and then two come at once, or a lid does
not come down all the way. (People in conversation blink more often than at rest because of the many such breaks; inside
a phrase they blink less.)
"""

from dataclasses import dataclass

import numpy as np

from emogene.idle.gaze import Fixations
from emogene.motion.easing import smootherstep
from emogene_proto.names import MODEL_FPS

RATE = (0.16, 0.22)
"""Blinks a second that come by themselves: in speech, idle."""
INTERVAL_SPREAD = 0.65
"""Deviation of the logarithm of the intervals between those."""
REFRACTORY = 0.7
"""Seconds from a blink to the next, but for double ones."""
DOUBLE = 0.05
"""Share of blinks that are followed by another at once."""
DOUBLE_SECONDS = (0.36, 0.5)
AFTER_PHRASE = 0.3
"""Chance of a blink where speech stops."""
AFTER_PHRASE_SECONDS = (0.0, 0.35)
WITH_JUMP = 0.4
"""Chance of a blink along with the widest jumps of the eyes."""
JUMP = (0.12, 0.35)
"""Radians: jumps up to the first bring none, from the second on WITH_JUMP."""

CLOSING_SECONDS = (0.07, 0.10)
HOLD_SECONDS = (0.042, 0.06)
"""Longer than a frame at 24 fps, so that every whole blink shows shut eyes."""
OPENING_SECONDS = (0.15, 0.25)
INCOMPLETE = 0.14
"""Share of blinks that do not shut the eyes."""
INCOMPLETE_CLOSURE = (0.55, 0.9)
LAG_SECONDS = 0.005
"""Deviation of the time from eye to eye."""
UNEVEN = 0.04
"""Deviation of one eye's closure over the other's, in blinks that do not shut them; and of their opening times."""


@dataclass(frozen=True)
class Blinks:
    """Blinks in order of time; columns are the right eye, then the left."""

    starts: np.ndarray
    """(N, 2) seconds at which each lid begins to fall."""
    closing: np.ndarray
    """(N,) seconds"""
    hold: np.ndarray
    """(N,) seconds at the lowest place; 0 where the lid does not shut."""
    opening: np.ndarray
    """(N, 2) seconds"""
    closure: np.ndarray
    """(N, 2) 0 to 1, how far each lid comes."""


def draw_blinks(activity: np.ndarray, fixations: Fixations, seed: int, rate: float = 1.0) -> Blinks:
    """Blinks of a shot; what is drawn for a moment depends on nothing after it.

    Args:
        activity: (T,) at 25 fps, 0 in speech to 1 idle.
        rate: 0 never blinks, 1 blinks as a person does, 2 twice as often.
    """
    if rate <= 0.0:
        return _shapes(np.zeros(0), seed)
    candidates = np.sort(
        np.concatenate(
            [
                _by_themselves(activity, seed, rate),
                _after_phrases(activity, seed, rate),
                _with_jumps(fixations, seed, rate),
            ]
        )
    )
    shortest = REFRACTORY / max(rate, 1.0)
    random = np.random.default_rng([seed, 0xB11C])
    starts: list[float] = []
    for start in candidates.tolist():
        if starts and start < starts[-1] + max(shortest, DOUBLE_SECONDS[0]):
            continue
        starts.append(start)
        if random.random() < DOUBLE:
            starts.append(start + random.uniform(*DOUBLE_SECONDS))
    return _shapes(np.array(starts), seed)


def closure_at(blinks: Blinks, times_seconds: np.ndarray) -> np.ndarray:
    """(T, 2) float32 closure of right and left eye, 0 open to 1 shut."""
    closure = np.zeros((len(times_seconds), 2), np.float32)
    for eye in range(2):
        last = np.searchsorted(blinks.starts[:, eye], times_seconds, "right") - 1
        # A double blink may begin before the one before it is over.
        for blink in (last, last - 1):
            there = np.flatnonzero(blink >= 0)
            curve = _curve(blinks, blink[there], eye, times_seconds[there])
            closure[there, eye] = np.maximum(closure[there, eye], curve)
    return closure


def _curve(blinks: Blinks, number: np.ndarray, eye: int, times_seconds: np.ndarray) -> np.ndarray:
    """(T,) closure of blink `number` at each time: down evenly, up fast and then slower and slower."""
    since = times_seconds - blinks.starts[number, eye]
    down = smootherstep(np.clip(since / blinks.closing[number], 0.0, 1.0))
    past = since - blinks.closing[number] - blinks.hold[number]
    up = np.clip(past / blinks.opening[number, eye], 0.0, 1.0)
    return blinks.closure[number, eye] * down * (1.0 - up * np.sqrt(up) * (2.5 - 1.5 * up))


def _by_themselves(activity: np.ndarray, seed: int, rate: float) -> np.ndarray:
    """(n,) seconds of blinks at uneven intervals."""
    speed = rate * (RATE[0] + (RATE[1] - RATE[0]) * activity.astype(np.float64)) / MODEL_FPS
    clock = np.concatenate([[0.0], np.cumsum(speed)])
    count = int(2.0 * clock[-1]) + 16
    while True:
        # Drawn anew, a longer row begins with the shorter one.
        random = np.random.default_rng([seed, 0xB11A])
        intervals = np.exp(INTERVAL_SPREAD * random.standard_normal(count) - 0.5 * INTERVAL_SPREAD**2)
        due = np.cumsum(intervals) - 0.5 * intervals[0]
        if due[-1] > clock[-1]:
            break
        count *= 2
    return np.interp(due[due < clock[-1]], clock, np.arange(len(clock)) / MODEL_FPS)


def _after_phrases(activity: np.ndarray, seed: int, rate: float) -> np.ndarray:
    """(n,) seconds of blinks where speech stops."""
    stops = np.flatnonzero((activity[:-1] == 0.0) & (activity[1:] > 0.0)) / MODEL_FPS
    random = np.random.default_rng([seed, 0xB11D])
    chances = random.random((len(stops), 2))
    low, high = AFTER_PHRASE_SECONDS
    return (stops + low + (high - low) * chances[:, 1])[chances[:, 0] < AFTER_PHRASE * rate]


def _with_jumps(fixations: Fixations, seed: int, rate: float) -> np.ndarray:
    """(n,) seconds of blinks that begin as the eyes jump far."""
    wide = np.clip((fixations.jumps - JUMP[0]) / (JUMP[1] - JUMP[0]), 0.0, 1.0)
    chances = np.random.default_rng([seed, 0xB11E]).random(len(wide))
    return fixations.starts[chances < WITH_JUMP * rate * wide]


def _shapes(starts: np.ndarray, seed: int) -> Blinks:
    """The blinks at (N,) seconds, each drawn its own speed, depth and unevenness."""
    count = len(starts)
    random = np.random.default_rng([seed, 0xB11F])
    even = random.random((count, 5))
    uneven = np.random.default_rng([seed, 0xB120]).standard_normal((count, 3))
    closing, hold, opening = (
        low + (high - low) * even[:, column]
        for column, (low, high) in enumerate((CLOSING_SECONDS, HOLD_SECONDS, OPENING_SECONDS))
    )
    shuts = even[:, 3] >= INCOMPLETE
    low, high = INCOMPLETE_CLOSURE
    depth = np.where(shuts, 1.0, low + (high - low) * even[:, 4])
    lag = np.abs(LAG_SECONDS * uneven[:, :1]) * [1.0, 1.0] * np.stack([uneven[:, 0] > 0.0, uneven[:, 0] <= 0.0], 1)
    apart = UNEVEN * uneven[:, 1:2] * [0.5, -0.5]
    slower = UNEVEN * uneven[:, 2:3] * [0.5, -0.5]
    return Blinks(
        starts[:, None] + lag,
        closing,
        np.where(shuts, hold, 0.0),
        opening[:, None] * (1.0 + slower),
        np.where(shuts[:, None], 1.0, np.clip(depth[:, None] * (1.0 + apart), 0.0, 0.97)),
    )

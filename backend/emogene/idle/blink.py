"""Blinks: when they come, and what they do to the lids."""

import numpy as np

from emogene_proto.names import MODEL_FPS

BLINK_CURVE = np.array([0.1, 0.5, 0.7, 1.0, 0.7, 0.5, 0.1], np.float32)
"""Closure over one blink, at 25 fps."""
SHORTEST_INTERVAL = 1.0
MEAN_INTERVAL = 4.0
"""Seconds from blink to blink."""
INTERVAL_SHAPE = 2.5
"""Of the gamma distribution of what exceeds the shortest interval: uneven, as people blink."""

LID_PAIRS = ((37, 41), (38, 40), (43, 47), (44, 46))
"""Upper and lower lid points that meet, right eye then left."""
EYE_CORNERS = ((36, 39), (42, 45))


def blink_closure(frames: int, seed: int, rate: float = 1.0) -> np.ndarray:
    """(T,) float32 closure at 25 fps, 0 open to 1 closed.

    Args:
        rate: 0 never blinks, 1 blinks about every 2 to 6 s, 2 twice as often.
    """
    closure = np.zeros(frames, np.float32)
    if rate <= 0.0:
        return closure
    random = np.random.default_rng([seed, 0xB11A])
    frame = 0.5 * _interval(random, rate)
    while frame * MODEL_FPS < frames:
        start = int(frame * MODEL_FPS)
        curve = BLINK_CURVE[: frames - start]
        closure[start : start + len(curve)] = np.maximum(closure[start : start + len(curve)], curve)
        frame += max(_interval(random, rate), len(BLINK_CURVE) / MODEL_FPS)
    return closure


def _interval(random: np.random.Generator, rate: float) -> float:
    excess = MEAN_INTERVAL - SHORTEST_INTERVAL
    return (SHORTEST_INTERVAL + random.gamma(INTERVAL_SHAPE, excess / INTERVAL_SHAPE)) / rate


def close_lids(landmarks: np.ndarray, closure: np.ndarray, rest: np.ndarray, closed_eyes: np.ndarray) -> np.ndarray:
    """Landmarks with the lids `closure` of the way to shut.

    Each lid pair moves along the actor's own way of closing, as far as its present opening asks: a wide eye travels
    further, a squinting one less, and one that is already shut stays. The lids never cross.

    Args:
        landmarks: (T, 68, 3) metres.
        closure: (T,) 0 to 1.
        rest: (68, 3) the actor's neutral face.
        closed_eyes: (68, 3) the same with shut eyes.
    """
    closed = landmarks.astype(np.float32).copy()
    way = (closed_eyes - rest).astype(np.float32)
    travels = []
    for upper, lower in LID_PAIRS:
        shut = closed_eyes[upper, 1] - closed_eyes[lower, 1]
        opening = rest[upper, 1] - rest[lower, 1]
        if opening <= shut:
            travels.append(np.zeros(len(landmarks), np.float32))
            continue
        present = landmarks[:, upper, 1] - landmarks[:, lower, 1]
        travel = closure * np.maximum(present - shut, 0.0) / (opening - shut)
        closed[:, upper] += travel[:, None] * way[upper]
        closed[:, lower] += travel[:, None] * way[lower]
        travels.append(travel)
    for corners, travel in zip(EYE_CORNERS, (travels[0] + travels[1], travels[2] + travels[3]), strict=True):
        for corner in corners:
            closed[:, corner] += 0.5 * travel[:, None] * way[corner]
    return closed

"""What gaze and blinks do to the lids.

Lids lie on the eyeball: they go along with it, the upper one nearly as far down as the iris. The pictures that actors
are trained on show it, so the landmarks must say it too.
"""

import numpy as np

from emogene.idle.gaze import RESTING_GAZE

LID_PAIRS = ((37, 41), (38, 40), (43, 47), (44, 46))
"""Upper and lower lid points that meet, right eye then left."""
EYE_CORNERS = ((36, 39), (42, 45))
EYES = ((36, 37, 38, 39, 40, 41), (45, 44, 43, 42, 47, 46))
"""Right eye, then left: outer corner, upper lid, inner corner, lower lid; each from outside to inside and back."""
EYE_WIDTH = 0.0276
"""Metres from corner to corner, of the eye that FOLLOWING was measured on."""
FOLLOWING = 1e-3 * np.array(
    [
        [[-0.3, 2.9, -0.1], [-0.2, 6.6, -1.8], [-0.6, 7.4, -2.0], [0.0, 1.2, 0.3], [0.3, 2.9, 0.8], [-0.6, 3.5, 0.8]],
        [[1.2, -5.6, -0.6], [1.0, -14.5, -1.4], [0.2, -14.3, -1.5], [-0.2, -1.5, -0.2], [-0.4, -3.9, -2.0],
         [0.8, -4.6, -1.9]],
        [[-2.0, 0.5, -4.2], [-3.6, 1.4, -2.6], [-4.4, -0.8, 0.6], [-0.6, -0.1, 0.6], [-3.5, 0.3, 0.7],
         [-2.9, 0.0, -2.7]],
        [[2.4, -0.2, 3.2], [4.1, -0.7, 1.9], [4.1, 0.7, -1.5], [1.0, 0.2, -1.1], [3.6, 0.2, -1.1], [3.6, 0.5, 2.4]],
    ]
)  # fmt: skip
"""(4, 6, 3) metres that the right eye's points go for each radian of gaze: up, down, outward, inward."""


def move_lids(
    landmarks: np.ndarray, gaze: np.ndarray, closure: np.ndarray, rest: np.ndarray, closed_eyes: np.ndarray
) -> np.ndarray:
    """Landmarks whose lids go along with the gaze and blink.

    Args:
        landmarks: (T, 68, 3) metres.
        gaze: (T, 2) radians in the head frame: yaw to the subject's left, pitch up.
        closure: (T, 2) right eye and left, 0 open to 1 shut.
        rest: (68, 3) the actor's neutral face.
        closed_eyes: (68, 3) the same with shut eyes.
    """
    return close_lids(follow_gaze(landmarks, gaze, closure, rest), closure, rest, closed_eyes)


def follow_gaze(landmarks: np.ndarray, gaze: np.ndarray, closure: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Landmarks whose lids go along with the gaze, as far as they are open.

    The upper lid follows in the proportion in which the eye is open, so that it never passes the lower one: a
    squinting eye that looks down does not shut. The neutral face is that of an actor who looks at the focus, so a gaze
    that is there moves nothing. Arguments as in `move_lids`.
    """
    turned = gaze - RESTING_GAZE
    moved = np.asarray(landmarks, np.float32).copy()
    for eye, points in enumerate(EYES):
        mirror = np.array([1.0, 1.0, 1.0] if eye == 0 else [-1.0, 1.0, 1.0])
        outward = -turned[:, 0] if eye == 0 else turned[:, 0]
        ways = np.maximum(np.stack([turned[:, 1], -turned[:, 1], outward, -outward], 1), 0.0)
        width = np.linalg.norm(rest[points[0]] - rest[points[3]]) / EYE_WIDTH
        follow = np.einsum("td,dpx->tpx", ways * (1.0 - closure[:, eye, None]), FOLLOWING * mirror * width)
        for upper, lower in ((1, 5), (2, 4)):
            opening = max(float(rest[points[upper], 1] - rest[points[lower], 1]), 1e-6)
            present = landmarks[:, points[upper], 1] - landmarks[:, points[lower], 1]
            share = np.clip(present / opening, 0.0, 1.0)[:, None]
            follow[:, upper] = follow[:, lower] + share * (follow[:, upper] - follow[:, lower])
        moved[:, points] += follow.astype(np.float32)
    return moved


def close_lids(landmarks: np.ndarray, closure: np.ndarray, rest: np.ndarray, closed_eyes: np.ndarray) -> np.ndarray:
    """Landmarks with the lids `closure` of the way to shut.

    Each lid pair moves along the actor's own way of closing, as far as its present opening asks: a wide eye travels
    further, a squinting one less, and one that is already shut stays. The lids never cross. Arguments as in
    `move_lids`.
    """
    closed = np.asarray(landmarks, np.float32).copy()
    way = (closed_eyes - rest).astype(np.float32)
    travels = []
    for number, (upper, lower) in enumerate(LID_PAIRS):
        shut = closed_eyes[upper, 1] - closed_eyes[lower, 1]
        opening = rest[upper, 1] - rest[lower, 1]
        if opening <= shut:
            travels.append(np.zeros(len(landmarks), np.float32))
            continue
        present = landmarks[:, upper, 1] - landmarks[:, lower, 1]
        travel = closure[:, number // 2] * np.maximum(present - shut, 0.0) / (opening - shut)
        closed[:, upper] += travel[:, None] * way[upper]
        closed[:, lower] += travel[:, None] * way[lower]
        travels.append(travel)
    for corners, travel in zip(EYE_CORNERS, (travels[0] + travels[1], travels[2] + travels[3]), strict=True):
        for corner in corners:
            closed[:, corner] += 0.5 * travel[:, None] * way[corner]
    return closed

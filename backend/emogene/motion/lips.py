"""Lips that meet: contacts held on landmarks, whatever the model, the amplitude or an emotion makes of the gap.

Lips close mostly from below: the lower lip rises, the chin goes with it, the upper lip comes down a little. How far
each landmark goes for a millimetre of gap was measured on faces of the landmark corpus that close their lips to
different degrees in the same sound; how the lower lip rolls in under the teeth is the face model's own shape.
"""

from dataclasses import dataclass

import numpy as np

from emogene.motion.easing import eased
from emogene.motion.lip_contacts import LOWER_INNER, UPPER_INNER
from emogene_proto.names import LANDMARK_COUNT

PRESSED = -0.0012
"""Gap of lips that meet for p b m over that of lips at rest, metres: pressed together a little."""
DEEPEST = -0.0022
"""Gap over that at rest at which lips would begin to pass through each other, metres."""
HANGING = 0.0011
"""A larger gap at rest is a mouth that hangs open, metres: it rests with lips this near."""
TEETH_BELOW = -0.0005
"""Height of the inner lower lip over its rest at which it touches the edge of the upper teeth, metres."""
ROLLED = -0.0012
"""How far the inner lower lip lies behind the outer one at the teeth, over that at rest, metres."""
RAISED = 0.0011
"""Height of the inner upper lip over its rest at which it makes way for the teeth, metres."""
TOUCHING = 0.0010
"""Gap over that at rest up to which lips look as if they touched, metres."""
OPENS, CLOSES = 4.0, 0.3
"""How much of a gap beyond touching an emotion may add to it in speech, and take from it."""
EASE_FRAMES = 2.0
"""Frames over which what a contact needs comes and goes."""
_LASTS = 0.6
"""Part of the threshold above which a contact lasts."""
_LOWER_SHARE = 0.88
"""How much of a closing gap the inner lower lip goes."""
_BLOCK_FRAMES = 4096

_UPPER, _LOWER = list(UPPER_INNER), list(LOWER_INNER)
_OUTER_LOWER, _OUTER_UPPER = [58, 57, 56], [50, 51, 52]
_LIP_SHARES = {
    # point: (up, forward) for a metre of gap that closes over it
    67: (_LOWER_SHARE, 0.03),
    66: (_LOWER_SHARE, 0.10),
    65: (_LOWER_SHARE, 0.03),
    61: (-0.12, -0.14),
    62: (-0.12, -0.14),
    63: (-0.12, -0.14),
    58: (0.97, 0.22),
    57: (1.03, 0.25),
    56: (0.97, 0.22),
    50: (-0.20, -0.15),
    51: (-0.22, -0.16),
    52: (-0.20, -0.15),
}
_MOUTH_SHARES = {49: (-0.08, -0.13), 48: (0.24, 0.0), 60: (0.31, 0.0), 59: (0.75, 0.15)}
_JAW_SHARES = {4: (0.03, 0.03), 5: (0.12, 0.13), 6: (0.27, 0.27), 7: (0.53, 0.39), 8: (0.57, 0.43)}
_MIRRORED = {49: 53, 48: 54, 60: 64, 59: 55, 4: 12, 5: 11, 6: 10, 7: 9}
_ROLL_SHARES = {
    67: (0.26, -1.42),
    66: (0.52, -1.77),
    65: (0.26, -1.42),
    58: (0.95, -0.42),
    57: (1.05, -0.56),
    56: (0.95, -0.42),
}
_RAISE_SHARES = {61: 1.0, 62: 1.0, 63: 1.0, 49: 0.7, 50: 1.2, 51: 1.2, 52: 1.2, 53: 0.7}


def _closing() -> np.ndarray:
    """(3, 204) metres that each coordinate moves when the gap of each pair of inner lip points closes by a metre."""
    field = np.zeros((3, LANDMARK_COUNT, 3), np.float32)
    for places in (_LOWER, _UPPER, _OUTER_LOWER, _OUTER_UPPER):
        for pair, point in enumerate(places):
            field[pair, point, 1:] = _LIP_SHARES[point]
    for point, share in (_MOUTH_SHARES | _JAW_SHARES).items():
        for place in {point, _MIRRORED.get(point, point)}:
            field[:, place, 1:] = np.divide(share, 3.0)
    return field.reshape(3, -1)


def _rolling() -> np.ndarray:
    """(204,) metres that each coordinate moves when the lower lip rolls in by a metre."""
    field = np.zeros((LANDMARK_COUNT, 3), np.float32)
    for point, share in _ROLL_SHARES.items():
        field[point, 1:] = share
    return field.reshape(-1)


def _raising() -> np.ndarray:
    """(204,) metres that each coordinate moves when the upper lip is raised by a metre."""
    field = np.zeros((LANDMARK_COUNT, 3), np.float32)
    field[list(_RAISE_SHARES), 1] = list(_RAISE_SHARES.values())
    return field.reshape(-1)


CLOSING, ROLLING, RAISING = _closing(), _rolling(), _raising()


def gaps(landmarks: np.ndarray) -> np.ndarray:
    """(..., 3) metres between the inner lips at the three pairs of points; negative where they overlap."""
    return landmarks[..., _UPPER, 1] - landmarks[..., _LOWER, 1]


def resting(rest: np.ndarray) -> np.ndarray:
    """(68, 3) the rest face with lips that meet: itself, unless its mouth hangs open."""
    close = np.maximum(gaps(rest) - HANGING, 0.0)
    return (rest + (close @ CLOSING).reshape(rest.shape)).astype(np.float32)


@dataclass(frozen=True)
class Contact:
    """When something touches: T frames."""

    ease: np.ndarray
    """(T,) float32: 1 while it touches, on the way less, else 0."""
    nearest: np.ndarray
    """(T,) number of the touching frame that is nearest in time; of no meaning where `ease` is 0."""

    def spread(self, needed: np.ndarray) -> np.ndarray:
        """What touching frames need and others do not, eased in and out over the frames beside them.

        A frame beside a contact that the model made by itself is left alone: only corrections are eased, not contacts.

        Args:
            needed: (T, ...) 0 or more.
        """
        ease = self.ease.reshape(-1, *[1] * (needed.ndim - 1))
        return np.minimum(ease * needed[self.nearest], needed)


def contact_of(probability: np.ndarray, threshold: float) -> Contact:
    """When a contact is made, at least for two frames.

    It begins where it is as probable as the threshold, and lasts as long as it is not much less so. Two frames, since
    a picture may fall between those of the model.

    Args:
        probability: (T,) 0..1 at 25 fps.
    """
    lasting = probability >= _LASTS * threshold
    run = np.cumsum(lasting & ~np.concatenate([[False], lasting[:-1]]))
    sure = np.zeros(len(probability) + 1, bool)
    sure[run[probability >= threshold]] = True
    made = _two_or_more(lasting & sure[run], probability)
    touching = np.flatnonzero(made)
    if not len(touching):
        return Contact(np.zeros(len(made), np.float32), np.zeros(len(made), np.intp))
    frames = np.arange(len(made))
    after = np.searchsorted(touching, frames).clip(0, len(touching) - 1)
    before = (after - 1).clip(0)
    nearer = np.abs(touching[before] - frames) < np.abs(touching[after] - frames)
    nearest = touching[np.where(nearer, before, after)]
    return Contact(eased(1.0 - np.abs(nearest - frames) / EASE_FRAMES).astype(np.float32), nearest)


def _two_or_more(made: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """(T,) bool where single frames are joined by the more probable of their neighbours."""
    beside, around = np.pad(made, 1), np.pad(probability, 1, constant_values=-1.0)
    alone = np.flatnonzero(made & ~beside[:-2] & ~beside[2:])
    joined = made.copy()
    joined[np.where(around[alone + 2] >= around[alone], alone + 1, alone - 1).clip(0, len(made) - 1)] = True
    return joined


def hold_contacts(
    landmarks: np.ndarray,
    rest: np.ndarray,
    lips: Contact,
    teeth: Contact,
    strength: np.ndarray | float = 1.0,
    effort: float = 1.0,
) -> None:
    """Bring together what touches, in place.

    Args:
        landmarks: (T, 68, 3) float32 metres.
        rest: (68, 3) metres, a face whose lips meet at rest.
        lips: when the lips meet.
        teeth: when the lower lip touches the upper teeth.
        strength: (T,) 0..1 how much of what is needed is done.
        effort: 0 lets the lips touch as at rest, 1 presses them.
    """
    strength = np.broadcast_to(np.asarray(strength, np.float32), len(landmarks))
    inward = (landmarks[:, _LOWER, 2] - landmarks[:, _OUTER_LOWER, 2]) - (rest[_LOWER, 2] - rest[_OUTER_LOWER, 2])
    roll = strength * teeth.spread(np.maximum(inward.mean(1) - ROLLED * effort, 0.0))
    raised = roll[:, None] * ROLLING.reshape(LANDMARK_COUNT, 3)[_LOWER, 1]

    low = np.maximum(rest[_LOWER, 1] + TEETH_BELOW - landmarks[:, _LOWER, 1] - raised, 0.0)
    apart = np.maximum(gaps(landmarks) - raised - gaps(rest) - PRESSED * effort, 0.0)
    close = strength[:, None] * np.maximum(lips.spread(apart), teeth.spread(low) / _LOWER_SHARE)
    height = (landmarks[:, _UPPER, 1] - rest[_UPPER, 1] - (1.0 - _LOWER_SHARE) * close).mean(1)
    lift = strength * (1.0 - lips.ease) * teeth.spread(np.maximum(RAISED * effort - height, 0.0))
    amounts = np.concatenate([roll[:, None], close, lift[:, None]], 1)
    _move(landmarks, amounts, np.concatenate([ROLLING[None], CLOSING, RAISING[None]]))


def keep_gaps(
    landmarks: np.ndarray,
    before: np.ndarray,
    rest: np.ndarray,
    met: np.ndarray,
    spoken: np.ndarray,
    may_open: np.ndarray,
) -> None:
    """Let an emotion change the gap of the lips only as far as speech is still read off it, in place.

    Lips that touch keep their gap, or are pressed; lips that are apart may open as far as `may_open` says, never by
    more times what they are beyond touching than `OPENS`, and close by `CLOSES` of it. So nothing jumps: what is
    allowed grows with the gap itself.

    Args:
        landmarks: (T, 68, 3) float32 metres, with emotion.
        before: (T, 68, 3) metres, the same without.
        rest: (68, 3) metres, a face whose lips meet at rest.
        met: (T,) 0..1 how much of what an emotion opens is closed again however far apart the lips are.
        spoken: (T,) 0..1 how much of this holds: 0 where nobody speaks, and an emotion may open resting lips.
        may_open: (T, 3) metres, 0 or more.
    """
    told = gaps(before)
    beyond = told - gaps(rest) - TOUCHING
    change = gaps(landmarks) - told
    room = np.maximum(beyond, 0.0)
    allowed = np.clip(change, np.minimum(beyond, 0.0) - CLOSES * room, np.minimum(may_open, OPENS * room))
    close = spoken[:, None] * (change - allowed)
    _move(landmarks, np.where(change > 0.0, np.maximum(close, met[:, None] * change), close), CLOSING)


def keep_at_teeth(landmarks: np.ndarray, before: np.ndarray, held: np.ndarray) -> None:
    """Let the lower lip touch the upper teeth where it did before an emotion came over them, in place.

    The teeth do not feel: the lower lip is at least as high as it was, and the upper lip lets as much of them be seen.

    Args:
        landmarks: (T, 68, 3) float32 metres, with emotion.
        before: (T, 68, 3) metres, the same without.
        held: (T,) 0..1 how much of it is kept.
    """
    low = np.maximum(before[:, _LOWER, 1] - landmarks[:, _LOWER, 1], 0.0)
    _move(landmarks, held[:, None] * low / _LOWER_SHARE, CLOSING)
    covered = held * np.maximum(gaps(before) - gaps(landmarks), 0.0).mean(1)
    _move(landmarks, covered[:, None], RAISING[None])


def part_lips(landmarks: np.ndarray, rest: np.ndarray, allowed: np.ndarray) -> None:
    """Let lips overlap no more than lips can, or than `allowed` has them overlap, in place.

    Args:
        landmarks: (T, 68, 3) float32 metres.
        rest: (68, 3) metres, a face whose lips meet at rest.
        allowed: (T, 3) metres, gaps that are taken as they are.
    """
    _move(landmarks, np.minimum(gaps(landmarks) - np.minimum(gaps(rest) + DEEPEST, allowed), 0.0), CLOSING)


def _move(landmarks: np.ndarray, amounts: np.ndarray, fields: np.ndarray) -> None:
    """Add (K, 204) fields by (T, K) amounts to the rows that have any."""
    rows = np.flatnonzero(amounts.any(1))
    for first in range(0, len(rows), _BLOCK_FRAMES):
        block = rows[first : first + _BLOCK_FRAMES]
        landmarks[block] += (amounts[block].astype(np.float32) @ fields).reshape(-1, LANDMARK_COUNT, 3)

"""Where the eyes look: they hold a point in front of the face while the head turns, and dart away now and then.

Eyes jump and then rest; they do not glide. How long a jump takes follows from its size (the main sequence of
saccades); how long they rest is uneven. In speech they mostly keep to whoever is in front, in pauses they stray.
"""

from dataclasses import dataclass

import numpy as np

from emogene.idle.smooth_noise import smooth_noise
from emogene.motion.easing import smootherstep
from emogene.render.neck import TORSO_POSE
from emogene_proto.names import MODEL_FPS

FOCUS = np.array([0.0, -1.0, -0.03])
"""World point that the eyes come back to: where a camera stands in front of the resting face, metres."""
GAZE_LIMIT = (0.35, 0.27)
"""Eyes do not turn further in the head, radians."""
FURTHEST = 0.45
"""Radians from straight ahead at which the focus seems to lie at most, a little past where eyes can turn: seen from
further aside, its direction only keeps its sense, so that nothing jumps as it goes by above, below or behind."""
FOCUS_LOST = (np.radians(75.0), np.radians(120.0))
"""Angles between the face and the focus: from the first on eyes let it go, from the second on they look ahead."""

SHORTEST_FIXATION = 0.15
"""Seconds."""
NEAR_SECONDS = (0.70, 0.6)
"""Fixations on the focus: median in seconds, deviation of its logarithm."""
AWAY_SECONDS = (0.50, 0.5)
"""The same past the focus."""
LEAVING = (0.10, 0.36)
"""Chance that a fixation on the focus is followed by one past it: in speech, idle."""
STAYING = 0.5
"""Chance that a fixation past the focus is followed by another."""
NEAR_SPREAD = (0.02, 0.012)
"""Deviation of fixations on the focus, yaw and pitch in radians: from eye to eye, to the mouth."""
AWAY_NEAREST = 0.07
"""Radians sideways by which a look past the focus misses it at least."""
AWAY_SPREAD = (0.09, 0.065)
"""Deviation of what comes on top of it, and of the pitch."""
AWAY_PITCH = -0.012
"""Mean pitch past the focus: a little down."""

SACCADE_SECONDS = 0.021
SACCADE_SECONDS_PER_RADIAN = 0.126
"""Main sequence: 21 ms, and 2.2 ms for each degree."""
DRIFT = 0.002
"""Deviation of the drift inside fixations, radians."""
DRIFT_SECONDS = 0.3

HEAD_SHARE = 0.18
"""Part of what a look passes HEAD_FROM by that the head takes on."""
HEAD_FROM = 0.06
HEAD_DELAY = 0.05
HEAD_SECONDS = 0.55
_HEAD_TURNS_AT_ONCE = 5


@dataclass(frozen=True)
class Fixations:
    """Where the eyes rest one after the other; drawn without regard to strength, so that it decides no times."""

    starts: np.ndarray
    """(N,) seconds at which the eyes begin to jump there; the first is 0."""
    targets: np.ndarray
    """(N, 2) radians beside the focus: yaw to the subject's left, pitch up."""
    away: np.ndarray
    """(N,) bool: past the focus."""

    @property
    def jumps(self) -> np.ndarray:
        """(N,) radians from the fixation before; the first is 0."""
        return np.concatenate([[0.0], np.linalg.norm(np.diff(self.targets, axis=0), axis=1)])


def draw_fixations(activity: np.ndarray, seed: int) -> Fixations:
    """Fixations of a shot; what is drawn for a moment depends on nothing after it.

    Args:
        activity: (T,) at 25 fps, 0 in speech to 1 idle.
    """
    random = np.random.default_rng([seed, 0x6A2E])
    idle = activity.tolist()
    starts, targets, away = [0.0], [random.normal(0.0, NEAR_SPREAD)], [False]
    side = 1.0
    while True:
        median, spread = AWAY_SECONDS if away[-1] else NEAR_SECONDS
        start = starts[-1] + max(median * float(np.exp(spread * random.standard_normal())), SHORTEST_FIXATION)
        if start * MODEL_FPS >= len(idle):
            break
        now = idle[int(start * MODEL_FPS)]
        leaving = STAYING if away[-1] else LEAVING[0] + (LEAVING[1] - LEAVING[0]) * now
        strays = random.random() < leaving
        if strays:
            if not away[-1] or random.random() < 0.3:
                side = 1.0 if random.random() < 0.5 else -1.0
            yaw, pitch = random.normal(0.0, AWAY_SPREAD)
            target = np.array([side * (AWAY_NEAREST + abs(yaw)), AWAY_PITCH + pitch])
        else:
            target = random.normal(0.0, NEAR_SPREAD)
        starts.append(start)
        targets.append(target)
        away.append(strays)
    limit = np.array(GAZE_LIMIT)
    return Fixations(np.array(starts), np.clip(targets, -limit, limit), np.array(away))


def wandering(fixations: Fixations, seed: int, times_seconds: np.ndarray) -> np.ndarray:
    """(T, 2) radians beside the focus at any times: fixations with a slight drift, and jumps between them."""
    starts, targets = fixations.starts, fixations.targets
    present = np.maximum(np.searchsorted(starts, times_seconds, "right") - 1, 0)
    duration = SACCADE_SECONDS + SACCADE_SECONDS_PER_RADIAN * fixations.jumps
    done = smootherstep(np.clip((times_seconds - starts[present]) / duration[present], 0.0, 1.0))[:, None]
    before = targets[np.maximum(present - 1, 0)]
    drift = DRIFT * smooth_noise(times_seconds, DRIFT_SECONDS, 2, np.random.default_rng([seed, 0xD21F]))
    return before + done * (targets[present] - before) + drift


def head_turns(fixations: Fixations, times_seconds: np.ndarray) -> np.ndarray:
    """(T, 2) radians that the head turns along with wide looks, yaw to its left and pitch up; later than the eyes."""
    size = np.linalg.norm(fixations.targets, axis=1, keepdims=True)
    aims = fixations.targets * HEAD_SHARE * np.maximum(size - HEAD_FROM, 0.0) / np.maximum(size, 1e-9)
    steps = np.diff(aims, axis=0, prepend=0.0 * aims[:1])
    turning = np.flatnonzero(np.any(steps != 0.0, axis=1))
    starts, aims = fixations.starts[turning] + HEAD_DELAY, np.concatenate([np.zeros((1, 2)), aims[turning]])
    turned = np.searchsorted(starts, times_seconds, "right")
    # Aim of the last turn, less what the last few turns have still to go.
    angles = aims[turned]
    for back in range(_HEAD_TURNS_AT_ONCE):
        turn = turned - 1 - back
        there = turn >= 0
        turn = turn[there]
        left = 1.0 - smootherstep(np.clip((times_seconds[there] - starts[turn]) / HEAD_SECONDS, 0.0, 1.0))
        angles[there] -= left[:, None] * (aims[turn + 1] - aims[turn])
    return angles


def gaze_track(poses: np.ndarray, looking: np.ndarray) -> np.ndarray:
    """(T, 2) float32 gaze: yaw to the subject's left and pitch up, radians in the head frame.

    Eyes hold the focus as far as they turn; a head that turns its back on it has eyes that look ahead. However the head
    turns, they turn at most about as fast, but for what `looking` does.

    Args:
        poses: (T, 4, 4) head to world, which the eyes turn against.
        looking: (T, 2) radians beside the focus.
    """
    return np.clip(_towards_focus(poses) + looking, -np.array(GAZE_LIMIT), GAZE_LIMIT).astype(np.float32)


def _towards_focus(poses: np.ndarray) -> np.ndarray:
    """(T, 2) angles under which the head sees the focus, as far as eyes turn and do not let it go."""
    offset = FOCUS - poses[:, :3, 3].astype(np.float64)
    x, y, z = np.einsum("tij,ti->jt", poses[:, :3, :3].astype(np.float64), offset)
    aside = np.hypot(x, y)
    angle = np.arctan2(aside, z)
    ahead = np.cos(np.minimum(angle, FURTHEST))
    sideways = np.sin(np.minimum(angle, FURTHEST)) / np.maximum(aside, 1e-12)
    turned = np.stack([np.arctan2(sideways * x, ahead), np.arctan2(sideways * y, np.hypot(sideways * x, ahead))], 1)
    lost = smootherstep((angle - FOCUS_LOST[0]) / (FOCUS_LOST[1] - FOCUS_LOST[0]))
    return (1.0 - lost[:, None]) * np.clip(turned, -np.array(GAZE_LIMIT), GAZE_LIMIT)


RESTING_GAZE = gaze_track(TORSO_POSE[None], np.zeros((1, 2)))[0]
"""(2,) float32 gaze of a resting head that looks at the focus."""

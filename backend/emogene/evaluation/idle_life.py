"""How alive somebody is who says nothing: whether the picture moves, and how eyes blink, look and a body breathes.

Measured over ten minutes of idle for each of some seeds, on what a film shows: poses, gaze and lids that `idle.life`
gives at 24 frames a second. Two things cannot be told from these and are read where they are drawn: how long lids take
and by how much one is later, which is shorter than a frame, and the breath, which is one movement with sway in a pose.
"""

from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np

from emogene.actors.pack import Actor
from emogene.evaluation.suite import Measured, Values
from emogene.idle.blink import closure_at, draw_blinks
from emogene.idle.breath import draw_breaths, volume_at
from emogene.idle.gaze import AWAY_NEAREST, draw_fixations, gaze_track
from emogene.idle.head_motion import head_poses
from emogene.idle.lids import move_lids
from emogene.idle.life import Life, life
from emogene.render.eyes import EYE_RADIUS, eye_centres
from emogene.resample import frame_count, frame_times
from emogene.values import Camera
from emogene_proto.names import MODEL_FPS
from emogene_proto.shot import Performance

IDLE_SECONDS = 600
SEEDS = tuple(range(5))
PICTURE_PIXELS = 512
FILM_FPS = 24
VISIBLE_PIXELS = 0.1
"""A head that goes so far from one frame to the next changes a quarter of its pixels, in a picture of 8 bit."""
LARGER_PIXELS = (0.2, 0.5)
"""For comparison: what moves more than so much."""
FINE_HZ = 1000
"""Times of blinks are read so often a second: at a film's rate eyes would seem to close at once."""
LID_MOVES = 0.1
"""Closure from which a lid is in a blink."""
SHUT = 0.99
JUMP_RADIANS = 0.005
"""Eyes that turn further from one frame to the next jump; inside a fixation they drift by a tenth of that."""

DEFAULT = Performance()
LIFELESS = Performance(blink=0.0, gaze=0.0, breath=0.0)

FIGURES: dict[str, Measured] = {
    "idle_alive": Measured("", "higher", 0.9),
    "blinks_per_minute": Measured("", "higher", 10.0),
    "blinks_per_minute_most": Measured("", "lower", 25.0),
    "blink_interval_cv": Measured("", "higher", 0.4),
    "idle_alive_fifth_pixel": Measured("", "higher"),
    "idle_alive_half_pixel": Measured("", "higher"),
    "idle_alive_without_life": Measured("", "lower"),
    "idle_alive_still_head": Measured("", "higher"),
    "idle_alive_still_head_without_life": Measured("", "lower"),
    "blinks_per_minute_speech": Measured("", "higher"),
    "blink_ms": Measured("ms", "lower"),
    "blink_shut_ms": Measured("ms", "higher"),
    "blinks_incomplete": Measured("%", "lower"),
    "blink_lag_ms": Measured("ms", "lower"),
    "fixations_per_minute": Measured("", "higher"),
    "fixation_median_seconds": Measured("s", "higher"),
    "gaze_away_idle": Measured("%", "higher"),
    "gaze_away_speech": Measured("%", "lower"),
    "breaths_per_minute": Measured("", "higher"),
    "breath_cycle_cv": Measured("", "higher"),
}
"""Figures of life, in the table's order. The rate of blinks has a reach on both sides, so it is two: of the seed with
the fewest, and of the one with the most."""

ALIVE = (
    "idle_alive",
    "idle_alive_fifth_pixel",
    "idle_alive_half_pixel",
    "idle_alive_without_life",
    "idle_alive_still_head",
    "idle_alive_still_head_without_life",
)
BLINKS = (
    "blinks_per_minute",
    "blinks_per_minute_most",
    "blink_interval_cv",
    "blinks_per_minute_speech",
    "blink_ms",
    "blink_shut_ms",
    "blinks_incomplete",
    "blink_lag_ms",
)
LOOKS = (
    "fixations_per_minute",
    "fixation_median_seconds",
    "gaze_away_idle",
    "gaze_away_speech",
    "breaths_per_minute",
    "breath_cycle_cv",
)


class Acting(Protocol):
    """What life is measured on."""

    @property
    def actor(self) -> Actor: ...


def used(_: Acting) -> str:
    """What is measured on, in words."""
    return (
        f"{IDLE_SECONDS // 60} minutes without speech at {FILM_FPS} fps, {len(SEEDS)} seeds, the actor's own camera "
        f"and head motion."
    )


def alive(material: Acting) -> Values:
    """Share of idle frames in which the picture moves, with life and without; with the head's rests, and a still head.

    A frame moves if any of the 68 landmarks or an iris goes VISIBLE_PIXELS from where it was a frame before, in a
    picture of 512 pixels by the actor's own camera. Head, breath, lids and gaze all come in; irises behind shut lids
    do not.
    """
    whole = _moving(material.actor, DEFAULT)
    shares = {pixels: float(np.mean(whole > pixels)) for pixels in (VISIBLE_PIXELS, *LARGER_PIXELS)}

    def share(performance: Performance) -> float:
        return float(np.mean(_moving(material.actor, performance) > VISIBLE_PIXELS))

    return {
        **dict(zip(ALIVE, shares.values(), strict=False)),
        "idle_alive_without_life": share(LIFELESS),
        "idle_alive_still_head": share(Performance(head_motion=0.0)),
        "idle_alive_still_head_without_life": share(msgspec.structs.replace(LIFELESS, head_motion=0.0)),
    }


def blinks(material: Acting) -> Values:
    """How often and how evenly a film's lids blink, and, as they were drawn, for how long and how unevenly.

    Blinks in speech are those in as long a time without a pause.
    """
    filmed, spoken = (
        [watch_blinks(_filmed(material.actor, seed, activity).closure, FILM_FPS) for seed in SEEDS]
        for activity in (1.0, 0.0)
    )
    seen = [watch_blinks(_fine_closure(seed), FINE_HZ) for seed in SEEDS]
    rates = [_per_minute(len(one.starts)) for one in filmed]
    intervals = [np.diff(one.starts) for one in filmed]
    return {
        "blinks_per_minute": min(rates),
        "blinks_per_minute_most": max(rates),
        "blink_interval_cv": min(float(i.std() / i.mean()) for i in intervals),
        "blinks_per_minute_speech": float(np.mean([_per_minute(len(one.starts)) for one in spoken])),
        "blink_ms": 1000.0 * float(np.concatenate([one.seconds for one in seen]).mean()),
        "blink_shut_ms": 1000.0
        * float(np.concatenate([one.shut_seconds[one.shut_seconds > 0] for one in seen]).mean()),
        "blinks_incomplete": 100.0 * float(np.mean(np.concatenate([one.shut_seconds == 0 for one in filmed]))),
        "blink_lag_ms": 1000.0 * float(np.abs(np.concatenate([one.lag_seconds for one in seen])).mean()),
    }


def looks(material: Acting) -> Values:
    """How often a film's eyes jump, how long they look elsewhere, and how a body at rest breathes, as it was drawn."""
    times = np.arange(IDLE_SECONDS * 100) / 100.0
    fixations, away = [], {0.0: [], 1.0: []}
    cycles = []
    for seed in SEEDS:
        for activity, shares in away.items():
            looking = _beside_focus(_filmed(material.actor, seed, activity))
            shares.append(float(np.mean(np.linalg.norm(looking, axis=1) > AWAY_NEAREST)))
        fixations.append(fixation_seconds(looking))
        volume = volume_at(draw_breaths(_activity(1.0), seed), times)
        rising = np.flatnonzero((volume[:-1] < 0.5) & (volume[1:] >= 0.5))
        cycles.append(np.diff(times[rising]))
    lengths, cycle = np.concatenate(fixations), np.concatenate(cycles)
    return {
        "fixations_per_minute": _per_minute(len(lengths)) / len(SEEDS),
        "fixation_median_seconds": float(np.median(lengths)),
        "gaze_away_idle": 100.0 * float(np.mean(away[1.0])),
        "gaze_away_speech": 100.0 * float(np.mean(away[0.0])),
        "breaths_per_minute": 60.0 / float(cycle.mean()),
        "breath_cycle_cv": float(cycle.std() / cycle.mean()),
    }


@dataclass(frozen=True)
class SeenBlinks:
    """Blinks as they can be read off the lids' closure; N of them."""

    starts: np.ndarray
    """(N,) seconds"""
    seconds: np.ndarray
    """(N,) from the first lid's leaving to the last one's return."""
    shut_seconds: np.ndarray
    """(N,) with both eyes shut."""
    lag_seconds: np.ndarray
    """(N,) from the right eye to the left."""


def watch_blinks(closure: np.ndarray, fps: float) -> SeenBlinks:
    """Find blinks in (T, 2) closure, `fps` times a second."""
    edges = np.diff((closure.max(1) > LID_MOVES).astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    shut = np.concatenate([[0], np.cumsum(closure.min(1) >= SHUT)])
    falls = [_rises(closure[:, eye], starts, ends) for eye in range(2)]
    return SeenBlinks(
        starts / fps,
        (ends - starts) / fps,
        (shut[ends] - shut[starts]) / fps,
        (falls[1] - falls[0]) / fps,
    )


def moved_pixels(actor: Actor, living: Life) -> np.ndarray:
    """(T - 1,) how far the point of the face that moves most goes from each frame to the next, in the picture."""
    camera = actor.camera.resized(PICTURE_PIXELS, PICTURE_PIXELS)
    faces = np.repeat(np.asarray(actor.rest, np.float32)[None], len(living.poses), 0)
    landmarks = move_lids(faces, living.gaze, living.closure, actor.rest, actor.closed_eyes)
    yaw, pitch = living.gaze.astype(np.float64).T
    looking = np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], 1)
    irises = eye_centres(actor.rest) + EYE_RADIUS * looking[:, None]
    pictured = _project(np.concatenate([landmarks, irises], 1), living.poses, camera)
    ways = np.linalg.norm(np.diff(pictured, axis=0), axis=2)
    ways[:, 68:][np.minimum(living.closure[1:], living.closure[:-1]) >= SHUT] = 0.0
    return ways.max(1)


def idle_life(actor: Actor, performance: Performance, seed: int, activity: np.ndarray, spans: np.ndarray) -> Life:
    """The life of a shot at FILM_FPS, on the actor's own head motion.

    Args:
        activity: (T,) at 25 fps, 0 in speech to 1 idle.
        spans: (S, 2) seconds in which there is a voice.
    """
    times = frame_times(frame_count(len(activity) / MODEL_FPS, FILM_FPS), FILM_FPS)
    poses = head_poses(actor.head_motion, len(activity), spans, seed, performance, times)
    return life(poses, activity, performance, seed, times)


def _filmed(actor: Actor, seed: int, activity: float, performance: Performance = DEFAULT) -> Life:
    """Idle all the time, or speech without a pause."""
    spans = np.zeros((0, 2)) if activity else np.array([[0.0, float(IDLE_SECONDS)]])
    return idle_life(actor, performance, seed, _activity(activity), spans)


def _moving(actor: Actor, performance: Performance) -> np.ndarray:
    """(SEEDS, T - 1) how far the picture goes from each idle frame to the next, pixels."""
    return np.stack([moved_pixels(actor, _filmed(actor, seed, 1.0, performance)) for seed in SEEDS])


def _beside_focus(living: Life) -> np.ndarray:
    """(T, 2) radians by which the eyes miss what they come back to."""
    return living.gaze - gaze_track(living.poses, np.zeros((len(living.poses), 2)))


def _project(points: np.ndarray, poses: np.ndarray, camera: Camera) -> np.ndarray:
    """(T, P, 2) pixels of (T, P, 3) points of the head under (T, 4, 4) poses."""
    world = points @ poses[:, :3, :3].astype(np.float64).transpose(0, 2, 1) + poses[:, None, :3, 3]
    to_camera = np.linalg.inv(camera.camera_to_world)
    seen = world @ to_camera[:3, :3].T + to_camera[:3, 3]
    return camera.focal_px * seen[..., :2] / -seen[..., 2:]


def _activity(value: float) -> np.ndarray:
    return np.full(IDLE_SECONDS * MODEL_FPS, value, np.float32)


def _fine_closure(seed: int) -> np.ndarray:
    """(T, 2) closure in idle, FINE_HZ times a second."""
    course = _activity(1.0)
    drawn = draw_blinks(course, draw_fixations(course, seed), seed)
    return closure_at(drawn, np.arange(IDLE_SECONDS * FINE_HZ) / FINE_HZ)


def _rises(closure: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(N,) rows at which one eye has begun each blink."""
    return np.array([s + int(np.argmax(closure[s:e] > LID_MOVES)) for s, e in zip(starts, ends, strict=True)], int)


def fixation_seconds(looking: np.ndarray) -> np.ndarray:
    """(N,) seconds from jump to jump of (T, 2) radians at FILM_FPS; a jump takes one frame or a few."""
    way = np.linalg.norm(np.diff(looking, axis=0), axis=1)
    return np.diff(np.flatnonzero(np.diff((way > JUMP_RADIANS).astype(np.int8)) == 1)) / FILM_FPS


def _per_minute(count: float) -> float:
    return 60.0 * count / IDLE_SECONDS

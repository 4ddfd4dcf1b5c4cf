"""Figures of what happens at emotion keys: does a change of emotion ever jump?

The acceleration of a frame is the second difference of the landmarks, the root of its mean square over all 68,
millimetres per second squared; 24 fps unless it is said otherwise. `key_acceleration_ratio` lays the largest in a
change beside the 99th percentile of the shot's frames outside all changes.

Lips in speech are quick, and the quickest hundredth of frames is much quicker than the rest, so that some frame in many
changes is as well, whatever the emotion does. `key_acceleration_unchanged` is the same figure of the same frames with
the emotion before the key, or the one after it, held throughout. `key_acceleration_added` lays each frame beside the
larger of that and the 99th percentile: what the change adds.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from emogene.emotion.track import emotion_track
from emogene.evaluation.emotion_material import EmotionMaterial, Take
from emogene.evaluation.suite import Values
from emogene.motion.easing import smootherstep
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import SHORTEST_CHANGE_SECONDS, EmotionKey

_OF_KEYS = (
    "key_acceleration_ratio",
    "key_acceleration_unchanged",
    "key_acceleration_added",
    "key_acceleration_ratio_99",
)
_SOONER = ("key_acceleration_ratio", "key_acceleration_unchanged", "key_acceleration_added")
NAMES = (*_OF_KEYS, *(f"{name}_{of}" for of in ("shortest", "60fps") for name in _SOONER))
SHOT_FPS, HIGH_FPS = 24.0, 60.0
KEY_SECONDS = 1.5
"""Time from a key to the next."""
USUAL_SECONDS = EmotionKey(0.0, EMOTIONS[0]).transition_seconds
"""Of a change, where the artist does not say otherwise."""


@dataclass(frozen=True)
class KeyedShot:
    """A recording spoken with keys all along; accelerations of T frames."""

    acceleration: np.ndarray
    """(T,) with the keys."""
    changes: list[tuple[np.ndarray, np.ndarray]]
    """For each key the (n,) frames of its change, and (n,) the larger acceleration of either emotion held there."""

    @property
    def elsewhere(self) -> np.ndarray:
        """(m,) accelerations outside all changes."""
        outside = np.ones(len(self.acceleration), bool)
        for frames, _ in self.changes:
            outside[frames] = False
        return self.acceleration[outside]


def key_accelerations(material: EmotionMaterial) -> Values:
    """Acceleration in the changes of many smooth keys, against the 99th percentile elsewhere in the shot.

    With the usual length of a change, with the shortest, and at 60 fps.
    """
    values = _ratios(material, USUAL_SECONDS, SHOT_FPS)
    shortest = _ratios(material, SHORTEST_CHANGE_SECONDS["smooth"], SHOT_FPS)
    fluent = _ratios(material, USUAL_SECONDS, HIGH_FPS)
    for of, found in (("shortest", shortest), ("60fps", fluent)):
        values |= {f"{name}_{of}": found[name] for name in _SOONER}
    return values


def _ratios(material: EmotionMaterial, change_seconds: float, fps: float) -> Values:
    """The largest of all changes in all recordings, and the share of the 99th percentiles; names of _OF_KEYS."""
    literal, unchanged, added, inside, elsewhere = [], [], [], [], []
    for number, take in enumerate(material.human_takes):
        shot = keyed_shot(take, np.random.default_rng(number), change_seconds, fps)
        if not shot.changes:
            continue
        common = float(np.percentile(shot.elsewhere, 99))
        elsewhere.append(shot.elsewhere)
        for frames, held in shot.changes:
            found = shot.acceleration[frames]
            inside.append(found)
            literal.append(found.max() / common)
            unchanged.append(held.max() / common)
            added.append((found / np.maximum(held, common)).max())
    if not literal:
        return dict.fromkeys(_OF_KEYS)
    share = np.percentile(np.concatenate(inside), 99) / np.percentile(np.concatenate(elsewhere), 99)
    found = (max(literal), max(unchanged), max(added), share)
    return {name: float(value) for name, value in zip(_OF_KEYS, found, strict=True)}


def keyed_shot(take: Take, random: np.random.Generator, change_seconds: float, fps: float) -> KeyedShot:
    """Speak a recording with a smooth key to a random emotion every KEY_SECONDS."""
    starts = np.arange(1.0, take.speech.duration_seconds - 1.0, KEY_SECONDS)
    emotions = [EMOTIONS[i] for i in random.integers(len(EMOTIONS), size=len(starts))]
    keys = tuple(
        EmotionKey(float(s), emotion, transition_seconds=change_seconds)
        for s, emotion in zip(starts, emotions, strict=True)
    )
    keyed = acceleration(take.performed(keys, fps=fps).landmarks, fps)
    return KeyedShot(keyed, changes_of(take, keys, len(keyed), fps))


def changes_of(
    take: Take, keys: tuple[EmotionKey, ...], frames: int, fps: float = SHOT_FPS
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each key the (n,) rows of its change among accelerations, and (n,) the larger one of either emotion held."""

    @cache
    def held(emotion: str) -> np.ndarray:
        throughout = () if emotion == EMOTIONS[0] else (EmotionKey(0.0, emotion),)
        return acceleration(take.performed(throughout, fps=fps).landmarks, fps)

    times = (np.arange(frames) + 1) / fps
    margin = 1.0 / fps
    changes = []
    for before, key in itertools.pairwise((EmotionKey(0.0, EMOTIONS[0]), *keys)):
        end = key.seconds + key.transition_seconds
        rows = np.flatnonzero((times > key.seconds - margin) & (times < end + margin))
        changes.append((rows, np.maximum(held(before.emotion)[rows], held(key.emotion)[rows])))
    return changes


def still_key(material: EmotionMaterial) -> Values:
    """On a resting, silent face: largest acceleration of any landmark against that of the straight, smooth way between
    the two faces; the worst of the changes from an emotion to another.
    """
    return {"still_key_acceleration_ratio": max(_still_changes(material))}


def acceleration(landmarks: np.ndarray, fps: float = SHOT_FPS) -> np.ndarray:
    """(T - 2,) millimetres per second squared: root mean square over the landmarks of (T, 68, 3) metres."""
    return np.sqrt((_accelerations(landmarks, fps) ** 2).mean(1))


def _accelerations(landmarks: np.ndarray, fps: float) -> np.ndarray:
    """(T - 2, 68) millimetres per second squared."""
    return np.linalg.norm(np.diff(landmarks.astype(np.float64), 2, axis=0), axis=2) * 1000.0 * fps**2


def _still_changes(material: EmotionMaterial) -> Iterator[float]:
    """The ratio of each of the 56 changes."""
    actor = material.actor
    times = np.arange(round(1.5 * SHOT_FPS)) / SHOT_FPS
    still = np.tile(actor.rest, (len(times), 1, 1))
    for before, after in itertools.permutations(EMOTIONS, 2):
        change = EmotionKey(0.5, after)
        weights = emotion_track((EmotionKey(0.0, before), change), (), times)
        shown = actor.ldm.deform(still, actor.rest, weights)
        eased = smootherstep(np.clip((times - change.seconds) / change.transition_seconds, 0.0, 1.0))
        straight = shown[0] + eased[:, None, None] * (shown[-1] - shown[0])
        found, wanted = (float(_accelerations(way, SHOT_FPS).max()) for way in (shown, straight))
        yield found / wanted

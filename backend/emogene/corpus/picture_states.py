"""What each picture of the corpus shows: faces from acted speech, spread further by gaze, blinks, poses and cameras."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from emogene.corpus.appearance.actor import Actor, orbit_camera
from emogene.corpus.body_motion import NECK_PIVOT
from emogene.corpus.clip_speech import speak_for
from emogene.corpus.expressions import emotion_style
from emogene.corpus.face_model import FaceModel
from emogene.corpus.mouth_contacts import MouthContacts, mouth_contacts
from emogene.corpus.performance import PerformanceClip, emotion_weights, full_expression, perform
from emogene.corpus.speech import require_programs
from emogene.corpus.voices import speech_speaker
from emogene.corpus.worker_pool import worker_pool
from emogene.render.neck import TORSO_POSE
from emogene_proto.names import EMOTIONS

FRAMES_PER_CLIP = 16
TURN_DEGREES = (15.0, 10.0, 7.0)
"""Largest yaw, pitch and roll of a head posed at random."""
SHIFT_METRES = 0.012
GAZE_LIMIT = np.radians(20.0)
ORBIT_YAW, ORBIT_PITCH, ORBIT_DISTANCE = np.radians(32.0), np.radians(12.0), 0.10


@dataclass(frozen=True)
class FrameStates:
    """N frames."""

    expressions: np.ndarray
    """(N, E) float32"""
    gaze: np.ndarray
    """(N, 2) float32"""
    blink: np.ndarray
    """(N,) float32"""
    weights: np.ndarray
    """(N, 8) float32"""
    poses: np.ndarray
    """(N, 4, 4) float32"""
    camera_to_world: np.ndarray
    """(N, 4, 4) float64"""


def draw_states(
    face: FaceModel,
    actor: Actor,
    frames: int,
    size: int,
    seed: int,
    workers: int,
    progress: Callable[[int, int], None] | None = None,
) -> FrameStates:
    """States of all frames, FRAMES_PER_CLIP from each of many short performances; seeded by clip.

    Args:
        face: the actor's own face model, with tongue.
        progress: called with performances done and wanted.

    Raises:
        CorpusError: a speech program is missing.
    """
    require_programs()
    contacts = mouth_contacts(face)
    jobs = [(contacts, actor, size, seed, number) for number in range(-(-frames // FRAMES_PER_CLIP))]
    if workers <= 1:
        parts = _counted(map(_clip_states, jobs), len(jobs), progress)
    else:
        with worker_pool(workers) as pool:
            parts = _counted(pool.map(_clip_states, jobs, chunksize=4), len(jobs), progress)
    names = FrameStates.__dataclass_fields__
    return FrameStates(*(np.concatenate([getattr(part, name) for part in parts])[:frames] for name in names))


def _counted(
    parts: Iterable[FrameStates], total: int, progress: Callable[[int, int], None] | None
) -> list[FrameStates]:
    done: list[FrameStates] = []
    for part in parts:
        done.append(part)
        if progress is not None:
            progress(len(done), total)
    return done


def _clip_states(job: tuple) -> FrameStates:
    return clip_states(*job)


def clip_states(contacts: MouthContacts, actor: Actor, size: int, seed: int, number: int) -> FrameStates:
    """FRAMES_PER_CLIP moments of clip `number`."""
    rng = np.random.default_rng((seed, 4, number))
    speech = speak_for(speech_speaker(rng), rng)
    weights = emotion_weights(speech.seconds, rng, EMOTIONS[number % len(EMOTIONS)])
    clip = perform(speech, weights, emotion_style(contacts.names), contacts, rng)
    # One moment in each of as many equal parts, so that neighbours differ.
    edges = np.linspace(0, len(clip), FRAMES_PER_CLIP + 1)
    moments = np.minimum(rng.uniform(edges[:-1], edges[1:]).astype(int), len(clip) - 1)
    clip = _spread(_at(clip, moments), rng)
    expressions = full_expression(clip)
    exotic = rng.random(FRAMES_PER_CLIP) < 0.12
    expressions[exotic] = _mixed(expressions[exotic], contacts.names, rng)
    return FrameStates(
        expressions.astype(np.float32),
        clip.gaze.astype(np.float32),
        clip.blink.astype(np.float32),
        clip.weights.astype(np.float32),
        clip.poses.astype(np.float32),
        np.array([_camera(actor, size, rng) for _ in moments]),
    )


def _at(clip: PerformanceClip, moments: np.ndarray) -> PerformanceClip:
    rows = {
        name: getattr(clip, name)[moments] for name in ("neutral", "emotional", "weights", "blink", "gaze", "poses")
    }
    return replace(clip, **rows)


def _spread(clip: PerformanceClip, rng: np.random.Generator) -> PerformanceClip:
    """Some frames look elsewhere, blink or hold the head otherwise than the performance does."""
    n = len(clip)
    gaze = np.where(rng.random((n, 1)) < 0.35, rng.uniform(-GAZE_LIMIT, GAZE_LIMIT, (n, 2)) * [1.0, 0.8], clip.gaze)
    closing = np.clip(rng.uniform(-0.1, 1.25, n), 0.0, 1.0)
    blink = np.where(rng.random(n) < 0.14, closing, clip.blink)
    poses = np.array([_pose(rng) if rng.random() < 0.5 else pose for pose in clip.poses])
    return replace(clip, gaze=np.clip(gaze, -GAZE_LIMIT, GAZE_LIMIT), blink=blink, poses=poses)


def _pose(rng: np.random.Generator) -> np.ndarray:
    """(4, 4) a random turn about the neck with a small shift."""
    yaw, pitch, roll = rng.uniform(-1, 1, 3) * TURN_DEGREES
    turn = Rotation.from_euler("yxz", [yaw, pitch, roll], degrees=True).as_matrix()
    local = np.eye(4)
    local[:3, :3] = turn
    local[:3, 3] = NECK_PIVOT - turn @ NECK_PIVOT + rng.uniform(-1, 1, 3) * SHIFT_METRES
    return TORSO_POSE @ local


def _mixed(expressions: np.ndarray, names: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """(K, E) expressions with a few more shapes, each at a moderate strength; blinks, looks and tongue stay."""
    out = expressions.copy()
    fixed = ("eyeBlink", "eyeLook", "PupilDilate", "tongue", "mouthClose")
    free = [i for i, name in enumerate(names) if not name.startswith(fixed)]
    for row in out:
        for column in rng.choice(free, 4, replace=False):
            row[column] = np.clip(row[column] + rng.uniform(0.1, 0.55), 0.0, 1.0)
    return out


def _camera(actor: Actor, size: int, rng: np.random.Generator) -> np.ndarray:
    """(4, 4) half of the cameras near the actor's own, the others in an arc about him."""
    near = 0.08 if rng.random() < 0.5 else 1.0
    yaw, pitch, distance = rng.uniform(-near, near, 3)
    camera = orbit_camera(actor, size, yaw * ORBIT_YAW, pitch * ORBIT_PITCH, 1.0 + distance * ORBIT_DISTANCE)
    return camera.camera_to_world

"""SyncNet as a measure: does it find how late a mouth is, and how late is the mouth that the product moves?"""

from collections.abc import Iterator

import numpy as np

from emogene.audio.speech_features import FeaturesNeeded
from emogene.evaluation import mouth
from emogene.evaluation.figures import percent
from emogene.evaluation.material import Material
from emogene.motion.syncnet import LARGEST_OFFSET, SyncNet, load_syncnet, mouth_motion
from emogene_proto.errors import ActorError
from emogene_proto.names import MODEL_FPS

HEARD_FRAMES = 75
"""Sound that is listened to at a time: 3 s. The mouth is seen for as much longer as it may be early or late."""
RIGHT_WITHIN = 1
"""Frames."""
MOST_PAUSE = 1 / 3
"""Part of the sound that may lie in pauses, in which there is nothing to be early or late."""
_SEEN_FRAMES = HEARD_FRAMES + 2 * LARGEST_OFFSET


def true_motion(material: Material) -> dict[str, float | None]:
    """How often SyncNet finds a delay drawn from -15..15 frames, within a frame, in the true motion of test clips."""
    net = _fitting(material)
    rng = np.random.default_rng(0)
    found = []
    for clip in material.clips():
        features = material.actor.speech_features.encode(clip.audio)
        motion = mouth_motion(clip.neutral, clip.rest)
        length = min(len(features), len(motion)) - 2 * LARGEST_OFFSET
        for first in windows(length):
            delay = int(rng.integers(-LARGEST_OFFSET, LARGEST_OFFSET + 1))
            begin = first + LARGEST_OFFSET
            heard = features[begin : begin + _SEEN_FRAMES]
            seen = motion[begin - delay : begin - delay + _SEEN_FRAMES]
            found.append(abs(net.offset_of(heard, seen) - delay) <= RIGHT_WITHIN)
    return {"sync_accuracy": percent(np.array(found, bool))}


def generated_motion(material: Material) -> dict[str, float | None]:
    """What SyncNet says of the mouth that people's recordings move."""
    net = _fitting(material)
    scores, offsets = [], []
    for one in material.spoken_recordings:
        features = material.actor.speech_features.encode(one.recording.audio)
        motion = mouth_motion(one.landmarks, material.actor.rest)
        resting = np.zeros(len(motion), bool)
        for start, end in mouth.pauses(one.recording.phones, one.recording.seconds):
            resting[round(start * MODEL_FPS) : round(end * MODEL_FPS)] = True
        for first in windows(min(len(features), len(motion))):
            if resting[first + LARGEST_OFFSET :][:HEARD_FRAMES].mean() <= MOST_PAUSE:
                score = net.score(features[first : first + _SEEN_FRAMES], motion[first : first + _SEEN_FRAMES])
                scores.append(score[LARGEST_OFFSET])
                offsets.append(int(score.argmax()) - LARGEST_OFFSET)
    late = np.array(offsets)
    return {
        "generated_sync_accuracy": percent(np.abs(late) <= RIGHT_WITHIN),
        "generated_sync_score": float(np.mean(scores)) if scores else None,
        "generated_sync_offset_ms": float(np.median(late)) * 1000.0 / MODEL_FPS if offsets else None,
    }


def windows(frames: int) -> Iterator[int]:
    """First frames of the stretches of 3 s of sound, side by side, that a clip has with room for every delay."""
    yield from range(0, frames - _SEEN_FRAMES + 1, HEARD_FRAMES)


def _heard(material: Material) -> FeaturesNeeded:
    """What the actor hears; motion models of older versions do not know which weights that were."""
    return material.actor.speech_features.needed


def _fitting(material: Material) -> SyncNet:
    net = load_syncnet(material.syncnet)
    if not net.features.fits(_heard(material)):
        raise ActorError(
            f"The SyncNet {material.syncnet.name} hears other features than the actor '{material.actor.name}'.",
            "Train one with the actor's speech encoder, by 'emogene train syncnet'.",
        )
    return net

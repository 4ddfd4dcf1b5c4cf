"""What an artist sets of the way somebody speaks, put on the motion that the model found."""

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from emogene.motion.lip_contacts import LIPS, TEETH
from emogene.motion.lips import Contact, contact_of, gaps, hold_contacts, part_lips, resting
from emogene.motion.silence import speech_envelope
from emogene_proto.names import LANDMARK_COUNT, MODEL_FPS
from emogene_proto.shot import Speaking

if TYPE_CHECKING:
    from emogene.motion.audio2motion import NeutralMotion

SPEAKING_POINTS = np.r_[0:17, 48:68]
"""Jaw line and mouth: what speaks. The others are brows, nose and eyes."""
OTHER_POINTS = slice(17, 48)
SURE, DOUBTFUL = 0.5, 0.15
"""Probability from which a contact is made at lip closure 1 or less, and at 2."""
MET, SPOKEN = 0, 1
"""Columns of `contacts_held`."""
_MUMBLED = 0.25
"""Size of motion from which on the gap of the lips alone tells what they say."""
_BLOCK_FRAMES = 4096


def articulate(
    motion: "NeutralMotion", spans: np.ndarray, rest: np.ndarray, speaking: Speaking, style: float = 1.0
) -> np.ndarray:
    """The neutral performance: silent in pauses, as large as asked for, with lips that meet.

    Args:
        motion: T frames at 25 fps as the model gave them.
        spans: (S, 2) seconds in which there is a voice, in order.
        rest: (68, 3) metres, the actor's rest face.
        style: the actor's own size of motion around the rest face.

    Returns:
        (T, 68, 3) float32 metres; in speech the model's own landmarks where nothing is asked for.
    """
    frames = len(motion.landmarks)
    landmarks = np.array(motion.landmarks, np.float32)
    if not frames:
        return landmarks
    if speaking.smoothing > 0.0:
        sigma = speaking.smoothing * MODEL_FPS
        landmarks[:, OTHER_POINTS] = gaussian_filter1d(landmarks[:, OTHER_POINTS], sigma, axis=0, mode="nearest")
    met = resting(rest)
    voice = speech_envelope(frames, spans)
    _scale(landmarks, rest, met, voice, speaking.amplitude, style)
    # Lips of a mouth that hardly moves hardly press each other.
    effort = min(1.0, 2.0 * speaking.amplitude * style)
    lips, teeth = contacts(motion, speaking.lip_closure)
    hold_contacts(landmarks, met, lips, teeth, voice * np.float32(min(speaking.lip_closure, 1.0)), effort)
    part_lips(landmarks, met, gaps(motion.landmarks))
    return landmarks


def contacts_held(motion: "NeutralMotion", spans: np.ndarray, speaking: Speaking, style: float = 1.0) -> np.ndarray:
    """(T, 2) float32 at 25 fps, 0..1: what emotion must leave of speech.

    Column MET: how firmly the lips are held together by the sound, however little the mouth moves: lips of somebody
    who mumbles are held as well. Column SPOKEN: how much the mouth speaks: less where it hardly moves, since lips that
    do not part cannot be seen to meet, and not in pauses. It lets go a frame before a pause and takes hold a frame
    after it, or lips would nearly close where neutral speech comes to rest, and open again with the emotion.

    Args:
        spans: (S, 2) seconds in which there is a voice, in order.
        style: the actor's own size of motion around the rest face.
    """
    lips, _ = contacts(motion, speaking.lip_closure)
    spoken = speech_envelope(len(motion), spans) * np.float32(min(speaking.lip_closure, 1.0))
    seen = np.float32(min(1.0, speaking.amplitude * style / _MUMBLED))
    return np.stack([lips.ease * spoken, minimum_filter1d(spoken, 3) * seen], 1)


def contacts(motion: "NeutralMotion", closure: float) -> tuple[Contact, Contact]:
    """When the lips meet, and when the lower lip touches the upper teeth.

    Args:
        closure: up to 1 where it is probable, at 2 also in doubt.
    """
    threshold = SURE + (DOUBTFUL - SURE) * max(closure - 1.0, 0.0)
    return contact_of(motion.contacts[:, LIPS], threshold), contact_of(motion.contacts[:, TEETH], threshold)


def _scale(
    landmarks: np.ndarray, rest: np.ndarray, met: np.ndarray, voice: np.ndarray, amplitude: float, style: float
) -> None:
    """Make displacements from rest larger or smaller, and none of mouth and jaw where nobody speaks, in place."""
    gain = np.full((len(voice), LANDMARK_COUNT), style - 1.0, np.float32)
    gain[:, SPEAKING_POINTS] = (voice * np.float32(amplitude * style) - np.float32(1.0))[:, None]
    quiet = met - rest
    for first in range(0, len(voice), _BLOCK_FRAMES):
        rows = slice(first, first + _BLOCK_FRAMES)
        moved = (landmarks[rows] - rest) * gain[rows, :, None]
        landmarks[rows] += moved + (1.0 - voice[rows])[:, None, None] * quiet

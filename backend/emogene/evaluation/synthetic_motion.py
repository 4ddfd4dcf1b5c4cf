"""Figures on the corpus' held-out people, whose true motion is known."""

import numpy as np

from emogene.corpus.landmark_corpus import LandmarkClip
from emogene.evaluation import mouth
from emogene.evaluation.figures import percent, percent_of
from emogene.evaluation.material import Material, SpokenClip
from emogene.motion.lip_contacts import TEETH, lip_contacts
from emogene_proto.names import MOUTH, SAMPLE_RATE


def mouth_errors(material: Material) -> dict[str, float | None]:
    """Mean distance of the mouth's landmarks to the truth, and what part it is of the mean mouth's."""
    points = list(MOUTH)
    missed, mean_missed = [], []
    for one in material.spoken_clips:
        truth = one.clip.neutral[: len(one.landmarks), points]
        mean = (one.clip.rest + material.mean_way)[points]
        missed.append(np.linalg.norm(one.landmarks[:, points] - truth, axis=2).mean(1) * 1000.0)
        mean_missed.append(np.linalg.norm(mean - truth, axis=2).mean(1) * 1000.0)
    error = float(np.concatenate(missed).mean())
    return {"mouth_error_mm": error, "mouth_error_to_mean": error / float(np.concatenate(mean_missed).mean())}


def contacts_and_pauses(material: Material) -> dict[str, float | None]:
    """The same as is measured on recordings of people, here with true phones, and for the true motion beside it."""
    clips = material.spoken_clips
    truth = tuple(SpokenClip(one.clip, one.clip.neutral[: len(one.landmarks)]) for one in clips)
    still, speaking = _speeds(clips, mouth.SETTLE_SECONDS)
    true_still, true_speaking = _speeds(truth, mouth.SETTLE_SECONDS)
    return {
        "synthetic_closure": _closure(clips),
        "synthetic_closure_truth": _closure(truth),
        "synthetic_false_closure": _false_closure(clips),
        "synthetic_false_closure_truth": _false_closure(truth),
        "synthetic_labiodental": _labiodental(clips),
        "synthetic_labiodental_truth": _labiodental(truth),
        "synthetic_pause_motion": percent_of(still, speaking),
        "synthetic_pause_motion_truth": percent_of(true_still, true_speaking),
        "synthetic_pause_motion_whole_truth": percent_of(_speeds(truth, 0.0)[0], true_speaking),
        "mouth_activity": percent_of(speaking, true_speaking),
    }


def _closure(clips: tuple[SpokenClip, ...]) -> float | None:
    return percent(np.concatenate([mouth.closures(mouth.lip_gap(c.landmarks), c.clip.phones) for c in clips]))


def _false_closure(clips: tuple[SpokenClip, ...]) -> float | None:
    return percent(np.concatenate([mouth.falsely_closed(mouth.lip_gap(c.landmarks), c.clip.phones) for c in clips]))


def _labiodental(clips: tuple[SpokenClip, ...]) -> float | None:
    touch = [mouth.teeth_contacts(lip_contacts(c.landmarks, c.clip.rest)[:, TEETH], c.clip.phones) for c in clips]
    return percent(np.concatenate(touch))


def _speeds(clips: tuple[SpokenClip, ...], settle_seconds: float) -> tuple[np.ndarray, np.ndarray]:
    parts = [
        mouth.pause_and_speech(mouth.mouth_speed(c.landmarks), _pauses(c.clip), settle_seconds)
        for c in clips
        if c.clip.phones
    ]
    if not parts:
        return np.zeros(0), np.zeros(0)
    still, speaking = zip(*parts, strict=True)
    return np.concatenate(still), np.concatenate(speaking)


def _pauses(clip: LandmarkClip) -> list[tuple[float, float]]:
    return mouth.pauses(clip.phones, len(clip.audio) / SAMPLE_RATE)

"""Figures on recordings of people: no true motion is known, but when each sound is spoken."""

import numpy as np

from emogene.corpus.phones import PHONES, SILENCE
from emogene.evaluation import mouth
from emogene.evaluation.figures import percent, percent_of
from emogene.evaluation.material import Material
from emogene.evaluation.performers import spoken
from emogene.motion.lip_contacts import TEETH, lip_contacts
from emogene.training.speech_encoder import VISEMES, phone_labels, viseme_of_phone

FAST = 1.3
"""How much faster recordings are played for `fast_closure`."""


def lips(material: Material) -> dict[str, float | None]:
    """When lips close, and when they should not have."""
    closed, late, first_late, wrong, touch = [], [], [], [], []
    for one in material.spoken_recordings:
        gap, phones = mouth.lip_gap(one.landmarks), one.recording.phones
        closed.append(mouth.closures(gap, phones))
        late.append(mouth.lags(gap, phones))
        first_late.append(mouth.lags(gap, phones, plateau_mm=0.0))
        wrong.append(mouth.falsely_closed(gap, phones))
        touch.append(mouth.teeth_contacts(lip_contacts(one.landmarks, material.actor.rest)[:, TEETH], phones))
    lag = _median_ms(np.concatenate(late))
    return {
        "bilabial_closure": percent(np.concatenate(closed)),
        "bilabial_lag_ms": None if lag is None else abs(lag),
        "bilabial_lag_signed_ms": lag,
        "bilabial_lag_lowest_frame_ms": _median_ms(np.concatenate(first_late)),
        "false_closure": percent(np.concatenate(wrong)),
        "labiodental_contact": percent(np.concatenate(touch)),
    }


def silence(material: Material) -> dict[str, float | None]:
    """How much of the mouth's motion in speech goes on in pauses, and in recordings without words."""
    readings: dict[str, list[np.ndarray]] = {
        name: [] for name in ("pause_motion", "pause_motion_whole", "pause_motion_by_alignment", "pause_motion_literal")
    }
    speaking = []
    for one in material.spoken_recordings:
        speed = mouth.mouth_speed(one.landmarks)
        phones, seconds = one.recording.phones, one.recording.seconds
        quiet = mouth.pauses(phones, seconds, mouth.audible(one.recording.audio))
        aligned = mouth.pauses(phones, seconds)
        speaking.append(mouth.pause_and_speech(speed, quiet)[1])
        readings["pause_motion"].append(mouth.pause_and_speech(speed, quiet)[0])
        readings["pause_motion_whole"].append(mouth.pause_and_speech(speed, quiet, settle_seconds=0.0)[0])
        readings["pause_motion_by_alignment"].append(mouth.pause_and_speech(speed, aligned)[0])
        readings["pause_motion_literal"].append(mouth.pause_and_speech(speed, aligned, settle_seconds=0.0)[0])
    wordless = [mouth.mouth_speed(spoken(material.actor, r.audio)) for r in material.human.wordless]
    spoken_speed = np.concatenate(speaking)
    values = {name: percent_of(np.concatenate(speeds), spoken_speed) for name, speeds in readings.items()}
    counted = mouth.FRAME_SECONDS * sum(len(part) for part in readings["pause_motion"])
    still = percent_of(np.concatenate([np.zeros(0), *wordless]), spoken_speed)
    return values | {"pause_seconds": counted, "wordless_motion": still}


def fast_lips(material: Material) -> dict[str, float | None]:
    """Do lips close in recordings that are played faster?"""
    fast = [recording.played_faster(FAST) for recording in material.human.aligned]
    closed = [mouth.closures(mouth.lip_gap(spoken(material.actor, r.audio)), r.phones) for r in fast]
    return {"fast_closure": percent(np.concatenate(closed))}


def visemes(material: Material) -> dict[str, float | None]:
    """In how many frames with a sound the built-in encoder hears one that looks the same; None for other encoders."""
    if material.actor.features_needed.kind != "built-in":
        return {"viseme_accuracy": None}
    encoder = material.actor.speech_encoder
    groups = viseme_of_phone()
    member = np.eye(len(VISEMES))[[groups[PHONES.index(phone)] for phone in encoder.phones]]
    right = []
    for recording in material.human.aligned:
        posteriors = encoder.posteriors(recording.audio)
        labels = phone_labels(recording.phones, len(posteriors))
        sounding = labels != PHONES.index(SILENCE)
        right.append(((posteriors @ member).argmax(1) == groups[labels])[sounding])
    return {"viseme_accuracy": percent(np.concatenate(right))}


def _median_ms(seconds: np.ndarray) -> float | None:
    return 1000.0 * float(np.median(seconds)) if len(seconds) else None

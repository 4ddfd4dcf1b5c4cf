"""Phones move the mouth as they must, whoever speaks and whatever they feel."""

import numpy as np
import pytest

from emogene.corpus.expressions import emotion_style, speak_with_emotion
from emogene.corpus.mouth_contacts import LOWER_INNER, UPPER_INNER
from emogene.corpus.phones import PhoneSpan
from emogene.corpus.visemes import CONTROL_NAMES, articulate, frame_count
from emogene_proto.names import EMOTIONS, MODEL_FPS

LOUD = np.full(16000, 0.1, np.float32)


def weights_of(emotion: str, frames: int) -> np.ndarray:
    weights = np.zeros((frames, len(EMOTIONS)))
    weights[:, EMOTIONS.index(emotion)] = 1.0
    return weights


def openings(landmarks: np.ndarray) -> np.ndarray:
    """(T,) millimetres between the inner lips, the widest of three places."""
    return (landmarks[:, UPPER_INNER, 1] - landmarks[:, LOWER_INNER, 1]).max(axis=1) * 1000


def word(*symbols: str, length: float = 0.12) -> list[PhoneSpan]:
    """Phones of equal length in the middle of a second."""
    start = 0.5 - len(symbols) * length / 2
    spans = [PhoneSpan(s, start + k * length, start + (k + 1) * length) for k, s in enumerate(symbols)]
    return [PhoneSpan("sil", 0.0, start), *spans, PhoneSpan("sil", spans[-1].end, 1.0)]


def control(phones: list[PhoneSpan], name: str) -> np.ndarray:
    return articulate(phones, LOUD).controls[:, CONTROL_NAMES.index(name)]


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_bilabial_closes_the_lips(model, contacts, plosives, people, emotion):
    motion = articulate(plosives.phones, plosives.audio)
    style = emotion_style(model.expression_names)
    expressions = speak_with_emotion(motion, weights_of(emotion, len(motion.lips)), style, contacts)
    bilabials = [p for p in plosives.phones if p.symbol in ("p", "b", "m")]
    assert len(bilabials) >= 8
    for person in people:
        opening = openings(model.landmarks(person, expressions))
        limit = 0.1 * np.percentile(opening, 95)
        for p in bilabials:
            held = p.end - p.start if p.symbol == "m" else 0.68 * (p.end - p.start)
            middle = (p.start + held / 2) * MODEL_FPS
            shown = opening[[int(np.floor(middle)), min(int(np.ceil(middle)), len(opening) - 1)]]
            assert shown.min() < limit, (emotion, p)


@pytest.mark.parametrize("length", [0.03, 0.06, 0.1])
@pytest.mark.parametrize("shift", np.arange(0.0, 0.04, 0.008))
def test_even_a_short_closure_shows_in_a_frame(model, contacts, length, shift):
    start = 0.4 + shift
    phones = [PhoneSpan("aa", 0.0, start), PhoneSpan("b", start, start + length), PhoneSpan("aa", start + length, 1.0)]
    motion = articulate(phones, LOUD)
    style = emotion_style(model.expression_names)
    expressions = speak_with_emotion(motion, weights_of("neutral", 25), style, contacts)
    opening = contacts.openings(expressions) * 1000
    assert opening.min() < 0.0
    assert opening[:5].min() > 5.0


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_f_and_v_bring_the_lower_lip_to_the_upper_teeth(model, contacts, plosives, emotion):
    motion = articulate(plosives.phones, plosives.audio)
    style = emotion_style(model.expression_names)
    expressions = speak_with_emotion(motion, weights_of(emotion, len(motion.lips)), style, contacts)
    covers = contacts.covers(expressions) * 1000
    for p in plosives.phones:
        if p.symbol in ("f", "v"):
            frame = round((p.start + p.end) / 2 * MODEL_FPS)
            # In "five big" the lips close over a very short v.
            assert motion.lips[frame] > 0.9 or 0.5 < covers[frame] < 4.0


def test_open_vowels_open_more_than_close_ones():
    jaw = {vowel: control(word("t", vowel, "t"), "jaw")[12] for vowel in ("aa", "ae", "ih", "iy", "uw")}
    assert jaw["aa"] > jaw["ae"] > jaw["ih"] > jaw["iy"]
    assert jaw["aa"] > 3 * jaw["uw"]


def test_rounding_is_anticipated_through_a_consonant():
    before_round, before_spread = (control(word("s", "t", vowel), "pucker") for vowel in ("uw", "iy"))
    during_t = round(0.5 * MODEL_FPS)
    assert before_round[during_t] > 0.15
    assert before_spread[during_t] < 0.05


def test_fast_vowels_fall_short_but_closures_do_not():
    slow, fast = word("b", "aa", "b", length=0.2), word("b", "aa", "b", length=0.06)
    assert control(fast, "jaw").max() < 0.85 * control(slow, "jaw").max()
    assert articulate(fast, LOUD).lips.max() == articulate(slow, LOUD).lips.max() == 1.0


def test_tongue_goes_where_the_phone_is_made():
    assert control(word("aa", "t", "aa"), "tip")[12] > 0.6
    assert control(word("aa", "th", "aa"), "out")[12] > 0.5
    assert control(word("aa", "k", "aa"), "back")[12] > 0.6
    assert control(word("aa", "p", "aa"), "tip")[12] < 0.1


def test_loud_speech_opens_the_mouth_wider():
    phones = word("t", "aa", "t", length=0.2)
    whisper = LOUD.copy()
    whisper[5000:11000] *= 0.05
    whisper[:4000] *= 3.0
    quiet = articulate(phones, whisper).controls[:, 0].max()
    assert quiet < 0.9 * articulate(phones, LOUD).controls[:, 0].max()


def test_silence_rests():
    motion = articulate([PhoneSpan("sil", 0.0, 1.0)], np.zeros(16000, np.float32))
    assert not motion.controls.any()
    assert not motion.lips.any()


def test_frames_cover_the_audio():
    assert [frame_count(s) for s in (0.04, 0.05, 1.0, 1.001)] == [1, 2, 25, 26]

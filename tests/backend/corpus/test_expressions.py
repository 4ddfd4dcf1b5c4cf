"""Emotions can be told from landmarks, grow with intensity, and leave neutral speech alone."""

import numpy as np
import pytest

from emogene.corpus.expressions import EMOTION_SHAPES, emotion_style, speak_with_emotion
from emogene.corpus.phones import PhoneSpan
from emogene.corpus.visemes import articulate
from emogene.motion.lip_contacts import LIPS, lip_contacts
from emogene_proto.names import EMOTIONS

FEELINGS = EMOTIONS[1:]
UPPER_LIDS, LOWER_LIDS = ([37, 38], [43, 44]), ([41, 40], [47, 46])
BROWS_AND_LIDS = [*range(17, 27), 37, 38, 40, 41, 43, 44, 46, 47]
UPPER_LIP = [61, 62, 63]


@pytest.fixture(scope="module")
def faces(model, contacts):
    """At rest: emotion and intensity to (68, 3) landmarks in millimetres of the generic face."""
    motion = articulate([PhoneSpan("sil", 0.0, 0.2)], np.zeros(3200, np.float32))
    style = emotion_style(model.expression_names)

    def face(emotion: str, intensity: float) -> np.ndarray:
        weights = np.zeros((len(motion.lips), len(EMOTIONS)))
        weights[:, EMOTIONS.index(emotion)] = intensity
        weights[:, 0] += 1.0 - intensity
        return model.landmarks(np.zeros(100), speak_with_emotion(motion, weights, style, contacts))[0] * 1000

    return face


def test_the_table_names_shapes_of_the_model(model):
    for shapes in EMOTION_SHAPES.values():
        for name in shapes:
            assert name in model.expression_names or f"{name}_L" in model.expression_names


def test_emotions_lie_apart(faces):
    for i, one in enumerate(FEELINGS):
        for other in FEELINGS[i + 1 :]:
            furthest = np.linalg.norm(faces(one, 1.0) - faces(other, 1.0), axis=1).max()
            assert furthest > 4.0, (one, other)


@pytest.mark.parametrize("emotion", FEELINGS)
def test_intensity_is_continuous(faces, emotion):
    away = [np.linalg.norm(faces(emotion, k) - faces("neutral", 1.0), axis=1).mean() for k in (0.0, 1 / 3, 2 / 3, 1.0)]
    assert away[0] == 0.0
    assert np.diff(away).min() > 0.2


@pytest.mark.parametrize("emotion", FEELINGS)
def test_a_third_of_a_feeling_can_be_seen(faces, emotion):
    third, two_thirds, full = (faces(emotion, k) - faces("neutral", 1.0) for k in (1 / 3, 2 / 3, 1.0))
    size = np.linalg.norm(full)
    assert 0.4 < np.linalg.norm(third) / size < 0.5
    assert 0.7 < np.linalg.norm(two_thirds) / size < 0.85


def test_emotions_look_as_their_action_units_say(faces):
    neutral = faces("neutral", 1.0)
    corners, brow_inner, brow_outer = [48, 54], [21, 22], [17, 26]

    def raised(emotion, points):
        return float((faces(emotion, 1.0) - neutral)[points, 1].mean())

    assert raised("happy", corners) > 4.0
    assert raised("sad", corners) < -3.0
    assert raised("angry", brow_inner) < -2.0
    assert raised("surprised", brow_outer) > 3.0
    assert raised("sad", brow_inner) > raised("sad", brow_outer) + 2.0
    contempt = faces("contempt", 1.0) - neutral
    assert abs(contempt[54, 1] - contempt[48, 1]) > 4.0


@pytest.mark.parametrize("emotion", FEELINGS)
def test_both_eyes_stay_open_enough_to_see_the_iris(faces, emotion):
    def openings(face):
        return np.array([(face[up, 1] - face[low, 1]).mean() for up, low in zip(UPPER_LIDS, LOWER_LIDS, strict=True)])

    assert (openings(faces(emotion, 1.0)) > 0.6 * openings(faces("neutral", 1.0))).all()


@pytest.mark.parametrize("emotion", FEELINGS)
def test_the_brows_never_join(faces, emotion):
    def between(face):
        return face[22, 0] - face[21, 0]

    assert between(faces(emotion, 1.0)) > 0.7 * between(faces("neutral", 1.0))


@pytest.fixture(scope="module")
def acted(model, contacts, plosives):
    """Motion of a sentence full of p b m f v, its neutral landmarks, and those felt at intensity 1; metres."""
    motion = articulate(plosives.phones, plosives.audio)
    style = emotion_style(model.expression_names)
    felt = [
        model.landmarks(np.zeros(100), speak_with_emotion(motion, np.tile(row, (len(motion.lips), 1)), style, contacts))
        for row in np.eye(len(EMOTIONS))
    ]
    return motion, felt[0], dict(zip(FEELINGS, felt[1:], strict=True))


@pytest.mark.parametrize("emotion", FEELINGS)
def test_lips_that_close_in_neutral_close_in_every_emotion(model, acted, emotion):
    motion, neutral, felt = acted
    rest = model.landmarks(np.zeros(100), np.zeros((1, len(model.expression_names))))[0]
    closed = (lip_contacts(neutral, rest)[:, LIPS] > 0.5) & (motion.lips > 0.9)
    assert closed.sum() > 20
    assert (lip_contacts(felt[emotion], rest)[closed, LIPS] > 0.5).all()


@pytest.mark.parametrize("emotion", FEELINGS)
def test_f_and_v_show_at_the_teeth_in_every_emotion(contacts, acted, emotion):
    motion, neutral, felt = acted
    at_teeth = (motion.teeth > 0.95) & (motion.lips < 0.05)
    assert at_teeth.any()
    lower = (felt[emotion] - neutral)[at_teeth][:, [65, 66, 67], 1].mean(axis=1)
    upper = (felt[emotion] - neutral)[at_teeth][:, UPPER_LIP, 1].mean(axis=1)
    assert lower.min() > -0.0005
    assert upper.min() > -0.0005


@pytest.mark.parametrize("emotion", FEELINGS)
def test_brows_and_lids_do_not_twitch_with_the_phones(acted, emotion):
    _, _, felt = acted
    assert np.ptp(felt[emotion][:, BROWS_AND_LIDS], axis=0).max() < 0.0005


@pytest.mark.parametrize("emotion", FEELINGS)
def test_phones_stay_readable_in_every_emotion(acted, emotion):
    _, neutral, felt = acted
    spoken, gap = ((face[:, 62, 1] - face[:, 66, 1]) for face in (neutral, felt[emotion]))
    assert np.corrcoef(spoken, gap)[0, 1] > 0.88
    assert np.percentile(gap, 95) > 0.8 * np.percentile(spoken, 95)


def test_only_neutral_is_exactly_the_speech_alone(model, contacts, plosives):
    motion = articulate(plosives.phones, plosives.audio)
    weights = np.zeros((len(motion.lips), len(EMOTIONS)))
    weights[:, 0] = 1.0
    silent = weights.copy()
    weights[40:60, 0], weights[40:60, 3] = 0.3, 0.7
    style = emotion_style(model.expression_names, np.random.default_rng(0))
    felt = speak_with_emotion(motion, weights, style, contacts)
    spoken = speak_with_emotion(motion, silent, style, contacts)
    changed = np.abs(felt - spoken).max(axis=1) > 0
    assert changed[40:60].all()
    assert not changed[:40].any()
    assert not changed[60:].any()


def test_people_differ_in_how_they_show_it(model):
    one, other = (emotion_style(model.expression_names, np.random.default_rng(k)).shapes for k in (1, 2))
    assert not np.array_equal(one, other)
    assert not one[0].any()

"""Emotions can be told from landmarks, grow with intensity, and leave neutral speech alone."""

import numpy as np
import pytest

from emogene.corpus.expressions import EMOTION_SHAPES, emotion_style, speak_with_emotion
from emogene.corpus.phones import PhoneSpan
from emogene.corpus.visemes import articulate
from emogene_proto.names import EMOTIONS

FEELINGS = EMOTIONS[1:]


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

"""What an artist sets holds: lips close at every size and rate, pauses are silent, and nothing else is touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_actor import tiny_face

from emogene.motion.articulation import MET, OTHER_POINTS, SPEAKING_POINTS, SPOKEN, articulate, contacts_held
from emogene.motion.audio2motion import NeutralMotion
from emogene.motion.lips import CLOSING, DEEPEST, gaps
from emogene.resample import frame_count, frame_times, resample_curves
from emogene_proto.shot import Speaking

REST = tiny_face().rest
RATES = (23.976, 24.0, 25.0, 30.0, 60.0)
ALL_SPEECH = np.array([[0.0, 1e9]])
PLAIN = Speaking(smoothing=0.0, lip_closure=0.0)


def babble(frames: int, closed: tuple[int, ...] = (), seed: int = 0) -> NeutralMotion:
    """A mouth that opens to 9 mm and shuts at random under a face that trembles; contacts are told, not shown."""
    random = np.random.default_rng(seed)
    height = np.convolve(random.uniform(0.0, 0.009, frames + 4), np.ones(5) / 5, "valid")
    face = REST - (np.tile(height[:, None], (1, 3)) @ CLOSING).reshape(-1, 68, 3)
    face += random.normal(0.0, 1e-4, face.shape)
    contacts = np.zeros((frames, 2), np.float32)
    contacts[list(closed), 0] = 0.9
    return NeutralMotion(face.astype(np.float32), contacts)


def speed(landmarks: np.ndarray) -> np.ndarray:
    """(T - 1,) mean way of the mouth's points from frame to frame, metres."""
    return np.linalg.norm(np.diff(landmarks[:, 48:], axis=0), axis=-1).mean(1)


@settings(max_examples=40, deadline=None)
@given(
    amplitude=st.floats(0.0, 3.0),
    style=st.floats(0.3, 2.0),
    fps=st.sampled_from(RATES),
    closed=st.lists(st.integers(3, 90), min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
def test_lips_meet_at_every_size_and_rate(amplitude, style, fps, closed, seed):
    motion = babble(100, tuple(closed), seed)
    spoken = articulate(motion, ALL_SPEECH, REST, Speaking(amplitude=amplitude), style)
    over_rest = gaps(spoken) - gaps(REST)
    assert over_rest[closed].max() < 1e-5
    assert over_rest.min() >= min(DEEPEST, (gaps(motion.landmarks) - gaps(REST)).min()) - 1e-5, "through each other"
    shown = resample_curves(spoken, 25, frame_times(frame_count(4.0, fps), fps))
    times = np.arange(len(shown)) / fps
    for frame in closed:
        near = np.abs(times - frame / 25) <= 0.042
        # Less than 15 % of the largest opening counts as closed; a picture falls at most 1 ms beside two model frames.
        assert (gaps(shown[near]) - gaps(REST)).mean(1).min() < 0.0005


def test_as_the_model_has_it_where_nothing_is_asked_for():
    motion = babble(60, (30,))
    assert np.array_equal(articulate(motion, ALL_SPEECH, REST, PLAIN), motion.landmarks)


def test_the_model_is_not_changed_and_an_empty_one_gives_nothing():
    motion = babble(60, (30,))
    before = motion.landmarks.copy()
    articulate(motion, np.zeros((0, 2)), REST, Speaking(2.0))
    assert np.array_equal(motion.landmarks, before)
    nothing = NeutralMotion(motion.landmarks[:0], motion.contacts[:0])
    assert articulate(nothing, np.zeros((0, 2)), REST, Speaking()).shape == (0, 68, 3)


def test_closure_at_two_takes_doubtful_contacts_and_at_half_goes_half_the_way():
    motion = babble(60)
    motion.contacts[30] = 0.2, 0.0
    sure, doubtful = (articulate(motion, ALL_SPEECH, REST, Speaking(smoothing=0.0, lip_closure=c)) for c in (1.0, 2.0))
    assert np.array_equal(sure, motion.landmarks)
    assert (gaps(doubtful[30]) < gaps(REST)).all()
    motion.contacts[30] = 0.9, 0.0
    none, half, full = (
        gaps(articulate(motion, ALL_SPEECH, REST, Speaking(smoothing=0.0, lip_closure=c)))[30] for c in (0.0, 0.5, 1.0)
    )
    assert np.allclose(half, (none + full) / 2, atol=1e-6)


def test_a_pause_is_still_and_closed():
    motion = babble(150)
    spoken = articulate(motion, np.array([[1.0, 2.0], [3.0, 4.0]]), REST, Speaking())
    times = np.arange(149) / 25
    resting = ((times >= 2.03) & (times < 2.9)) | (times < 0.9) | (times >= 4.03)
    assert speed(spoken)[resting].max() < 1e-9
    within = ((times >= 2.0) & (times < 2.96)) | (times < 0.96) | (times >= 4.0)
    assert speed(spoken)[within].mean() < 0.03 * speed(spoken)[~within].mean()
    assert np.array_equal(spoken[55:70][:, SPEAKING_POINTS], np.tile(REST[SPEAKING_POINTS], (15, 1, 1)))


def test_contacts_are_not_pressed_where_nobody_speaks():
    motion = babble(50, tuple(range(50)))
    assert np.allclose(articulate(motion, np.zeros((0, 2)), REST, Speaking())[:, 48:], REST[48:], atol=1e-7)


def test_lips_are_held_where_they_meet_and_somebody_speaks():
    motion = babble(100, (20, 21, 22, 80))
    spans = np.array([[0.0, 2.0]])
    held = contacts_held(motion, spans, Speaking())
    met, spoken = held[:, MET], held[:, SPOKEN]
    assert (met[20:23] == 1.0).all() and 0.0 < met[19] < 1.0 and not met[[18, 25, 80]].any()
    assert (spoken[:45] == 1.0).all() and not spoken[60:].any()
    assert np.allclose(contacts_held(motion, spans, Speaking(lip_closure=0.5)), held / 2)
    assert not contacts_held(motion, spans, Speaking(lip_closure=0.0)).any()


def test_a_mouth_that_hardly_moves_is_held_by_its_sounds_alone():
    motion, spans = babble(100, (20, 21)), np.array([[0.0, 4.0]])
    whole = contacts_held(motion, spans, Speaking())
    for amplitude, style in ((0.0, 1.0), (0.1, 1.0), (0.2, 0.5)):
        held = contacts_held(motion, spans, Speaking(amplitude=amplitude), style)
        assert np.array_equal(held[:, MET], whole[:, MET])
        assert np.allclose(held[:, SPOKEN], whole[:, SPOKEN] * amplitude * style * 4.0)


def test_smoothing_calms_the_face_and_keeps_the_mouths_bytes():
    motion = babble(100)
    raw, calm = (articulate(motion, ALL_SPEECH, REST, Speaking(smoothing=s, lip_closure=0.0)) for s in (0.0, 0.2))
    assert np.array_equal(raw[:, SPEAKING_POINTS], calm[:, SPEAKING_POINTS])
    assert np.diff(calm[:, OTHER_POINTS], axis=0).std() < 0.2 * np.diff(raw[:, OTHER_POINTS], axis=0).std()


def test_smoothing_does_not_shift_time():
    motion = babble(101)
    motion.landmarks[:] = REST
    motion.landmarks[50, 19, 1] += 0.005
    raised = articulate(motion, ALL_SPEECH, REST, Speaking(smoothing=0.1))[:, 19, 1] - REST[19, 1]
    assert raised.argmax() == 50 and np.allclose(raised, raised[::-1], atol=1e-7)


def test_the_actors_style_moves_the_whole_face_and_amplitude_the_mouth_only():
    motion = babble(40)
    moved = motion.landmarks - REST
    style = articulate(motion, ALL_SPEECH, REST, PLAIN, 1.5) - REST
    assert np.allclose(style[:, OTHER_POINTS], 1.5 * moved[:, OTHER_POINTS], atol=1e-6)
    larger = articulate(motion, ALL_SPEECH, REST, Speaking(1.5, smoothing=0.0, lip_closure=0.0)) - REST
    assert np.array_equal(larger[:, OTHER_POINTS], motion.landmarks[:, OTHER_POINTS] - REST[OTHER_POINTS])
    assert np.allclose(larger[:, 48], 1.5 * moved[:, 48], atol=1e-6)


@pytest.mark.parametrize("amplitude", [0.5, 1.0, 2.0])
def test_closing_and_opening_do_not_jump(amplitude):
    """From 9 mm open to closed in two frames: at most two thirds of the way in one."""
    motion = babble(60, (30,))
    motion.landmarks[:] = REST - (np.full(3, 0.009, np.float32) @ CLOSING).reshape(68, 3)
    spoken = articulate(motion, ALL_SPEECH, REST, Speaking(amplitude, smoothing=0.0))
    way = np.linalg.norm(np.diff(spoken, axis=0), axis=-1).max()
    assert way < 0.0105 * amplitude * 2 / 3 + 0.001
    assert np.array_equal(spoken[:28], np.repeat(spoken[:1], 28, 0))


def test_a_piece_moves_as_it_does_in_the_whole():
    motion = babble(400, (50, 120, 190, 260, 330))
    spans = np.array([[0.5, 7.0], [8.0, 15.0]])
    whole = articulate(motion, spans, REST, Speaking(smoothing=0.04))
    piece = articulate(
        NeutralMotion(motion.landmarks[100:300], motion.contacts[100:300]), spans - 4.0, REST, Speaking()
    )
    np.testing.assert_allclose(piece[10:-10], whole[110:290], atol=1e-7)

"""The mouth speaks with the voice and rests without it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emogene.motion.silence import speech_envelope


def spans(*edges: float) -> np.ndarray:
    return np.array(edges).reshape(-1, 2)


def test_speech_is_left_alone_and_a_long_pause_is_still():
    envelope = speech_envelope(125, spans(1.0, 2.0, 3.0, 4.0))
    t = np.arange(125) / 25
    assert (envelope[((t >= 1.07) & (t <= 1.91)) | ((t >= 3.07) & (t <= 3.91))] == 1.0).all()
    assert (envelope[(t < 0.94) | ((t >= 2.03) & (t < 2.94)) | (t >= 4.03)] == 0.0).all()


def test_the_sound_may_begin_and_end_at_once():
    assert (speech_envelope(50, spans(0.1, 1.9)) == 1.0).all()


def test_in_a_short_pause_the_mouth_comes_half_to_rest():
    envelope = speech_envelope(50, spans(0.0, 1.0, 1.05, 2.0))
    assert 0.1 < envelope.min() < 0.6 and envelope.argmin() in (25, 26)


def test_without_a_voice_the_mouth_rests():
    assert (speech_envelope(30, np.zeros((0, 2))) == 0.0).all()
    assert len(speech_envelope(0, np.zeros((0, 2)))) == 0


@given(st.lists(st.floats(0.01, 2.0), max_size=12))
def test_it_comes_and_goes_without_a_jump(lengths):
    edges = np.cumsum(lengths)[: len(lengths) // 2 * 2]
    envelope = speech_envelope(300, edges.reshape(-1, 2))
    assert envelope.dtype == np.float32 and envelope.min() >= 0.0 and envelope.max() <= 1.0
    # A frame is a third of the way from speech to rest; two pauses around a very short word may add up.
    assert np.abs(np.diff(envelope)).max() < 0.75

"""The face at rest is found where nobody speaks and the lips are closed."""

import numpy as np
import pytest
from tracked_person import LOWER_LIP, face

from emogene.audio.voice_activity import Span
from emogene.corpus.even_track import EvenTrack
from emogene.corpus.rest_face import find_rest, rest_between
from emogene_proto.errors import CorpusError

REST = face()[:68]


def stretch(gaps: np.ndarray, smile: np.ndarray | None = None) -> EvenTrack:
    landmarks = np.tile(REST, (len(gaps), 1, 1))
    landmarks[:, LOWER_LIP, 1] -= gaps[:, None]
    if smile is not None:
        landmarks[:, 48, 0] -= smile
    return EvenTrack(np.arange(len(gaps)), landmarks.astype(np.float32), np.tile(np.eye(4), (len(gaps), 1, 1)))


def test_silence_with_closed_lips_is_rest():
    gaps = np.r_[np.full(50, 0.0005), 0.004 + 0.004 * np.sin(np.arange(200))]
    rest = find_rest([stretch(gaps)], [Span(2.0, 10.0)])
    assert rest.gap == pytest.approx(0.0005, abs=1e-6)
    assert rest.source == "in silence"


def test_closures_within_speech_are_not_rest():
    gaps = np.r_[np.full(40, 0.001), np.full(200, -0.002)]
    assert find_rest([stretch(gaps)], [Span(40 / 25, 99.0)]).gap == pytest.approx(0.001, abs=1e-6)


def test_a_smile_in_some_of_the_silence_is_not_rest():
    smile = np.r_[np.zeros(60), np.full(40, 0.006)]
    rest = find_rest([stretch(np.zeros(100), smile)], [])
    assert np.allclose(rest.landmarks, REST, atol=1e-6)


def test_a_mouth_that_is_hardly_ever_closed_still_rests_closed():
    gaps = np.r_[np.full(20, 0.0003), np.full(180, 0.015)]
    assert find_rest([stretch(gaps)], []).gap < 0.001


def test_without_silence_the_most_closed_frames_are_taken_and_told():
    gaps = 0.004 + 0.004 * np.sin(np.arange(250) / 3)
    rest = find_rest([stretch(gaps)], [Span(0.0, 10.0)])
    assert rest.gap < 0.0008
    assert "no silence" in rest.source


def test_a_named_moment_is_rest():
    gaps = np.where(np.arange(100) < 50, 0.0, 0.002)
    assert rest_between([stretch(gaps)], 2.0, 4.0).gap == pytest.approx(0.002, abs=1e-6)
    with pytest.raises(CorpusError, match="No face was tracked from 8 to 9 s"):
        rest_between([stretch(gaps)], 8.0, 9.0)


def test_no_stretch_is_told():
    with pytest.raises(CorpusError, match="No steady face"):
        find_rest([], [])

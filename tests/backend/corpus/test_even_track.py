"""Stretches of 25 frames per second, their clips and splits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracked_person import EYE_DISTANCE_MM, gap_at, person

from emogene.corpus.even_track import cut_evenly, even_tracks, splits_of
from emogene.corpus.head_alignment import align_head
from emogene.corpus.mesh_landmarks import STABLE_ROWS
from emogene.corpus.rest_face import lip_gap


@pytest.mark.parametrize("fps", [23.976, 25, 29.97, 60])
def test_lips_move_when_they_moved(fps):
    times = 0.013 + np.arange(0, 5, 1 / fps)
    track = align_head(person(times).seen, STABLE_ROWS, EYE_DISTANCE_MM)
    (even,) = even_tracks(times, track, np.full(68, 1e-5), np.zeros(len(times) - 1, bool), 0.0, 99.0)
    assert np.abs(lip_gap(even.landmarks) - gap_at(even.numbers / 25)).max() < 4e-4
    assert even.numbers[0] == 1


def test_frames_without_sound_are_left_out():
    times = np.arange(0, 5, 1 / 30)
    track = align_head(person(times).seen, STABLE_ROWS, EYE_DISTANCE_MM)
    (even,) = even_tracks(times, track, np.zeros(68), np.zeros(len(times) - 1, bool), 1.0, 3.0)
    assert (even.numbers[0], even.numbers[-1]) == (25, 74)


def test_poses_turn_about_the_usual_one_and_look_along_blenders_y():
    times = np.arange(0, 5, 1 / 25)
    truth = person(times)
    track = align_head(truth.seen, STABLE_ROWS, EYE_DISTANCE_MM)
    (even,) = even_tracks(times, track, np.zeros(68), np.zeros(len(times) - 1, bool), 0.0, 99.0)
    turns = even.poses[:, :3, :3].astype(np.float64)
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.allclose(turns[50].T @ turns[90], truth.turns[50].T @ truth.turns[90], atol=5e-3)
    assert turns[:, 1, 2].mean() == pytest.approx(-1.0, abs=0.05)


@given(st.integers(0, 3000), st.floats(1.0, 6.0), st.floats(2.0, 4.0))
def test_clips_are_as_long_as_was_asked(frames, shortest, times_longer):
    longest = shortest * times_longer
    parts = cut_evenly(frames, shortest, longest)
    assert bool(parts) == (frames >= shortest * 25)
    for part in parts:
        assert shortest * 25 - 1 <= part.stop - part.start <= longest * 25
    assert [p.start for p in parts[1:]] == [p.stop for p in parts[:-1]]


@given(st.integers(3, 2000))
def test_one_clip_in_ten_is_for_validation_and_none_is_lost_to_tests_of_other_people(count):
    splits = splits_of(count)
    held = max(1, round(count / 10))
    assert splits.count("val") == held and splits.count("train") == count - held
    assert splits[0] == "train"


def test_two_clips_only_train():
    assert splits_of(2) == ["train", "train"]

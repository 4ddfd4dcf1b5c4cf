"""Bad frames, gaps, jumps, shaking, and the way to 25 frames per second."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tracked_person import EYE_DISTANCE_MM, person

from emogene.corpus.head_alignment import AlignedTrack, align_head
from emogene.corpus.mesh_landmarks import STABLE_ROWS
from emogene.corpus.track_cleaning import calm, find_faults, grid, jumps, read_at, runs, shaking

TIMES = np.arange(0, 4, 1 / 30)


@pytest.fixture(scope="module")
def track() -> AlignedTrack:
    return align_head(person(TIMES).seen, STABLE_ROWS, EYE_DISTANCE_MM)


def test_a_good_track_has_no_faults_and_no_jumps(track):
    assert not find_faults(np.ones(len(TIMES), bool), track).any.any()
    assert not jumps(TIMES, track).any()


def test_every_bad_frame_has_one_reason(track):
    eyes, misfit, turns = track.eye_pixels.copy(), track.misfit.copy(), track.rotations.copy()
    eyes[3], misfit[[3, 7]] = 20.0, 0.02
    turns[5] = [[0.5, 0, 0.866], [0, 1, 0], [-0.866, 0, 0.5]]
    found = np.ones(len(TIMES) + 1, bool)
    found[0] = False
    faults = find_faults(found, replace(track, eye_pixels=eyes, misfit=misfit, rotations=turns))
    assert list(faults.counts().values()) == [1, 1, 1, 1]
    assert np.flatnonzero(faults.any).tolist() == [0, 4, 6, 8]


def test_a_cut_is_a_jump(track):
    centres = track.centres.copy()
    centres[60:, 0] += 0.1
    assert np.flatnonzero(jumps(TIMES, replace(track, centres=centres))).tolist() == [59]


def test_short_gaps_are_bridged_and_long_ones_part():
    times = np.delete(TIMES, [*range(20, 24), *range(60, 70)])
    found = runs(times, np.zeros(len(times) - 1, bool))
    assert [(s.start, s.stop) for s in found] == [(0, 56), (56, len(times))]


@given(st.sets(st.integers(0, 300), min_size=2), st.sets(st.integers(0, 300)))
def test_runs_hold_every_frame_once(frames, breaks):
    times = np.array(sorted(frames)) / 30
    cut = np.isin(sorted(frames)[:-1], list(breaks))
    rows = [i for run in runs(times, cut) for i in range(run.start, run.stop)]
    assert rows == list(range(len(times)))


def test_shaking_is_measured_on_what_stands_still():
    rng = np.random.default_rng(0)
    points = rng.normal(0, 0.0003, (300, 68, 3))
    points[100:, 48:, 1] += 0.01 * np.sin(np.arange(200) * 1.5)[:, None]
    assert shaking(points)[:48].mean() == pytest.approx(0.0003, rel=0.15)
    assert shaking(points)[48:].mean() == pytest.approx(0.0003, rel=0.25)


def test_stillness_is_calmed_and_a_fast_closure_kept_in_its_place():
    rng = np.random.default_rng(0)
    times = np.arange(150) / 30
    truth = np.zeros((150, 68, 3))
    truth[50:, 66, 1] = -0.008
    truth[99:101, 66, 1] = 0.0
    seen = truth + rng.normal(0, 0.0002, truth.shape)
    calmed = calm(seen, times, np.full(68, 0.0002))
    assert calmed[3:45].std() < 0.6 * seen[3:45].std()
    assert np.abs(calmed[97:103, 66, 1] - truth[97:103, 66, 1]).max() < 0.0008
    assert int(calmed[60:, 66, 1].argmax()) + 60 in (99, 100)


def test_the_grid_lies_on_the_containers_clock():
    assert grid(0.0, 0.2).tolist() == [0, 1, 2, 3, 4, 5]
    assert grid(1.01, 1.1).tolist() == [26, 27]


@pytest.mark.parametrize("fps", [23.976, 24, 29.97, 30, 50, 60])
def test_any_rate_is_read_at_exact_times(fps):
    times = np.arange(0, 10, 1 / fps)
    read = read_at(np.sin(2 * times)[:, None], times, np.arange(240) / 25)
    assert np.abs(read[:, 0] - np.sin(2 * np.arange(240) / 25)).max() < 0.004


def test_uneven_frames_are_read_at_exact_times():
    times = np.sort(np.random.default_rng(0).uniform(0, 10, 320))
    read = read_at(3 * times[:, None], times, np.arange(10, 240) / 25)
    assert np.allclose(read[:, 0], 3 * np.arange(10, 240) / 25, atol=1e-4)


def test_closed_lips_stay_closed_between_frames():
    gap = np.array([8.0, 8, 0, 0, 0, 8, 8])[:, None]
    assert read_at(gap, np.arange(7) / 30, np.linspace(2, 4, 21) / 30).max() == 0.0

"""Figures of idle: what they say of tracks whose answer is known, and of a real track where there is one."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from emogene.evaluation import idle, idle_boundary, idle_poses
from emogene.evaluation.idle_boundary import WINDOW_SECONDS, Accelerations, in_speech, near_boundaries
from emogene.evaluation.idle_material import LONGER_SECONDS, HeardRecording, with_longer_pauses
from emogene.evaluation.idle_poses import four_numbers, inserted_poses, join_acceleration, pose_speeds
from emogene.evaluation.idle_poses import idle_poses as moved
from emogene.idle.activity import SETTLE_SECONDS
from emogene.idle.head_motion import FADE, HeadMotionBank, build_bank, draw_stretches, drawn_motion, to_poses
from emogene.idle.pose_file import read_pose_track
from emogene.motion.audio2motion import NeutralMotion
from emogene.pipeline import Speech
from emogene.values import Plan

SHARED = Path(os.environ.get("EMOGENE_SHARED", Path(__file__).parents[4] / "shared"))
REAL = SHARED / "data/pose/real_head_poses_25fps.json"


@pytest.fixture(scope="module")
def tracked():
    if not REAL.is_file():
        pytest.skip("the real pose track is not here (set EMOGENE_SHARED)")
    return build_bank([read_pose_track(REAL)])


@dataclass(frozen=True)
class Tracked:
    tracked: HeadMotionBank


def test_speeds_are_the_papers_differences():
    poses = np.tile(np.eye(4), (4, 1, 1))
    poses[:, 0, 3] = [0.0, 1.0, 3.0, 3.0]
    velocity, acceleration = pose_speeds(poses)
    assert list(velocity) == [1.0, 2.0, 0.0] and list(acceleration) == [1.0, 2.0]


def test_every_figure_belongs_to_one_group():
    names = [name for group in idle.GROUPS for name in group.names]
    assert sorted(names) == sorted(idle.FIGURES)


def test_boundaries_are_found_inside_a_recording_only():
    times, spans = np.arange(0.05, 10.0, 0.1), np.array([[0.0, 4.0], [6.0, 10.0]])
    near = times[near_boundaries(times, spans, 10.0)]
    to_edge = np.minimum(np.abs(near - 4.0), np.abs(near - 6.0))
    assert to_edge.max() <= WINDOW_SECONDS and len(near) == round(4 * WINDOW_SECONDS / 0.1)
    assert not near_boundaries(times, np.array([[0.0, 10.0]]), 10.0).any()
    assert in_speech(np.array([1.0, 5.0, 7.0]), spans).tolist() == [True, False, True]


def test_the_window_holds_all_of_the_settling():
    assert WINDOW_SECONDS >= SETTLE_SECONDS


@dataclass(frozen=True)
class Said:
    """Recordings whose plans are known: `made` gives (T, 4, 4) poses and (T, 68, 3) landmarks at times in seconds."""

    recordings: tuple[HeardRecording, ...]
    made: Callable[[np.ndarray, float, str], tuple[np.ndarray, np.ndarray]]

    def planned(self, speech, performance, seed, fps=25.0, emotion="neutral"):
        times = np.arange(round(speech.duration_seconds * fps)) / fps
        poses, landmarks = self.made(times, fps, emotion)
        rest = np.zeros((len(times), 2), np.float32)
        return Plan(landmarks, np.zeros((len(times), 8), np.float32), poses, rest, fps, 0)


def said(made) -> Said:
    motion = NeutralMotion(np.zeros((500, 68, 3), np.float32), np.zeros((500, 2), np.float32))
    return Said((HeardRecording("any", np.zeros(0), Speech(motion, PAUSED, 20.0)),), made)


PAUSED = np.array([[0.0, 8.0], [12.0, 20.0]])


def swaying(times: np.ndarray, fps: float, emotion: str) -> tuple[np.ndarray, np.ndarray]:
    poses = np.tile(np.eye(4), (len(times), 1, 1))
    poses[:, 0, 3] = np.sin(5.0 * times)
    return poses, np.sin(5.0 * times)[:, None, None] * np.ones((68, 3))


def test_motion_that_does_not_care_for_pauses_has_boundaries_like_speech():
    values = idle_boundary.boundaries(said(swaying))
    assert set(values) == set(idle_boundary.NAMES)
    assert values["boundary_acceleration_ratio"] == pytest.approx(1.0, abs=0.03)
    assert values["boundary_largest"] == pytest.approx(1.0, abs=0.05)
    assert values["pause_velocity_ratio"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("of", "at"), [("surprised", (8.3,)), ("neutral", (11.65,))])
def test_a_jerk_while_the_head_settles_is_seen_whatever_is_felt_and_at_any_rate(of, at):
    def jerking(times, fps, emotion):
        poses, landmarks = swaying(times, fps, emotion)
        if fps == 60.0 and emotion == of:
            landmarks[(times > at[0])] += 0.2
        return poses, landmarks

    values = idle_boundary.boundaries(said(jerking))
    assert values["boundary_acceleration_ratio"] == values[f"boundary_ratio_{of}_60"] > 2.0
    others = [values[name] for name in idle_boundary.PLAYED_NAMES if name != f"boundary_ratio_{of}_60"]
    assert max(others) < 1.1 and values["boundary_ratio_pose"] < 1.1


def test_half_the_speed_in_pauses_is_read_as_half():
    def slower(times, fps, emotion):
        poses, landmarks = swaying(times, fps, emotion)
        speed = np.where(in_speech(times, PAUSED), 1.0, 0.5)
        poses[:, 0, 3] = np.cumsum(speed) / fps
        return poses, landmarks

    assert idle_boundary.pause_velocity(said(slower)) == pytest.approx(0.5, abs=0.02)
    without = said(swaying).recordings[0]
    unpaused = replace(without, speech=replace(without.speech, spans=np.array([[0.0, 20.0]])))
    assert idle_boundary.pause_velocity(Said((unpaused,), swaying)) is None


def test_equal_motion_has_ratio_one_and_a_jerk_more():
    random = np.random.default_rng(0)
    calm, jerk = np.abs(random.normal(size=20_000)), np.abs(random.normal(size=20_000)) * 2.0
    assert Accelerations(calm[:10_000], calm[10_000:]).ratio == pytest.approx(1.0, abs=0.1)
    assert Accelerations(jerk, calm).ratio == pytest.approx(2.0, abs=0.2)


def test_longer_pauses_keep_every_sample_of_the_voice():
    audio = np.random.default_rng(0).normal(size=16_000 * 6).astype(np.float32)
    spans = np.array([[0.5, 2.0], [2.2, 4.0], [4.4, 6.0]])
    motion = NeutralMotion(np.zeros((150, 68, 3), np.float32), np.zeros((150, 2), np.float32))
    longer = with_longer_pauses(HeardRecording("any", audio, Speech(motion, spans, 6.0)))
    assert len(longer) == len(audio) + round(16_000 * sum(LONGER_SECONDS[:4]))
    first, cut = round(16_000 * LONGER_SECONDS[0]), round(16_000 * 2.1)
    assert np.array_equal(longer[first : first + cut], audio[:cut])


@pytest.fixture(scope="module")
def wandering():
    """Somebody who turns and nods by some degrees, never twice the same way."""
    motion = np.zeros((6000, 6), np.float32)
    motion[:, :3] = gaussian_filter1d(np.random.default_rng(0).normal(size=(6000, 3)), 8.0, axis=0) * 0.4
    return build_bank([to_poses(part) for part in np.split(motion, 4)])


def test_joins_are_as_smooth_as_what_they_join(wandering):
    assert 0.7 < join_acceleration(wandering) < 1.2


def test_a_jerk_where_stretches_meet_is_seen(wandering, monkeypatch):
    smooth = join_acceleration(wandering)

    def jumping(bank, frames, random):
        stretches = draw_stretches(bank, frames, np.random.default_rng(random.bit_generator.seed_seq.entropy))
        begins = np.cumsum([end - start - FADE for start, end in stretches])[:-1]
        motion = drawn_motion(bank, frames, random)
        motion[begins[begins + FADE // 2 < frames] + FADE // 2] += 0.05
        return motion

    monkeypatch.setattr(idle_poses, "drawn_motion", jumping)
    assert join_acceleration(wandering) > 2.0 * smooth


def test_the_real_head_rests_at_or_below_the_papers_ratios(tracked):
    without = four_numbers(moved(tracked, "none", 0))
    ratios = four_numbers(moved(tracked, "random_length", 0)) / without
    assert (ratios <= list(idle_poses.PAPER.values())).all()


def test_the_real_head_rests_and_moves_instead_of_drifting(tracked):
    """A clock that is slow throughout has the same mean velocity, but no rests: its velocity deviates much less."""
    rested, constant = (four_numbers(make(tracked, "random_length", 0)) for make in (moved, idle_poses.constant_poses))
    assert rested[0] == pytest.approx(constant[0], rel=0.1)
    assert rested[1] > 2.0 * constant[1]
    shares = idle_poses.track(Tracked(tracked))
    assert shares["resting_share"] > 0.6 and shares["moving_share"] > 0.05


@pytest.mark.parametrize("sampling", idle_poses.ABLATIONS[:-1])
def test_with_one_mean_gap_no_sampling_moves_the_head_more_than_another(tracked, sampling):
    ours, other = (
        np.mean([pose_speeds(moved(tracked, one, seed))[0].mean() for seed in range(4)])
        for one in ("random_length", sampling)
    )
    assert other == pytest.approx(ours, rel=0.1)


def test_inserted_copies_stand_still_exactly(tracked):
    still = pose_speeds(inserted_poses(tracked, "random_length", 0))[0] == 0.0
    usual = (tracked.rests.shortest + tracked.rests.longest) / 2
    assert still.mean() == pytest.approx((usual - 1.0) / (usual + tracked.rests.gap), abs=0.05)


def test_the_real_track_is_as_noisy_as_a_tracker_and_not_still(tracked):
    assert 1.0 < 1e6 * idle_poses.still_tolerance(tracked.recordings) < 100.0
    assert 2 <= tracked.rests.shortest < tracked.rests.longest < 50

"""Confidence by view: 1 from where an actor was pictured, falling outwards without steps, told in words."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from tiny_actor import tiny_view_coverage

from emogene.render.neck import TORSO_POSE
from emogene.render.view_confidence import (
    angle_confidence,
    confidence,
    size_confidence,
    views_of,
)
from emogene.render.view_sentences import looked_at, view_sentences
from emogene.values import Camera

COVERAGE = tiny_view_coverage()


def camera(yaw: float = 0.0, pitch: float = 0.0, metres: float = 1.0, focal_mm: float = 85.0) -> Camera:
    """Degrees to the subject's left and up; looks at the head's origin."""
    y, p = np.radians([yaw, pitch])
    backward = np.array([np.sin(y) * np.cos(p), -np.cos(y) * np.cos(p), np.sin(p)])
    right = np.array([np.cos(y), np.sin(y), 0.0])
    matrix = np.eye(4)
    matrix[:3, :4] = np.stack([right, np.cross(backward, right), backward, backward * metres], 1)
    return Camera(matrix, focal_mm, 36.0, 512, 512)


def turned(yaw: float) -> np.ndarray:
    pose = TORSO_POSE.copy()
    pose[:3, :3] = TORSO_POSE[:3, :3] @ Rotation.from_euler("y", yaw, degrees=True).as_matrix()
    return pose


def trust(*cameras: Camera, pose: np.ndarray = TORSO_POSE) -> np.ndarray:
    return confidence(COVERAGE, views_of(np.tile(pose, (len(cameras), 1, 1)), cameras))


def test_angles_are_those_of_the_camera_seen_from_the_head():
    views = views_of(turned(20.0)[None], [camera(50.0, 10.0)])
    assert views.head[0] == pytest.approx([30.0, 10.0], abs=0.1)
    assert views.torso[0] == pytest.approx([50.0, 10.0], abs=0.1)
    assert views.metres[0] == pytest.approx(1.0) and views.pixels[0] == pytest.approx(85 / 36 * 512)


def test_pictured_views_are_trusted_and_the_back_of_the_head_is_not():
    assert trust(camera(), camera(20.0), camera(-20.0, 8.0)) == pytest.approx(1.0)
    assert trust(camera(120.0), camera(180.0), camera(0.0, 89.0)).max() == 0.0


@pytest.mark.parametrize("pitch", [-20.0, 0.0, 7.0, 25.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_confidence_falls_outwards_without_a_step(side, pitch):
    yaws = np.arange(0.0, 110.0, 0.1)
    found = angle_confidence(COVERAGE, np.stack([side * yaws, np.full(len(yaws), pitch)], 1))
    assert (np.diff(found) <= 1e-12).all()
    assert np.abs(np.diff(found)).max() < 0.02
    assert found[0] > 0.3 and found[-1] == 0.0


def test_a_lucky_measurement_further_out_is_not_believed():
    """In the table 60 degrees to the left measured better than 45."""
    row = COVERAGE.psnr[COVERAGE.pitches.index(0.0)]
    assert row[COVERAGE.yaws.index(60.0)] > row[COVERAGE.yaws.index(45.0)]
    assert angle_confidence(COVERAGE, np.array([[60.0, 0.0]]))[0] <= angle_confidence(COVERAGE, np.array([[45.0, 0.0]]))


def test_head_and_shoulders_are_judged_apart():
    """A head that turns along with the camera is seen from the front; its shoulders are not."""
    assert trust(camera(60.0), pose=turned(60.0))[0] == trust(camera(60.0))[0] < 0.3
    assert trust(camera(10.0), pose=turned(-50.0))[0] < 0.3


def test_close_ups_are_trusted_less_the_larger_they_are():
    sizes = np.geomspace(0.2, 12.0, 200)
    found = size_confidence(COVERAGE, sizes)
    assert (found[sizes <= 1.0] == 1.0).all() and (np.diff(found) <= 1e-12).all() and found[-1] == 0.0
    assert trust(camera(focal_mm=85.0 * 8))[0] < 0.3
    assert trust(camera(metres=0.12, focal_mm=10.0))[0] == 0.0


def test_the_artist_is_told_which_frames_and_from_where():
    angles = [0.0] * 11 + [52.0] * 29 + [0.0] * 30 + [-70.0]
    frames = np.arange(1, len(angles) + 1)
    views = views_of(np.tile(TORSO_POSE, (len(angles), 1, 1)), [camera(yaw) for yaw in angles])
    assert view_sentences(COVERAGE, views, frames) == (
        "Frames 12 to 40 look at the head from 52 degrees aside, beyond the 31 that this actor was pictured from.",
        "Frame 71 looks at the head from 70 degrees aside, beyond the 31 that this actor was pictured from.",
    )


def test_other_reasons_have_their_own_words():
    def said(one: Camera, pose: np.ndarray = TORSO_POSE) -> str:
        (sentence,) = view_sentences(COVERAGE, views_of(pose[None], [one]), np.array([7]))
        return sentence

    assert "40 degrees above, beyond the 11" in said(camera(0.0, 40.0))
    assert "40 degrees below" in said(camera(0.0, -40.0))
    assert said(camera(60.0), turned(60.0)).startswith("Frame 7 looks at the shoulders from 60 degrees aside")
    assert "7.4 times as large" in said(camera(focal_mm=85.0 * 8))
    assert said(camera(metres=0.12, focal_mm=10.0)).startswith("Frame 7 comes within 12 cm")


def test_short_gaps_are_told_as_one_and_many_stretches_are_counted():
    angles = ([60.0] * 3 + [0.0] * 5 + [60.0] * 3 + [0.0] * 40) * 5
    views = views_of(np.tile(TORSO_POSE, (len(angles), 1, 1)), [camera(yaw) for yaw in angles])
    told = view_sentences(COVERAGE, views, np.arange(len(angles)))
    assert len(told) == 4 and told[0].startswith("Frames 0 to 10 ")
    assert told[3].startswith("2 more stretches of frames look")


def test_long_shots_are_looked_at_here_and_there():
    rows = looked_at(100_000, 4000)
    assert len(rows) == 4000 and rows[0] == 0 and rows[-1] == 99_999
    assert looked_at(3, 4000).tolist() == [0, 1, 2]

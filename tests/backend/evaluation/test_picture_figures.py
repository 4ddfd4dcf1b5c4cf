"""Landmarks, flicker and training time: what the figures answer to, and that the suite is whole."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from emogene.evaluation import picture, picture_flicker, picture_landmarks
from emogene.evaluation.picture_faces import BLINKS, LOOKS, VISEMES, held
from emogene.evaluation.picture_flicker import differences
from emogene.evaluation.picture_frames import depth_errors
from emogene.evaluation.training_speed import minutes_to, preview_decibels
from emogene_proto.errors import RenderError

ASKED = {
    "psnr": 33.0,
    "ssim": 0.95,
    "psnr_mouth": 28.0,
    "lmd_px": 2.3,
    "psnr_novel_30": 27.0,
    "flicker_still": 0.0,
    "flicker_turn": 1.1,
}


def test_what_is_asked_for_is_fixed():
    assert {name: one.reach for name, one in picture.FIGURES.items() if one.reach is not None} == ASKED


def test_each_figure_is_measured_by_one_group():
    names = [name for group in picture.GROUPS for name in group.names]
    assert sorted(names) == sorted(picture.FIGURES)


def test_depths_are_compared_where_the_truth_is_known():
    truth = np.full((4, 4), 20000, np.uint16)
    truth[0] = 0
    matte = np.zeros((4, 4), np.uint8)
    matte[:2] = 255
    made = np.full((1, 4, 4), 1.002, np.float32)
    made[0, 2:] = 0.995
    made[0, 0], made[0, 3, 0] = 7.0, np.inf
    known = SimpleNamespace(depth=lambda number: truth, head_matte=lambda number: matte)
    values = depth_errors(SimpleNamespace(frames=[0], depths=made, corpus=known))  # pyright: ignore[reportArgumentType]
    assert values == {"depth_mm_head": pytest.approx(2.0, abs=1e-3), "depth_mm_torso": pytest.approx(5.0, abs=1e-3)}
    filmed = SimpleNamespace(depth=lambda number: None)
    nothing = depth_errors(SimpleNamespace(frames=[0], depths=made, corpus=filmed))  # pyright: ignore[reportArgumentType]
    assert set(nothing.values()) == {None}


def test_an_even_motion_has_no_second_difference_and_shimmer_has():
    frame = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    shown = np.ones((8, 8), bool)
    even = np.stack([frame + np.float32(0.01) * k for k in range(3)])
    assert differences(even, shown).first == pytest.approx(0.01, rel=1e-3)
    assert differences(even, shown).second == pytest.approx(0.0, abs=1e-6)
    shimmering = even + np.array([0.0, 0.01, 0.0], np.float32)[:, None, None, None]
    assert differences(shimmering, shown).second == pytest.approx(0.02, rel=1e-3)


def test_only_pixels_that_show_somebody_flicker():
    frames = np.zeros((3, 4, 4, 3), np.float32)
    frames[1, :2] = 1.0
    shown = np.zeros((4, 4), bool)
    shown[2:] = True
    assert differences(frames, shown).second == 0.0
    assert differences(frames, ~shown).second == 2.0


def test_still_and_turn_are_all_of_flicker():
    assert set(picture_flicker.STILL) | set(picture_flicker.TURN) == set(
        picture_flicker.FIGURES | picture_flicker.EXTRAS
    )


def test_landmarks_are_compared_where_both_faces_are_found():
    points = np.zeros((68, 2))
    moved = points.copy()
    moved[48:68] = [3.0, 4.0]
    found = {1: points, 2: moved, 3: None}

    def find(picture: np.ndarray) -> np.ndarray | None:
        return found[int(picture[0, 0, 0])]

    def pair(made: int, truth: int) -> tuple[np.ndarray, np.ndarray]:
        return np.full((2, 2, 3), made, np.uint8), np.full((2, 2, 3), truth, np.uint8)

    values = picture_landmarks.distances([pair(2, 1), pair(1, 1), pair(3, 1), pair(1, 3)], find)
    assert set(values) == set(picture_landmarks.NAMES)
    assert values["lmd_px"] == 2.5 and values["lmd_worst_px"] == 5.0 and values["lmd_eyes_px"] == 0.0
    assert values["lmd_face_px"] == pytest.approx(2.5 * 20 / 68)
    assert values["lmd_lost"] == pytest.approx(100 / 3) and values["lmd_lost_truth"] == 25.0


def test_without_mediapipe_landmarks_are_not_measured_and_the_reason_is_told(monkeypatch):
    monkeypatch.setattr(picture_landmarks, "_module", lambda: None)
    nothing: object = None
    assert set(picture_landmarks.measure(nothing).values()) == {None}  # pyright: ignore[reportArgumentType]
    assert "pip install" in picture_landmarks.used(nothing)  # pyright: ignore[reportArgumentType]


def test_sheets_show_closed_open_and_covered_teeth():
    assert held("m").lips == 1.0 and held("f").teeth == 1.0 and held("sh").narrow == 1.0
    assert held("aa").lips == held("aa").teeth == 0.0 and held("aa").controls[0, 0] > held("iy").controls[0, 0]
    assert len(set(VISEMES)) == 6 and len(LOOKS) % len(BLINKS) == 0


def told(*lines: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; [print(line) for line in {list(lines)!r}]; sys.exit({code})"]


def test_training_is_timed_until_its_previews_are_good():
    heard: list[str] = []
    lines = [f"preview_000{k}00.png: PSNR {k}.00 dB on 4 held-out pictures" for k in (29, 32, 33)]
    minutes = minutes_to(told("loss 0.1", *lines), 31.0, heard.append)
    assert minutes is not None and 0.0 < minutes < 1.0
    assert [text.split()[0] for text in heard] == ["29.00", "32.00"]
    assert minutes_to(told(*lines), 40.0) is None


def test_a_training_that_fails_says_why():
    with pytest.raises(RenderError, match="no pictures"):
        minutes_to(told("There are no pictures.", code=1))


def test_previews_are_read_as_training_tells_them():
    assert preview_decibels(["preview.png: PSNR 31.25 dB on 4 held-out pictures"]) == 31.25
    assert preview_decibels(["step 100 loss 0.5"]) is None

"""PSNR, SSIM and parts of a picture, and which held-out frames are compared."""

import numpy as np
import pytest

from emogene.evaluation.picture_frames import NAMES, summary
from emogene.evaluation.picture_material import spread_over_emotions
from emogene.evaluation.picture_quality import (
    BLACK,
    GREY,
    MOST_DECIBELS,
    PARTS,
    PictureQuality,
    compare,
    decibels,
    on_background,
    part_masks,
)
from emogene.render.picture_rays import REGIONS

SIZE = 48
BOXES = np.array([[0, 0, SIZE, SIZE], [8, 4, 40, 36], [16, 24, 32, 34], [14, 10, 20, 14], [28, 10, 34, 14]])
BOXES = np.concatenate([BOXES, np.array([[12, 30, 36, SIZE]])])[: len(REGIONS)]


@pytest.fixture
def portrait() -> np.ndarray:
    """(H, W, 4) somebody from row 4 on, before nothing."""
    rgba = np.random.default_rng(1).integers(60, 200, (SIZE, SIZE, 4)).astype(np.uint8)
    rgba[..., 3] = 255
    rgba[:4] = 0
    return rgba


@pytest.fixture
def matte(portrait) -> np.ndarray:
    """(H, W) the head is what lies above row 32."""
    head = portrait[..., 3].copy()
    head[32:] = 0
    return head


def test_equal_pictures_are_as_good_as_can_be(portrait, matte):
    found = compare(portrait, portrait, matte, BOXES)
    assert set(found.psnr) == set(PARTS) and set(found.psnr.values()) == {MOST_DECIBELS}
    assert found.ssim == pytest.approx(1.0) and found.squared_error == 0.0
    assert found.psnr_black == found.psnr_alpha == MOST_DECIBELS


def test_psnr_is_that_of_the_mean_squared_error():
    truth = np.zeros((4, 4, 3), np.float32)
    assert decibels(truth, truth + np.float32(0.1)) == pytest.approx(20.0, abs=1e-4)


def test_an_error_counts_in_its_own_parts_only(portrait, matte):
    made = portrait.copy()
    made[26:30, 20:28, 0] ^= 64
    found = compare(made, portrait, matte, BOXES).psnr
    assert found["mouth"] < found["face"] < found["foreground"] < found["picture"] < MOST_DECIBELS
    assert found["eyes"] == found["torso"] == MOST_DECIBELS and found["head"] < MOST_DECIBELS


def test_a_wrong_outline_shows_on_every_background(portrait, matte):
    made = portrait.copy()
    made[:8] = 0
    found = compare(made, portrait, matte, BOXES)
    assert found.psnr_alpha == pytest.approx(10.0 * np.log10(SIZE / 4), abs=1e-3)
    assert found.psnr_black < MOST_DECIBELS and found.psnr["picture"] < MOST_DECIBELS


def test_backgrounds_show_where_alpha_leaves_them():
    half = np.array([[[255, 0, 0, 128]]], np.uint8)
    assert on_background(half, GREY)[0, 0] == pytest.approx([128 / 255 + 127 / 510, 127 / 510, 127 / 510])
    assert on_background(half, BLACK)[0, 0] == pytest.approx([128 / 255, 0.0, 0.0])


def test_head_and_torso_make_the_foreground(portrait, matte):
    masks = part_masks(portrait, matte, BOXES)
    assert not (masks["head"] & masks["torso"]).any()
    assert np.array_equal(masks["head"] | masks["torso"], masks["foreground"])
    assert masks["torso"][40, 5] and masks["head"][20, 5] and not masks["foreground"][0, 0]


def test_a_part_that_is_out_of_the_picture_counts_for_nothing():
    def quality(psnr: float, torso: float | None) -> PictureQuality:
        parts = dict.fromkeys(PARTS, psnr) | {"torso": torso}
        return PictureQuality(parts, 10.0 ** (-psnr / 10.0), 0.9, psnr, psnr)

    values = summary([quality(30.0, None), quality(40.0, 26.0)], np.array([0, 4]))
    assert set(values) | {"depth_mm_head", "depth_mm_torso"} == set(NAMES)
    assert values["psnr"] == 35.0 and values["psnr_worst"] == 30.0 and values["psnr_torso"] == 26.0
    assert values["psnr_of_mean_error"] == pytest.approx(32.596, abs=1e-3)
    assert values["psnr_neutral"] == 30.0 and values["psnr_mouth_fear"] == 40.0 or values["psnr_mouth_fear"] is None
    assert values["psnr_angry"] is None


def test_frames_are_spread_over_emotions_and_over_each_of_them():
    weights = np.eye(8)[np.repeat(np.arange(8), [100, 50, 3, 50, 50, 50, 50, 50])]
    held_out = np.arange(10, len(weights))
    chosen = spread_over_emotions(weights, held_out, 32)
    counts = np.bincount(weights[chosen].argmax(1), minlength=8)
    assert counts.tolist() == [4, 4, 3, 4, 4, 4, 4, 4]
    assert chosen[0] == 10 and chosen[3] == 99 and (np.diff(chosen) > 0).all()
    assert len(spread_over_emotions(weights, held_out, 10000)) == len(held_out)

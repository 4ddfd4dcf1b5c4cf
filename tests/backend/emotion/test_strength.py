"""Strengths of the emotions by region: exactly nothing changed at 1, soft where regions meet."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emogene.emotion.strength import REGION_SHARES, gains
from emogene_proto.names import LANDMARK_REGIONS
from emogene_proto.shot import EmotionStrength

sizes = st.floats(0, 2)


def test_strengths_of_one_change_nothing_at_all():
    assert np.array_equal(gains(EmotionStrength()), np.ones(68, np.float32))


@given(sizes, sizes, sizes, sizes)
def test_a_region_moves_by_its_own_strength_times_the_overall_one_up_to_2(overall, brows, eyes, mouth):
    moved = gains(EmotionStrength(overall, brows, eyes, mouth))
    assert moved.dtype == np.float32 and moved.shape == (68,)
    brows, eyes, mouth = (min(overall * size, 2.0) for size in (brows, eyes, mouth))
    for names, size in ((("brow_right", "brow_left"), brows), (("eye_right", "eye_left"), eyes)):
        for name in names:
            assert np.allclose(moved[LANDMARK_REGIONS[name]], size, atol=1e-5)
    for name in ("lips_outer", "lips_inner"):
        assert np.allclose(moved[LANDMARK_REGIONS[name]], mouth, atol=1e-5)
    assert np.allclose(moved[[8, 31, 35]], mouth, atol=1e-5), "chin and wings of the nose go with the mouth"


@given(sizes, sizes, sizes)
def test_the_skin_between_regions_lies_between_their_strengths(brows, eyes, mouth):
    moved = gains(EmotionStrength(1.0, brows, eyes, mouth))
    assert moved.min() >= min(brows, eyes, mouth) - 1e-6 and moved.max() <= max(brows, eyes, mouth) + 1e-6
    for line in (LANDMARK_REGIONS["jaw"], LANDMARK_REGIONS["nose"]):
        assert np.abs(np.diff(REGION_SHARES[line], axis=0)).max() <= 0.5


def test_both_halves_of_the_face_are_alike():
    assert np.array_equal(REGION_SHARES[0:17], REGION_SHARES[16::-1])

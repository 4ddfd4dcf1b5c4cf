"""The face's lines: who is next to whom, and that no way leads from one lip or lid to the other."""

import itertools

import pytest

from emogene_proto.face_lines import DRAWN_LINES, hops_from
from emogene_proto.names import LANDMARK_COUNT

UPPER_LIPS, LOWER_LIPS = (49, 50, 51, 52, 53, 61, 62, 63), (55, 56, 57, 58, 59, 65, 66, 67)
LIDS = (((37, 38), (40, 41)), ((43, 44), (46, 47)))


def test_every_point_lies_on_a_line():
    assert {point for line in DRAWN_LINES for point in line} == set(range(LANDMARK_COUNT))


@pytest.mark.parametrize(
    ("point", "near"),
    [
        (0, {1}),
        (8, {7, 9}),
        (21, {20}),
        (48, {49, 59, 60}),
        (60, {48, 61, 67}),
        (51, {50, 52, 62}),
        (66, {65, 67, 57}),
        (36, {37, 41}),
        (33, {30, 32, 34}),
    ],
)
def test_neighbours_are_those_along_lines_and_across_a_lip(point, near):
    assert {other for other, hops in hops_from(point, 1).items() if hops == 1} == near


def test_the_mouths_corners_go_together_and_with_both_lips():
    assert hops_from(48, 2) == {48: 0, 49: 1, 59: 1, 60: 1, 50: 2, 58: 2, 61: 2, 67: 2}
    assert hops_from(49, 2)[60] == hops_from(60, 2)[49] == 2


@pytest.mark.parametrize(("one", "other"), [(UPPER_LIPS, LOWER_LIPS), *LIDS])
def test_no_lip_and_no_lid_leads_to_the_other(one, other):
    for start, end in itertools.product(one, other):
        assert end not in hops_from(start, 8) and start not in hops_from(end, 8)


def test_the_way_back_is_as_long():
    for start, end in itertools.product(range(LANDMARK_COUNT), repeat=2):
        assert hops_from(start, 8).get(end) == hops_from(end, 8).get(start)

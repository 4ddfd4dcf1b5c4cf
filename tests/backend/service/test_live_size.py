"""How large a stream's pictures are: as large as their rate allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.service.live_size import LiveSize


def after(size: LiveSize, takes, pictures: int) -> LiveSize:
    for _ in range(pictures):
        size.measured(size.now, takes(size.now))
    return size


def test_a_size_that_is_fast_enough_stays():
    assert after(LiveSize((256, 192), 24.0), lambda size: 0.03, 500).now == (256, 192)


def test_one_or_two_slow_pictures_change_nothing():
    size = after(LiveSize((256, 256), 24.0), lambda size: 0.02, 9)
    after(size, lambda size: 1.0, 3)
    assert size.now == (256, 256)


def test_it_goes_at_once_to_the_size_that_should_do():
    assert after(LiveSize((256, 256), 24.0), lambda size: 0.1 * size[0] * size[1] / 256**2, 5).now == (128, 128)


def test_a_size_that_turned_out_too_slow_is_tried_again_only_after_a_while():
    size = LiveSize((256, 256), 24.0)
    changes = []

    def takes(of):
        changes.append(of)
        return 0.038 if of == (192, 192) else 0.045 if of == (256, 256) else 0.02

    after(size, takes, 400)
    assert [of for of in changes[-200:] if of == (256, 256)] == [] or changes.count((256, 256)) <= 12


@pytest.mark.parametrize("asked", [(16, 16), (200, 400), (97, 512)])
def test_no_picture_gets_too_small_to_judge_a_mouth(asked):
    size = after(LiveSize(asked, 24.0), lambda size: 1.0, 100)
    assert min(size.now) == min(96, *asked)


@given(
    base=st.floats(0.0, 0.1),
    area=st.floats(0.0, 0.3),
    fps=st.sampled_from([12.0, 24.0, 60.0]),
    side=st.integers(16, 512),
)
def test_it_settles_on_a_size_that_holds_the_rate_if_there_is_one(base, area, fps, side):
    def takes(size):
        return base + area * size[0] * size[1] / side**2

    size = after(LiveSize((side, side), fps), takes, 60)
    smallest = after(LiveSize((side, side), fps), lambda _: 10.0, 60).now
    assert takes(size.now) <= 0.9 / fps or size.now == smallest

"""Frames a second as films have them."""

from fractions import Fraction

import pytest

from emogene.render.output.rates import film_rate


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (24.0, Fraction(24)),
        (23.976, Fraction(24_000, 1001)),
        (24 / 1.001, Fraction(24_000, 1001)),
        (29.97, Fraction(30_000, 1001)),
        (59.94, Fraction(60_000, 1001)),
        (30.0, Fraction(30)),
        (12.5, Fraction(25, 2)),
        (23.98, Fraction(1199, 50)),
        (1.0, Fraction(1)),
        (240.0, Fraction(240)),
    ],
)
def test_a_rate_is_the_one_that_is_meant(fps, rate):
    assert film_rate(fps) == rate

"""Frames a second as films have them."""

from fractions import Fraction

_NEAR = 5e-6
"""Rates written with three decimals, as 23.976 is, are off by 1e-6: a millisecond in twenty minutes."""


def film_rate(fps: float) -> Fraction:
    """The exact rate: 24000/1001 for 23.976, 30000/1001 for 29.97, 60000/1001 for 59.94; others as they are."""
    broadcast = Fraction(round(fps * 1.001) * 1000, 1001)
    if abs(float(broadcast) - fps) <= _NEAR * fps:
        return broadcast
    return Fraction(fps).limit_denominator(1001)

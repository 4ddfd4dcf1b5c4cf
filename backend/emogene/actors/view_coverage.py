"""What a pack says of how its pictures hold from where: measured PSNR by view angle and by closeness."""

import math
from itertools import pairwise

import msgspec


class ViewCoverage(msgspec.Struct, frozen=True):
    """PSNR of rendered pictures against true ones, seen from around a resting head.

    Angles are those of the camera's place as seen from the head: yaw to the subject's left, pitch up, degrees.
    """

    yaws: tuple[float, ...]
    pitches: tuple[float, ...]
    """Ascending each; 0 is among them."""
    psnr: tuple[tuple[float, ...], ...]
    """dB; for each of `pitches` a row over `yaws`."""
    close_ups: tuple[float, ...]
    """Ascending from 1: how many times as large as at most pictured the head was shown, from the front."""
    close_up_psnr: tuple[float, ...]
    """dB, of each."""
    pictured_yaw: float
    pictured_pitch: float
    """Degrees to both sides, and up and down, within which 95 of 100 training pictures look at the head."""
    pictured_pixels: float
    """The most pixels that a metre at the head took in 95 of 100 training pictures."""
    nearest_metres: float
    """From the head to the nearest camera that it was pictured with."""

    def sensible(self) -> bool:
        """Whether the numbers can have been measured."""
        angles = (*self.yaws, *self.pitches)
        numbers = (*angles, *(x for row in self.psnr for x in row), *self.close_ups, *self.close_up_psnr)
        sizes = (self.pictured_yaw, self.pictured_pitch, self.pictured_pixels, self.nearest_metres)
        return (
            all(math.isfinite(number) for number in (*numbers, *sizes))
            and all(size > 0.0 for size in sizes)
            and all(abs(angle) <= 180.0 for angle in angles)
            and all(0.0 in row and _ascending(row) for row in (self.yaws, self.pitches))
            and len(self.psnr) == len(self.pitches)
            and all(len(row) == len(self.yaws) for row in self.psnr)
            and self.close_ups[:1] == (1.0,)
            and _ascending(self.close_ups)
            and len(self.close_up_psnr) == len(self.close_ups)
        )


def _ascending(row: tuple[float, ...]) -> bool:
    return all(here < after for here, after in pairwise(row))

"""What a pack says of how far its emotions lie from what the actor was pictured with."""

import math

import msgspec

COVERED = 1.5
"""Times the usual distance up to which a face looks as the pictures do. Measured on the bundled actor: emotions that
its pictures hold come to 1.1 to 1.5 at full intensity, those cut out of them to 2.0 to 3.9."""


class EmotionCoverage(msgspec.Struct, frozen=True):
    """Distances of faces with an emotion from the nearest picture of the training."""

    usual_mm: float
    """How far pictures that were held out of the training lie from it, on average: 1 in `distances`."""
    intensities: tuple[float, ...]
    """Ascending; above 1 the displacement of the full emotion is driven further, as a shot's strength does."""
    distances: dict[str, tuple[float, ...]]
    """For each emotion, at each of `intensities`: the mean distance of neutral faces that were given the emotion,
    as a multiple of the usual one."""

    def sensible(self) -> bool:
        """Whether the numbers can have been measured."""
        steps = (0.0, *self.intensities)
        numbers = [self.usual_mm, *self.intensities, *(x for row in self.distances.values() for x in row)]
        return (
            all(math.isfinite(number) and number >= 0.0 for number in numbers)
            and self.usual_mm > 0.0
            and len(steps) > 1
            and all(here < after for here, after in zip(steps, steps[1:], strict=False))
            and all(len(row) == len(self.intensities) for row in self.distances.values())
        )

    def covered_to(self, emotion: str) -> float:
        """The greatest intensity at which the emotion's faces lie no further than `COVERED`, linear in between."""
        row = self.distances[emotion]
        before, near = 0.0, min(1.0, *row)
        for intensity, distance in zip(self.intensities, row, strict=True):
            if distance > COVERED:
                return before + (intensity - before) * max(0.0, COVERED - near) / (distance - near)
            before, near = intensity, distance
        return before

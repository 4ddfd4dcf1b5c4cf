"""Contacts of the mouth that must hold whatever else the face does: lips of p b m, lower lip and teeth of f v.

The face model is linear, so the opening between the lips is a linear function of the expression. It is read off the
model's inner lip landmarks, and the kit's corrective `mouthClose` is solved for.
"""

from dataclasses import dataclass

import numpy as np

from .face_model import FaceModel

UPPER_INNER = (61, 62, 63)
LOWER_INNER = (67, 66, 65)
PRESSED = -0.0010
"""Opening of lips closed for p b m, metres: pressed together a little beyond touching."""
OVERLAP = -0.0014
"""Lips that overlap more than this would pass through each other: the upper one gives way."""
TEETH_COVER = 0.0010
"""How far the lower lip comes up over the edge of the upper teeth for f v, metres."""
UPPER_TEETH = slice(17039, 19247)
"""The upper teeth's vertices."""
INCISORS = 0.006
"""Half the width of the middle incisors, metres."""


@dataclass(frozen=True)
class MouthContacts:
    """Linear readings of the mouth on the generic face; `names` are the expression's columns."""

    names: tuple[str, ...]
    rest_opening: float
    """Height between the inner lips, metres."""
    opening: np.ndarray
    """(E,) its change by expression."""
    rest_cover: float
    """How far the inner lower lip lies above the edge of the upper incisors, metres."""
    cover: np.ndarray
    """(E,) its change by expression."""

    def column(self, name: str) -> int:
        return self.names.index(name)

    def openings(self, expressions: np.ndarray) -> np.ndarray:
        """(T,) metres between the inner lips for (T, E) expressions; negative where they overlap."""
        return self.rest_opening + expressions @ self.opening

    def covers(self, expressions: np.ndarray) -> np.ndarray:
        """(T,) metres that the lower lip covers the upper incisors for (T, E) expressions."""
        return self.rest_cover + expressions @ self.cover

    def enforce(self, expressions: np.ndarray, lips: np.ndarray, teeth: np.ndarray) -> np.ndarray:
        """(T, E) expressions with the contacts held.

        Args:
            expressions: (T, E).
            lips: (T,) 1 where the lips are closed, in between on the way.
            teeth: (T,) 1 where the lower lip meets the upper teeth.
        """
        held = expressions.copy()
        close, roll, lift = (self.column(n) for n in ("mouthClose", "mouthRollLower", "mouthShrugUpper"))
        held[:, roll] += 0.38 * teeth * (1.0 - lips) + 0.12 * lips
        for name in ("mouthPress_L", "mouthPress_R"):
            held[:, self.column(name)] += 0.25 * lips

        uncovered = np.maximum(TEETH_COVER - self.covers(held), 0.0)
        held[:, close] += teeth * uncovered / self.cover[close]

        gap = self.openings(held)
        held[:, close] += lips * np.maximum(gap - PRESSED, 0.0) / -self.opening[close]

        overlap = np.maximum(OVERLAP - self.openings(held), 0.0)
        held[:, lift] += overlap / self.opening[lift]
        return held


def mouth_contacts(model: FaceModel) -> MouthContacts:
    """Read the mouth of a face model (with or without tongue shapes)."""
    upper, lower = model.landmarks68[list(UPPER_INNER)], model.landmarks68[list(LOWER_INNER)]
    height = model.vertices[:, 1]
    shapes = model.expressions[:, :, 1]
    teeth = model.vertices[UPPER_TEETH]
    edge = float(teeth[np.abs(teeth[:, 0]) < INCISORS, 1].min())
    return MouthContacts(
        names=model.expression_names,
        rest_opening=float((height[upper] - height[lower]).mean()),
        opening=(shapes[:, upper] - shapes[:, lower]).mean(axis=1).astype(np.float64),
        rest_cover=float(height[lower].mean() - edge),
        cover=shapes[:, lower].mean(axis=1).astype(np.float64),
    )

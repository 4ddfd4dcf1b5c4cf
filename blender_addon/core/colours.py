# SPDX-License-Identifier: GPL-3.0-or-later
"""How a scene shows colours, and what that does to rendered pictures in its sequencer.

A PNG's pixels are what was rendered. They stay so where the scene's view transform undoes exactly what the strip's
colour space says was done to them.
"""

from dataclasses import dataclass

SPACES = {
    "Standard": "sRGB",
    "AgX": "AgX Base sRGB",
    "Filmic": "Filmic sRGB",
    "ACES 1.3": "ACES 1.3 sRGB",
    "ACES 2.0": "ACES 2.0 sRGB",
}
"""By view transform, the colour space of a PNG strip that it shows unchanged."""
LINEAR = "Linear Rec.709"
"""The colour space of EXR frames."""
STANDARD = "Standard"
NOT_SHOWN = (
    "Before Blender 4.5 the sequencer cannot show EXR frames with depth; use them in the compositor, or PNG here."
)


@dataclass(frozen=True)
class View:
    """What of a scene's colour management changes colours."""

    transform: str
    look: str = "None"
    exposure: float = 0.0
    gamma: float = 1.0
    curves: bool = False
    white_balance: bool = False

    @property
    def adjustments(self) -> tuple[str, ...]:
        """What the artist has set beside the transform."""
        look = "look" if self.look not in ("None", "") else ""
        exposure = "exposure" if self.exposure != 0.0 else ""
        gamma = "gamma" if self.gamma != 1.0 else ""
        curves, balance = "curves" if self.curves else "", "white balance" if self.white_balance else ""
        return tuple(filter(None, (look, exposure, gamma, curves, balance)))


def true_space(view: View, form: str) -> str | None:
    """The colour space with which a strip of frames of this form (png or exr) shows its own colours; None is none."""
    if form == "exr":
        return LINEAR if view.transform == STANDARD else None
    return SPACES.get(view.transform)


def colour_problem(view: View, form: str, strip_space: str) -> str:
    """Why the sequencer does not show the frames' own colours, in a sentence; empty where it does."""
    if view.adjustments:
        return f"The scene's {' and '.join(view.adjustments)} changes the colours of the pictures."
    wanted = true_space(view, form)
    if wanted is None and form == "exr":
        return f"{view.transform} changes the colours of these scene-linear pictures, as it does those of the scene."
    if wanted is None:
        return f"The view transform {view.transform} changes the colours of the pictures."
    if strip_space != wanted:
        return f"The strip's colour space {strip_space} does not go with the view transform {view.transform}."
    return ""

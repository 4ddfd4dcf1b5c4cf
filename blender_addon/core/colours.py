# SPDX-License-Identifier: GPL-3.0-or-later
"""How a scene shows colours, and what that does to rendered pictures in its sequencer.

A PNG's pixels are what was rendered. They stay so where the scene's view transform undoes exactly what the strip's
colour space says was done to them.
"""

from dataclasses import dataclass

from .said import listed, said

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
NOT_SHOWN = said(
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
        set_here = {
            said("look"): self.look not in ("None", ""),
            said("exposure"): self.exposure != 0.0,
            said("gamma"): self.gamma != 1.0,
            said("curves"): self.curves,
            said("white balance"): self.white_balance,
        }
        return tuple(name for name, is_set in set_here.items() if is_set)


def true_space(view: View, form: str) -> str | None:
    """The colour space with which a strip of frames of this form (png or exr) shows its own colours; None is none."""
    if form == "exr":
        return LINEAR if view.transform == STANDARD else None
    return SPACES.get(view.transform)


def colour_problem(view: View, form: str, strip_space: str) -> str:
    """Why the sequencer does not show the frames' own colours, in a sentence; empty where it does."""
    if view.adjustments:
        what = listed(view.adjustments)
        return said("The colours of the pictures are changed by the scene's settings: {what}.", what=what)
    wanted = true_space(view, form)
    if wanted is None and form == "exr":
        return said(
            "{transform} changes the colours of these scene-linear pictures, as it does those of the scene.",
            transform=view.transform,
        )
    if wanted is None:
        return said("The view transform {transform} changes the colours of the pictures.", transform=view.transform)
    if strip_space != wanted:
        return said(
            "The strip's colour space {space} does not go with the view transform {transform}.",
            space=strip_space,
            transform=view.transform,
        )
    return ""

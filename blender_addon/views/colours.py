# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour spaces of the picture strip, so that the sequencer shows what was rendered."""

import bpy

from .. import compat
from ..core import colours
from ..core.colours import View
from ..core.strips import form_of

_ALPHA = {"png": "STRAIGHT", "exr": "PREMUL"}


def problem(scene: bpy.types.Scene, strip) -> str:
    """Why the strip's colours are not seen as they are, or empty."""
    if not can_mend(strip):
        return colours.NOT_SHOWN
    return colours.colour_problem(_view(scene), _form(strip), strip.colorspace_settings.name)


def can_mend(strip) -> bool:
    """Whether this Blender can show the strip's files at all."""
    return compat.SEQUENCER_SHOWS_LAYERS or _form(strip) == "png"


def suit(scene: bpy.types.Scene, strip) -> None:
    """Give a strip of new files the colour space and alpha that show them as they were rendered, if there is one."""
    form = _form(strip)
    fallback = colours.LINEAR if form == "exr" else colours.SPACES[colours.STANDARD]
    strip.colorspace_settings.name = colours.true_space(_view(scene), form) or fallback
    strip.alpha_mode = _ALPHA[form]


def show_true(scene: bpy.types.Scene, strip) -> None:
    """Let the sequencer show the strip's own colours: by its colour space alone if that is enough, else by the view."""
    view = scene.view_settings
    if _view(scene).adjustments:
        view.look, view.exposure, view.gamma, view.use_curve_mapping = "None", 0.0, 1.0, False
        if hasattr(view, "use_white_balance"):
            view.use_white_balance = False
    if colours.true_space(_view(scene), _form(strip)) is None:
        view.view_transform = colours.STANDARD
        view.look = "None"
    suit(scene, strip)


def _form(strip) -> str:
    return form_of(strip.elements[0].filename) if len(strip.elements) else "png"


def _view(scene: bpy.types.Scene) -> View:
    view = scene.view_settings
    return View(
        view.view_transform,
        view.look,
        view.exposure,
        view.gamma,
        view.use_curve_mapping,
        getattr(view, "use_white_balance", False),  # from Blender 4.3 on
    )

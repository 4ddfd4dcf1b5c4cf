# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension in other languages, through Blender's own mechanism: one folder for each.

To add a language copy a folder, translate its right-hand sides, and name it in LANGUAGES by Blender's name.
"""

import bpy

from . import de_DE

LANGUAGES = {"de_DE": de_DE.CATALOGUE}
"""Translations by context ("Operator" for buttons of operators, "*" for all else) and English text."""

_EXTENSION = __package__.rpartition(".")[0]


def register() -> None:
    bpy.app.translations.register(_EXTENSION, LANGUAGES)


def unregister() -> None:
    bpy.app.translations.unregister(_EXTENSION)

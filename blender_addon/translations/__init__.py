# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension in other languages, through Blender's own mechanism: one folder for each.

To add a language copy a folder, translate its right-hand sides, and name it in LANGUAGES by Blender's name.
"""

import bpy

from . import de_DE

LANGUAGES = {"de_DE": de_DE.CATALOGUE}
"""Translations by context and English text. Contexts: "Operator" for buttons of operators, "EmoGene" for words that
Blender's own translations mean otherwise (wording.OWN_CONTEXT), "*" for all else."""

_EXTENSION = __package__.rpartition(".")[0]


def register() -> None:
    bpy.app.translations.register(_EXTENSION, LANGUAGES)


def unregister() -> None:
    bpy.app.translations.unregister(_EXTENSION)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be there before anything can be changed, planned, rendered or shown: reasons for buttons."""

import bpy
from bpy.app.translations import pgettext_n

from .. import compat
from ..core.session import Phase
from ..scene import characters, voices
from ..session import session

LINKED = pgettext_n("This scene is linked from another file")


def active_character(context: bpy.types.Context):
    """The character that the panel shows, of the scene that it shows; None where the scene has none."""
    return characters.active(compat.sequencer_scene(context))


def not_editable(context: bpy.types.Context) -> str | None:
    """Why nothing of the scene can be changed; None where it can."""
    return None if compat.sequencer_scene(context).is_editable else LINKED


def no_character(context: bpy.types.Context) -> str | None:
    """Why there is nothing to change about a character."""
    return not_editable(context) or (None if active_character(context) else pgettext_n("Load an audio file first"))


def what_is_missing(context: bpy.types.Context) -> str | None:
    """What the user has to do first, in a sentence; None where all is there."""
    if session().phase is not Phase.READY:
        return pgettext_n("Start the backend first")
    character = active_character(context)
    if character is None or not voices.voice_strips(character):
        return pgettext_n("Load an audio file first")
    if not voices.is_heard(character):
        return pgettext_n("The character's voice is muted")
    return None


def cannot_work(context: bpy.types.Context) -> str | None:
    """Why nothing can be planned or rendered now."""
    if session().job is not None:
        return pgettext_n("The backend is busy; wait or cancel")
    return not_editable(context) or what_is_missing(context)

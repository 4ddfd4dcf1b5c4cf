# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be there before anything can be planned, rendered or shown."""

import bpy

from .. import compat
from ..core.session import Phase
from ..sequencer import voice_strip
from ..session import session


def linked_reason(context: bpy.types.Context) -> str | None:
    """Why nothing of this scene can be changed; None where it can."""
    linked = compat.sequencer_scene(context).library is not None
    return "This scene is linked from another file" if linked else None


def what_is_missing(context: bpy.types.Context) -> str | None:
    """What the user has to do first, in a sentence; None where all is there."""
    if session().phase is not Phase.READY:
        return "Start the backend first"
    if voice_strip(compat.sequencer_scene(context)) is None:
        return "Load an audio file first"
    return None

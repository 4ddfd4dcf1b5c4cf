# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be there before anything can be planned, rendered or shown."""

import bpy
from bpy.app.translations import pgettext_n

from .. import compat
from ..core.session import Phase
from ..sequencer import voice_strip
from ..session import session


def what_is_missing(context: bpy.types.Context) -> str | None:
    """What the user has to do first, in a sentence; None where all is there."""
    if session().phase is not Phase.READY:
        return pgettext_n("Start the backend first")
    if voice_strip(compat.sequencer_scene(context)) is None:
        return pgettext_n("Load an audio file first")
    return None

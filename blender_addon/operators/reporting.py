# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator fails: one sentence and a hint in the panel, the sentence in Blender's status bar."""

import bpy
from bpy.app.translations import pgettext_rpt

from ..emogene_proto.errors import EmoGeneError
from ..session import session


def fail(operator: bpy.types.Operator, error: EmoGeneError) -> set[str]:
    session().problem = error
    # "WARNING", because "ERROR" raises a RuntimeError in scripts, and the panel says it all.
    operator.report({"WARNING"}, str(error))
    return {"CANCELLED"}


def refuse(operator: type[bpy.types.Operator], reason: str | None) -> bool:
    """For `poll`: show the reason on the button; True where there is none."""
    if reason is not None:
        operator.poll_message_set(pgettext_rpt(reason))
    return reason is None

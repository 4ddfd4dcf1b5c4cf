# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator fails: one sentence and a hint in the panel, the sentence in Blender's status bar."""

import bpy

from ..emogene_proto.errors import EmoGeneError
from ..session import session
from ..wording import in_words


def fail(operator: bpy.types.Operator, error: EmoGeneError) -> set[str]:
    session().problem = error
    report(operator, error)
    return {"CANCELLED"}


def report(operator: bpy.types.Operator, error: EmoGeneError) -> None:
    """The sentence and the hint in Blender's status bar."""
    # "WARNING", because "ERROR" raises a RuntimeError in scripts, and the panel says it all.
    operator.report({"WARNING"}, f"{in_words(error.message)} {in_words(error.hint)}")


def refuse(operator: type[bpy.types.Operator], reason: str | None) -> bool:
    """For `poll`: show the reason on the button; True where there is none."""
    if reason is not None:
        operator.poll_message_set(in_words(reason))
    return reason is None

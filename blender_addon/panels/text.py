# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that wraps: panels have none that does so by itself."""

import bpy

from ..wording import in_words

_WIDTH_OF_A_LETTER = 7.0
"""Rough width in pixels at normal scale."""

COMFORTABLE = 260
"""Width of a sidebar, in pixels at normal scale, below which buttons side by side have room for words alone."""


def sidebar_width(context: bpy.types.Context) -> float:
    """In pixels at normal scale."""
    region = context.region
    return region.width / context.preferences.system.ui_scale if region is not None else 420


def draw_text(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: str) -> None:
    """The text, or its translation where it has one."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(_wrapped(context, in_words(text))):
        column.label(text=line, icon="BLANK1" if index else icon, translate=False)


def draw_faint(layout: bpy.types.UILayout, context: bpy.types.Context, text: str) -> None:
    """What need not be read."""
    column = layout.column()
    column.active = False
    draw_text(column, context, text, "BLANK1")


def _wrapped(context: bpy.types.Context, text: str) -> list[str]:
    width = context.region.width / context.preferences.system.ui_scale if context.region else 250
    letters = max(int((width - 40) / _WIDTH_OF_A_LETTER), 16)
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > letters:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines

# SPDX-License-Identifier: GPL-3.0-or-later
"""Editors are drawn again when something that they show has changed."""

import bpy


def redraw(*kinds: str) -> None:
    """Draw all open editors of these types again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in kinds:
                area.tag_redraw()

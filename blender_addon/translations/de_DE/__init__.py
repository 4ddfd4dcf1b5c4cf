# SPDX-License-Identifier: GPL-3.0-or-later
"""German."""

from . import markers, operators, panels, performance, picture, settings

_BUTTONS = operators.BUTTONS | markers.BUTTONS
_TEXTS = operators.TEXTS | markers.TEXTS | panels.TEXTS | performance.TEXTS | picture.TEXTS | settings.TEXTS

CATALOGUE = {("Operator", text): german for text, german in _BUTTONS.items()} | {
    ("*", text): german for text, german in _TEXTS.items()
}

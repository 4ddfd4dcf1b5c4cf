# SPDX-License-Identifier: GPL-3.0-or-later
"""German."""

from . import backend, characters, farm, landmarks, markers, panels, performance, picture, rendering, settings, setup

_WITH_BUTTONS = (backend, characters, farm, landmarks, markers, rendering, setup)
_WITH_TEXTS = (*_WITH_BUTTONS, panels, performance, picture, settings)

CATALOGUE = {
    **{("Operator", text): german for part in _WITH_BUTTONS for text, german in part.BUTTONS.items()},
    **{("EmoGene", text): german for part in (backend, markers) for text, german in part.OWN_WORDS.items()},
    **{("*", text): german for part in _WITH_TEXTS for text, german in part.TEXTS.items()},
}

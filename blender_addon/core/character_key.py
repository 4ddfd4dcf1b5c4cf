# SPDX-License-Identifier: GPL-3.0-or-later
"""What names a character, whatever it is called."""

from typing import NamedTuple


class CharacterKey(NamedTuple):
    """One character of one scene, for as long as Blender runs: renaming and undo do not change it."""

    scene: int
    """The scene's `session_uid`."""
    character: int
    """The character's `uid` in its scene."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""A restarted Blender finds its renders again: those noted in the frames folders of the open file are taken up.

It follows the session's pump, and looks once for each connection and each loaded file.
"""

import contextlib
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from .. import slices
from ..core.character_key import CharacterKey
from ..core.render_note import read_note
from ..core.session import Phase
from ..core.taken_up import TakenUpJob
from ..emogene_proto.errors import EmoGeneError
from ..scene import characters
from ..session import follow, session, unfollow
from ..views.sequencer import PICTURES, PREVIEW
from .frames import known_frames_folder

_connection = 0
"""The number of the one that was looked for; 0 where the open file was not looked through."""
_tried: set[tuple[int, Path]] = set()
"""Folders by connection, so that none is tried twice at one backend."""
_waiting: list[tuple[CharacterKey, Path]] = []
"""Characters and their folders, still to be tried."""


def _follow() -> bool:
    """Called after each pump: where nothing else runs, take up the next render that there is.

    In a window one folder a turn, for its disk may be slow; see `slices.at_once`.
    """
    global _connection
    current = session()
    if current.phase is not Phase.READY or current.job is not None:
        return False
    if _connection != current.connections:
        _connection = current.connections
        _waiting[:] = _folders()
    while _waiting and current.job is None:
        _try(*_waiting.pop(0))
        if not slices.at_once:
            break
    return current.job is not None or bool(_waiting)


def _folders() -> list[tuple[CharacterKey, Path]]:
    if not bpy.data.filepath:  # an absolute folder would be that of every file that was never saved
        return []
    folders = (
        (characters.key_of(character), known_frames_folder(character, role))
        for character in characters.everyone()
        for role in (PICTURES, PREVIEW)
    )
    return [(key, folder) for key, folder in folders if folder is not None]


def _try(whose: CharacterKey, folder: Path) -> None:
    current = session()
    found = read_note(folder)
    if found is None or (current.connections, folder) in _tried:
        return
    _tried.add((current.connections, folder))
    with contextlib.suppress(EmoGeneError):  # the connection has just broken, which the next pump finds
        current.run(TakenUpJob(whose, folder, found))


@persistent
def _after_load(*_) -> None:
    global _connection
    _connection = 0


def register() -> None:
    bpy.app.handlers.load_post.append(_after_load)
    follow(_follow)


def unregister() -> None:
    unfollow(_follow)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    _after_load()
    _tried.clear()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a character's rendered frames lie, and which of them are there."""

import os
import tempfile
from pathlib import Path

import bpy

from ..core.own_folders import file_folder, own_folders
from ..core.strips import frame_number, shown_numbers
from ..preferences import EXTENSION
from ..scene import characters
from ..views.sequencer import PICTURES, PREVIEW, image_strip

_PREVIEW_FOLDER = "preview"


def frames_folder(character, role: str = PICTURES) -> Path:
    """The character's own folder for frames: beside the .blend, or in the add-on's folder while the file is unsaved.

    From now on scene and character keep theirs, however they are renamed.
    """
    scene = character.id_data
    scene.emogene.frames_name, character.frames_name = _scene_folder(scene), _character_folder(character)
    if (folder := known_frames_folder(character, role)) is not None:
        return folder
    base = Path(bpy.utils.extension_path_user(EXTENSION, path="unsaved", create=True))
    return _of_role(Path(tempfile.mkdtemp(prefix="frames_", dir=base)), role)


def known_frames_folder(character, role: str = PICTURES) -> Path | None:
    """The same without making one: it may not be there yet, and None is an unsaved file's before its first frames."""
    scene = character.id_data
    chosen = scene.emogene.frames_folder
    if chosen.startswith("//") and not bpy.data.filepath:
        return _shown_folder(character, role)
    # Shots often lie side by side in one folder: none may write over the frames of another.
    shot = file_folder(Path(bpy.data.filepath).stem) if bpy.data.filepath else ""
    own = Path(bpy.path.abspath(chosen)) / shot / _scene_folder(scene) / _character_folder(character)
    return _of_role(own, role)


def _scene_folder(scene: bpy.types.Scene) -> str:
    those = [each for each in bpy.data.scenes if each.library is None]
    return own_folders([(each.name, each.emogene.frames_name) for each in those])[those.index(scene)]


def _character_folder(character) -> str:
    those = character.id_data.emogene.characters
    folders = own_folders([(each.name, each.frames_name) for each in those], [_PREVIEW_FOLDER])
    return folders[characters.index_of(character)]


def _shown_folder(character, role: str) -> Path | None:
    """The folder beside those that the character's strips show, where they show some."""
    for shown in (PICTURES, PREVIEW):
        strip = image_strip(character, shown)
        if strip is not None and Path(strip.directory).is_absolute():
            folder = Path(strip.directory)
            return _of_role(folder.parent if shown == PREVIEW else folder, role)
    return None


def _of_role(folder: Path, role: str) -> Path:
    return folder / _PREVIEW_FOLDER if role == PREVIEW else folder


def role_of(folder: Path) -> str:
    """What the frames in a folder of ours are rendered for."""
    return PREVIEW if folder.name == _PREVIEW_FOLDER else PICTURES


def numbers_there(folder: Path, form: str, frames: int) -> set[int]:
    """Numbers of the files in a folder, none beyond the shot's `frames`."""
    try:
        with os.scandir(folder) as entries:  # far faster than glob, and folders hold thousands of frames
            names = [entry.name for entry in entries]
    except OSError:
        return set()
    numbers = (frame_number(name, form) for name in names)
    return {number for number in numbers if number is not None and 1 <= number <= frames}


def run_around(there: set[int], number: int) -> range:
    """The unbroken run of frames that are there around one of them."""
    return shown_numbers(there, number, number)

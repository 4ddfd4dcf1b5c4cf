# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a scene's rendered frames lie, and which of them are there."""

import tempfile
from pathlib import Path

import bpy

from .core.strips import folder_name, frame_number, shown_numbers
from .sequencer import image_strip


def frames_folder(scene: bpy.types.Scene) -> Path:
    """The scene's own folder for frames: beside the .blend, or in the add-on's folder while the file is unsaved."""
    if (folder := known_frames_folder(scene)) is not None:
        return folder
    base = Path(bpy.utils.extension_path_user(__package__, path="unsaved", create=True))
    return Path(tempfile.mkdtemp(prefix="frames_", dir=base))


def known_frames_folder(scene: bpy.types.Scene) -> Path | None:
    """The same without making one: it may not be there yet, and None is an unsaved file's before its first frames."""
    chosen = scene.emogene.frames_folder
    if chosen.startswith("//") and not bpy.data.filepath:
        strip = image_strip(scene)
        return Path(strip.directory) if strip is not None and Path(strip.directory).is_absolute() else None
    # Shots often lie side by side in one folder: none may write over the frames of another.
    shot = folder_name(Path(bpy.data.filepath).stem) if bpy.data.filepath else ""
    return Path(bpy.path.abspath(chosen)) / shot / folder_name(scene.name)


def shown_run(folder: Path, form: str, saved: list[int], frames: int) -> range:
    """Numbers of the unbroken run of files around those saved just now, none beyond the shot's `frames`."""
    there = {frame_number(path.name, form) for path in folder.glob(f"frame_*.{form}")} | set(saved)
    return shown_numbers((n for n in there if n is not None and 1 <= n <= frames), min(saved), max(saved))

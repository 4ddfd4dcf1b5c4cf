# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots on their way to a farm or to the command line: self-contained folders, written in slices."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import bpy

from .. import slices
from ..core.actor_pack import actor_pack
from ..core.character_key import CharacterKey
from ..core.shot_folder import Packing, free_folder, packed
from ..core.strips import folder_name
from ..emogene_proto.errors import EmoGeneError, RenderError, ShotError
from ..emogene_proto.shot import Shot
from ..preferences import preferences
from ..scene import characters, shots
from ..session import session


@dataclass
class Sent:
    """The newest folder of a character."""

    packing: Packing
    first: int
    last: int
    """Frames of the shot, as the timeline counts them."""
    done: bool = False


_sent: dict[CharacterKey, Sent] = {}


def send(character) -> Path:
    """Write a new folder with the character's shot; returns where it will be.

    Raises:
        EmoGeneError: it cannot be rendered as it is, or the file is not saved.
    """
    scene = character.id_data
    chosen = scene.emogene.farm_folder
    if chosen.startswith("//") and not bpy.data.filepath:
        raise RenderError("The shot's folder would lie beside a file that is not saved yet.", "Save it first.")
    shot = shots.shot_of(character)
    name = folder_name("_".join((Path(bpy.data.filepath).stem, scene.name, character.name)))
    folder = free_folder(Path(bpy.path.abspath(chosen)), name)
    key = characters.key_of(character)
    sent = _sent[key] = Sent(Packing(folder), shot.frame_start, shots.end_of(character) - 1)
    session().problem = None
    slices.begin(("farm", key), _sending(sent, shot, _actor_of(shot)), beside_artist=True)
    return folder


def sent_of(character) -> Sent | None:
    """What was sent of the character last, since Blender was started."""
    return _sent.get(characters.key_of(character))


def _sending(sent: Sent, shot: Shot, actor: Path | None) -> Generator[None]:
    try:
        yield from packed(shot, actor, sent.packing)
        sent.done = True
    except EmoGeneError as error:
        sent.packing.problem = error.message
        session().problem = error


def _actor_of(shot: Shot) -> Path | None:
    """Where the shot's actor lies on this computer; None for the bundled one, which every backend has."""
    if shot.actor == "bundled":
        return None
    chosen = preferences(bpy.context).actors_folder
    found = actor_pack(Path(bpy.path.abspath(chosen)), shot.actor) if chosen else None
    if found is not None:
        return found
    raise ShotError(
        f"The actor {shot.actor} is not on this computer.", "Choose the folder of your actors in the preferences."
    )


def register() -> None:
    """Nothing is written before it is asked for."""


def unregister() -> None:
    _sent.clear()

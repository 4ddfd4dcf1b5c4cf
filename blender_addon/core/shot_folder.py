# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot as a folder that has all it needs: for a farm, for the command line, for another computer."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ..emogene_proto.errors import RenderError, ShotError
from ..emogene_proto.shot import Shot
from ..emogene_proto.shot_document import to_json
from .typed_command import typed

DOCUMENT = "shot.json"
_PIECE = 2**20
"""Bytes copied at a time."""


@dataclass
class Packing:
    """How far a folder is."""

    folder: Path
    done: int = 0
    total: int = 0
    """Bytes."""
    problem: str = ""


def free_folder(parent: Path, name: str) -> Path:
    """A folder that is not there yet: nothing that was sent before is written over."""
    number = 1
    while (folder := parent / f"{name}_v{number:03d}").exists():
        number += 1
    return folder


def packed(shot: Shot, actor: Path | None, packing: Packing) -> Generator[None]:
    """Write the shot, its recordings, background and actor into a new folder, piece by piece.

    The folder appears whole or not at all.

    Args:
        shot: paths are those of this computer.
        actor: the pack, a folder or a file, of an actor that is not bundled.
        packing: names the folder and is told how far it is.

    Raises:
        ShotError: something that the shot needs cannot be read.
        RenderError: the folder cannot be written.
    """
    folder = packing.folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".packing_", dir=folder.parent))
    except OSError as error:
        raise RenderError(f"{folder.parent} cannot be written: {error.strerror}.", "Choose another folder.") from error
    try:
        yield from _fill(scratch / "shot", shot, actor, packing)
        (scratch / "shot").rename(folder)
    except OSError as error:
        name = Path(error.filename).name if error.filename else folder.name
        raise RenderError(f"{name} cannot be copied: {error.strerror}.", "Look whether it is there.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fill(folder: Path, shot: Shot, actor: Path | None, packing: Packing) -> Generator[None]:
    folder.mkdir()
    names = _recording_names(shot)
    picture = shot.background.picture if shot.background.kind == "picture" else None
    sources = {source: folder / name for source, name in names.items()}
    if picture is not None:
        sources[Path(picture.path)] = folder / f"background{Path(picture.path).suffix.lower()}"
    files = {**sources, **_actor_files(actor, folder)}
    packing.total = sum(source.stat().st_size for source in files)
    hashes = {}
    for source, target in files.items():
        hashes[source] = yield from _copied(source, target, packing)

    def placed(reference):
        source = Path(reference.path)
        return msgspec.structs.replace(reference, path=files[source].name, sha256=hashes[source])

    shot = msgspec.structs.replace(
        shot,
        audio=placed(shot.audio),
        further_audio=tuple(msgspec.structs.replace(part, audio=placed(part.audio)) for part in shot.further_audio),
        actor=shot.actor if actor is None else _actor_name(actor),
    )
    if picture is not None:
        background = msgspec.structs.replace(shot.background, picture=placed(picture))
        shot = msgspec.structs.replace(shot, background=background)
    (folder / DOCUMENT).write_bytes(to_json(shot))


def _recording_names(shot: Shot) -> dict[Path, str]:
    """Plain names, which every file system and every archive can have."""
    names: dict[Path, str] = {}
    for part in shot.recordings:
        source = Path(part.audio.path)
        number = f"_{len(names) + 1}" if names else ""
        names.setdefault(source, f"voice{number}{source.suffix.lower()}")
    return names


def _actor_name(actor: Path) -> str:
    return "actor" if actor.is_dir() else "actor.actor"


def _actor_files(actor: Path | None, folder: Path) -> dict[Path, Path]:
    if actor is None:
        return {}
    target = folder / _actor_name(actor)
    if actor.is_file():
        return {actor: target}
    if not (actor / "actor.toml").is_file():
        raise ShotError(f"{actor} holds no actor.", "Choose the folder of your actors in the preferences.")
    return {source: target / source.relative_to(actor) for source in sorted(actor.rglob("*")) if source.is_file()}


def _copied(source: Path, target: Path, packing: Packing) -> Generator[None, None, str]:
    """Copy a file; returns the sha256 of what was copied."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as given, target.open("wb") as written:
        while piece := given.read(_PIECE):
            digest.update(piece)
            written.write(piece)
            packing.done += len(piece)
            yield
    return digest.hexdigest()


def render_command(folder: Path, system: str = sys.platform) -> str:
    """The command that renders a packed shot into frames and a film beside it."""
    out = folder.parent / f"{folder.name}_out"
    film = out / "film.mp4"
    words = ["emogene", "render", str(folder / DOCUMENT), "--out", str(out / "frames"), "--video", str(film)]
    return typed(words, system)


def submit_command(folder: Path, first: int, last: int, system: str = sys.platform) -> str:
    """The command that runs a packed shot by the job template for Open Job Description."""
    values = {"ShotFolder": folder, "OutputFolder": f"{folder}_out", "FirstFrame": first, "LastFrame": last}
    given = [word for name, value in values.items() for word in ("-p", f"{name}={value}")]
    return typed(["openjd", "run", "template.yaml", *given], system)

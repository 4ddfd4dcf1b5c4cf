"""A shot as a folder that has all it needs: moved, renamed or copied, it renders to the same bytes."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from emogene.actors.archive import write_archive
from emogene.actors.pack import load_actor
from emogene.folders import make_folder
from emogene.plan_files import file_sha256, save_shot
from emogene_proto.errors import RenderError, ShotError
from emogene_proto.shot import Shot

DOCUMENT = "shot.json"


def pack_shot(shot: Shot, recordings: Sequence[Path], picture: Path | None, folder: Path) -> list[Path]:
    """Write the folder and return the paths of its files; it appears whole or not at all.

    Names are plain, so that every file system and every archive can have them.

    Args:
        shot: with an absolute path of its actor, and with hashes.
        recordings: where each of `shot.recordings` lies.

    Raises:
        ShotError: something lies in the folder already.
        ActorError: the actor's pack is incomplete.
        RenderError: it cannot be written.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ShotError(f"There is something in {folder} already.", "Choose a folder that is new or empty.")
    make_folder(folder.parent)
    try:
        scratch = tempfile.TemporaryDirectory(prefix=".packing-", dir=folder.parent)
    except OSError as error:
        raise RenderError(f"{folder.parent} cannot be written: {error.strerror}.", "Choose another folder.") from error
    with scratch as name:
        whole = Path(name) / "shot"
        whole.mkdir()
        _fill(whole, shot, recordings, picture)
        if folder.is_dir():
            folder.rmdir()
        whole.rename(folder)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _fill(folder: Path, shot: Shot, recordings: Sequence[Path], picture: Path | None) -> None:
    sounds = _copied_recordings(folder, shot, recordings)
    shown = None
    if picture is not None and shot.background.picture is not None:
        shown = _copied(picture, folder / f"background{picture.suffix.lower()}", shot.background.picture.sha256)
    if shot.actor != "bundled":
        write_archive(load_actor(shot.actor).folder, folder / "actor.actor")
        shot = msgspec.structs.replace(shot, actor=(folder / "actor.actor").as_posix())
    save_shot(folder / DOCUMENT, shot, sounds, shown)


def _copied_recordings(folder: Path, shot: Shot, recordings: Sequence[Path]) -> list[Path]:
    """Where each of them lies in the folder; one that is used several times is there once."""
    copies: dict[str, Path] = {}
    for part, audio in zip(shot.recordings, recordings, strict=True):
        if part.audio.sha256 not in copies:
            name = f"voice_{len(copies) + 1}" if copies else "voice"
            target = folder / f"{name}{audio.suffix.lower()}"
            copies[part.audio.sha256] = _copied(audio, target, part.audio.sha256)
    return [copies[part.audio.sha256] for part in shot.recordings]


def _copied(source: Path, target: Path, sha256: str) -> Path:
    shutil.copyfile(source, target)
    if file_sha256(target) != sha256:
        raise RenderError(f"{source.name} was changed while it was copied.", "Pack the shot again.")
    return target

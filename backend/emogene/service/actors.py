"""Actors that the backend offers, by name. What a client names is looked up here and never opened as a path."""

import functools
import logging
from collections.abc import Mapping
from pathlib import Path

from emogene.actors.pack import BUNDLED, Actor, pack_manifest
from emogene_proto.errors import ActorError

log = logging.getLogger("emogene.service")


def offered_actors(folders: tuple[Path, ...]) -> dict[str, Path]:
    """Name to pack: the bundled one, and each pack (folder or `.actor` file) that lies in one of `folders`."""
    actors = {"bundled": BUNDLED} if (BUNDLED / "actor.toml").is_file() else {}
    for folder in folders:
        for path in _entries(folder):
            if (name := _name_of_pack(path)) is not None:
                actors.setdefault(name, path)
    return actors


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where it is not there or cannot be read."""
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        _skipped(folder, error.strerror or str(error))
        return []


def _name_of_pack(path: Path) -> str | None:
    """Under which name it is offered; None if it is no pack or cannot be looked into, as `lost+found` of a disk."""
    try:
        if path.suffix == ".actor" or (path / "actor.toml").is_file():
            return path.stem if path.is_file() else path.name
    except OSError as error:
        _skipped(path, error.strerror or str(error))
    return None


@functools.lru_cache(maxsize=256)
def _skipped(path: Path, reason: str) -> None:
    """Once for each: actors are looked up with every request."""
    log.warning("%s is passed over among the actors: %s", path, reason)


def actor_path(name: str, folders: tuple[Path, ...]) -> Path:
    """The pack of an offered actor.

    Raises:
        ActorError: there is none of this name.
    """
    offered = offered_actors(folders)
    if name not in offered:
        raise ActorError(f"The backend has no actor '{name}'.", f"Choose one of: {', '.join(offered) or 'none here'}.")
    return offered[name]


def covered_to(pack: Path) -> Mapping[str, float]:
    """For each emotion the intensity up to which an offered actor was pictured; empty where its pack does not tell."""
    known = described(pack)
    return {} if known is None else known.covered_to


def described(pack: Path) -> Actor | None:
    """What an offered actor's pack says of itself; its models cannot be read. None where it cannot be read at all."""
    document = pack if pack.is_file() else pack / "actor.toml"
    try:
        changed = document.stat().st_mtime_ns
    except OSError:
        return None
    return _described(pack, changed)


@functools.lru_cache(maxsize=256)
def _described(pack: Path, changed: int) -> Actor | None:
    """Read once for each change of the pack: the server must answer within milliseconds."""
    try:
        return Actor(pack, pack_manifest(pack))
    except ActorError as error:
        log.warning("the actor in %s tells no coverage: %s", pack, error)
        return None

"""Actors that the backend offers, by name. What a client names is looked up here and never opened as a path."""

from pathlib import Path

from emogene.actors.pack import BUNDLED
from emogene_proto.errors import ActorError


def offered_actors(folders: tuple[Path, ...]) -> dict[str, Path]:
    """Name to pack: the bundled one, and each pack (folder or `.actor` file) that lies in one of `folders`."""
    actors = {"bundled": BUNDLED} if (BUNDLED / "actor.toml").is_file() else {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix == ".actor" or (path / "actor.toml").is_file():
                actors.setdefault(path.stem if path.is_file() else path.name, path)
    return actors


def actor_path(name: str, folders: tuple[Path, ...]) -> Path:
    """The pack of an offered actor.

    Raises:
        ActorError: there is none of this name.
    """
    offered = offered_actors(folders)
    if name not in offered:
        raise ActorError(f"The backend has no actor '{name}'.", f"Choose one of: {', '.join(offered) or 'none here'}.")
    return offered[name]

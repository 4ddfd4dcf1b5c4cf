"""An actor pack as one file, `name.actor`: a plain zip with the pack's files at its top."""

import contextlib
import hashlib
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from emogene.audio.speech_features import needed_by
from emogene.whole_write import whole_file
from emogene_proto.errors import ActorError

PACK_FILES = (
    "actor.toml",
    "face.safetensors",
    "speech_encoder.safetensors",
    "audio2motion.safetensors",
    "ldm.safetensors",
    "head_field.safetensors",
    "torso_field.safetensors",
    "head_motion.safetensors",
    "preview.png",
)
"""All that a pack may hold beside BACKGROUND, and must but for what `required_files` leaves out."""

BACKGROUND = "background.png"
"""Only in packs of actors that have a picture behind them."""

SPEECH_ENCODER = "speech_encoder.safetensors"
"""Only in packs whose motion model was trained on the built-in encoder."""

LARGEST_FILE = 64 * 2**20
"""Bytes; a model of an actor is a few megabytes."""

LARGEST_MANIFEST = 2**20
"""Bytes of an `actor.toml`, which has hundreds."""

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What a damaged zip may raise."""

REFUSED_HINT = "Ask whoever made the pack for a new copy."
_BEGINNING_OF_TIME = (1980, 1, 1, 0, 0, 0)


def required_files(folder: Path) -> tuple[str, ...]:
    """What the pack in a folder must hold, which its motion model decides; the preview comes last.

    Raises:
        ActorError: the motion model is damaged.
    """
    motion = folder / "audio2motion.safetensors"
    own_encoder = not motion.is_file() or needed_by(motion).kind == "built-in"
    return tuple(name for name in PACK_FILES if own_encoder or name != SPEECH_ENCODER)


def held_files(folder: Path) -> tuple[str, ...]:
    """All files of the pack in a folder: what it must hold, and its background where it has one; the preview last.

    Raises:
        ActorError: the motion model is damaged.
    """
    *models, preview = required_files(folder)
    return (*models, *(name for name in (BACKGROUND,) if (folder / name).is_file()), preview)


def write_archive(folder: Path, path: Path) -> None:
    """Pack a folder into one file; the same folder gives the same bytes.

    Raises:
        ActorError: a file of the pack is missing.
    """
    files = held_files(folder)
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        raise ActorError(f"The actor folder lacks {', '.join(missing)}.", "Build the actor again.")
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files:
            entry = zipfile.ZipInfo(name, _BEGINNING_OF_TIME)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)


def read_packed(path: Path, name: str) -> bytes:
    """One file of an `.actor` file, without unpacking it.

    Raises:
        ActorError: not a zip, damaged, too large, or without that file.
    """
    with _reading(path):
        _check_size(path)
        archive = zipfile.ZipFile(path)
    with archive:
        return read_entry(path, archive, name)


@contextlib.contextmanager
def checked_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An open `.actor` file that holds what a pack may hold, by name.

    Raises:
        ActorError: not a zip, something missing, something else inside, or too large.
    """
    with _reading(path):
        archive = zipfile.ZipFile(path)
    with archive:
        _check_entries(path, archive)
        yield archive


def read_entry(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of an open `.actor` file.

    Raises:
        ActorError: not there, damaged, or too large.
    """
    with _reading(path):
        try:
            return _content(path, archive, name)
        except KeyError as error:
            raise ActorError(f"{path.name} lacks {name}.", REFUSED_HINT) from error


def content_hash(path: Path) -> str:
    """Sha256 of an `.actor` file.

    Raises:
        ActorError: it cannot be read, or is too large.
    """
    with _reading(path):
        _check_size(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise ActorError(f"{path.name} cannot be unpacked: {error}.", REFUSED_HINT) from error


def _check_size(path: Path) -> None:
    if path.stat().st_size > (len(PACK_FILES) + 1) * LARGEST_FILE:
        raise ActorError(f"{path.name} is too large for an actor pack.", REFUSED_HINT)


def _check_entries(path: Path, archive: zipfile.ZipFile) -> None:
    names = [entry.filename for entry in archive.infolist()]
    foreign = sorted(set(names) - {*PACK_FILES, BACKGROUND})
    if foreign:
        raise ActorError(f"{path.name} holds '{foreign[0]}', which is no part of an actor pack.", REFUSED_HINT)
    missing = set(PACK_FILES) - {SPEECH_ENCODER} - set(names)
    if missing or len(names) != len(set(names)):
        raise ActorError(f"{path.name} does not hold each file of an actor pack once.", REFUSED_HINT)
    if any(entry.file_size > LARGEST_FILE for entry in archive.infolist()):
        raise ActorError(f"{path.name} is too large for an actor pack.", REFUSED_HINT)


def _content(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    """One entry; the size written in the archive is not believed."""
    if archive.getinfo(name).compress_type not in _COMPRESSIONS:
        raise ActorError(f"{path.name} is compressed in a way that is not read.", REFUSED_HINT)
    largest = LARGEST_MANIFEST if name == "actor.toml" else LARGEST_FILE
    with archive.open(name) as source:
        content = source.read(largest + 1)
    if len(content) > largest:
        raise ActorError(f"{path.name} is too large for an actor pack.", REFUSED_HINT)
    return content

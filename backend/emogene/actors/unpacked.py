"""`.actor` files unpacked into the cache: each once, whole, and for as long as it is used now and then."""

import contextlib
import re
import shutil
import tempfile
import time
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from emogene.actors.archive import (
    REFUSED_HINT,
    SPEECH_ENCODER,
    checked_archive,
    content_hash,
    read_entry,
    required_files,
)
from emogene.actors.folder_use import hold, move_unused
from emogene.cache import cache_folder
from emogene.whole_write import ABANDONED_SECONDS, sync_folder, write_whole
from emogene_proto.errors import ActorError

UNUSED_SECONDS = 30 * 24 * 3600.0
"""After so long an unpacked pack is given up; it is unpacked again when it is wanted."""

_UNPACKING = "unpacking-"
_PIECE = 2**20


def unpack_archive(path: Path) -> Path:
    """The folder of an `.actor` file in the cache, whole, and this process' own to read until it ends.

    Only the files that a pack may hold are taken, by name, so an archive cannot write anywhere else or fill the disk.
    What is damaged in the folder, e.g. since a power cut, is unpacked again.

    Raises:
        ActorError: not a zip, damaged, something missing, something else inside, or too large; or the cache cannot be
            written.
    """
    folder = cache_folder() / "actors" / content_hash(path)
    with checked_archive(path) as archive, _writing(folder.parent):
        held = hold(folder)
        if not held:
            folder.parent.mkdir(parents=True, exist_ok=True)
            _give_up_old(folder.parent)
            _unpack(path, archive, folder)
        _mend(path, archive, folder)
        if not held:
            hold(folder)
    return folder


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"The cache folder {folder} cannot be written: {error.strerror or error}."
        raise ActorError(message, "Make room on its disk, or set EMOGENE_CACHE.") from error


def _unpack(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    partial = Path(tempfile.mkdtemp(prefix=_UNPACKING, dir=folder.parent))
    try:
        names = archive.namelist()
        for name in names:
            write_whole(partial / name, read_entry(path, archive, name), name_lasts=False)
        if not set(required_files(partial)) <= set(names):
            raise ActorError(f"{path.name} lacks {SPEECH_ENCODER}.", REFUSED_HINT)
        sync_folder(partial)
        try:
            partial.replace(folder)
        except OSError:
            if not folder.is_dir():  # else somebody was faster
                raise
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _mend(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    for entry in archive.infolist():
        if not _is_whole(folder / entry.filename, entry):
            write_whole(folder / entry.filename, read_entry(path, archive, entry.filename))


def _is_whole(file: Path, entry: zipfile.ZipInfo) -> bool:
    check = 0
    try:
        if file.stat().st_size != entry.file_size:
            return False
        with file.open("rb") as source:
            while piece := source.read(_PIECE):
                check = zlib.crc32(piece, check)
    except OSError:
        return False
    return check == entry.CRC


def _give_up_old(actors: Path) -> None:
    """Remove what killed processes left, and packs that nobody uses any more."""
    for path in actors.iterdir():
        with contextlib.suppress(OSError):  # somebody else removes it, or it is not ours to remove
            age = time.time() - path.stat().st_mtime
            if path.name.startswith(_UNPACKING):
                if age > ABANDONED_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)
            elif age > UNUSED_SECONDS and re.fullmatch("[0-9a-f]{64}", path.name):
                gone = actors / f"{_UNPACKING}{uuid.uuid4().hex}"
                if move_unused(path, gone, UNUSED_SECONDS):
                    shutil.rmtree(gone, ignore_errors=True)

"""Uploaded files, each under the hash of its content. A client names a hash, never a path."""

import contextlib
import hashlib
import logging
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from emogene.service.eviction import put_back, touched
from emogene.whole_write import sync_file, sync_folder
from emogene_proto.errors import BackendError, EmoGeneError, ProtocolError
from emogene_proto.shot import Shot

log = logging.getLogger("emogene.service")

MAX_BLOB_BYTES = 1024 * 1024 * 1024
PIECE_BYTES = 512 * 1024
KEPT_BYTES = 20 * 2**30
WINDOW = 4
"""Pieces that a client may send ahead."""
STALLED_SECONDS = 600.0
"""An upload without a new piece for so long is given up: it counts against what all clients may bring."""
ABANDONED_SECONDS = 24 * 3600
"""What has not grown for so long was left by a backend that was killed."""

_ROOM = "Make room on the backend's disk."


class UploadError(EmoGeneError):
    """A file could not be taken in."""

    code = "upload"


class BlobFiles:
    """The files themselves, as an Evictor sees them."""

    def __init__(self, folder: Path, quota_bytes: int):
        self.folder = folder
        self.quota_bytes = quota_bytes

    def folders(self) -> Iterator[Path]:
        """There is one."""
        return iter((self.folder,))

    def path(self, key: str) -> Path:
        """Where the content of this sha256 lies, or would lie."""
        return self.folder / key

    def key_of(self, name: str) -> str | None:
        """Its sha256; None if it is no upload."""
        return name if re.fullmatch("[0-9a-f]{64}", name) else None


class BlobStore:
    """A folder of files named by their sha256.

    Whoever needs one to stay holds it first (see live_frames.py), then asks whether it is here.
    """

    def __init__(self, folder: Path, quota_bytes: int = KEPT_BYTES):
        """Beyond `quota_bytes` an Evictor of `files` removes those that were not used for longest."""
        self.files = BlobFiles(folder, quota_bytes)
        self._partial = folder / "partial"
        self._partial.mkdir(parents=True, exist_ok=True)
        self._remove_abandoned()

    def path(self, sha256: str) -> Path | None:
        """Where the content lies; None if it is not here. It counts as used now."""
        path = self.files.path(sha256)
        for _ in range(2):
            try:
                about = path.stat()
            except FileNotFoundError:
                put_back(path)
            except OSError:
                break
            else:
                touched(path, about)
                return path if stat.S_ISREG(about.st_mode) else None
        return None

    def recordings(self, shot: Shot) -> list[Path] | None:
        """Where each of `shot.recordings` lies; None if one is not here."""
        places = {sha256: self.path(sha256) for sha256 in dict.fromkeys(part.audio.sha256 for part in shot.recordings)}
        paths = [places[part.audio.sha256] for part in shot.recordings]
        there = [path for path in paths if path is not None]
        return there if len(there) == len(paths) else None

    def picture(self, shot: Shot) -> Path | None:
        """Where the picture behind the actor lies; None where the shot has none.

        Raises:
            BackendError: it has one, and it is not here.
        """
        background = shot.background
        if background.kind != "picture":
            return None
        path = self.path(background.picture.sha256) if background.picture is not None else None
        if path is None:
            message = "The backend does not have the picture of the background."
            raise BackendError(message, "Choose the picture again.", code="no_picture")
        return path

    def check(self, sha256: str) -> None:
        """Read a file once more, before much work is built on it: a power cut may have damaged it.

        Raises:
            BackendError: it is damaged, or not here; it is removed, so that it can be brought again.
        """
        path = self.files.path(sha256)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            found = ""
        if found != sha256:
            with contextlib.suppress(OSError):  # open in another process (Windows)
                path.unlink()
            message = "A file that was brought to the backend is damaged on its disk."
            raise BackendError(message, "Choose it again, or render again.", code="upload_lost")

    def sync(self, sha256: str) -> None:
        """Make a file outlast a power cut. May take as long as the disk likes."""
        try:
            sync_file(self.files.path(sha256))
            sync_folder(self.files.folder)
        except OSError as error:  # `check` notices where it matters
            log.warning("an upload may not outlast a power cut: %s", error)

    def begin(self, sha256: str, size: int) -> "IncomingBlob":
        """Start to take in a file.

        Raises:
            UploadError: it is empty, larger than a backend takes, or cannot be stored.
        """
        if size == 0:
            raise UploadError("The file is empty.", "Export or record it again.")
        if size > MAX_BLOB_BYTES:
            raise UploadError(
                f"The file has {size / 2**20:.0f} MB, more than the {MAX_BLOB_BYTES / 2**20:.0f} MB that are taken.",
                "Save it smaller: sound as FLAC or mono, or a shorter part of it; pictures as JPEG.",
            )
        try:
            return IncomingBlob(self.files.path(sha256), self._partial, sha256, size)
        except OSError as error:
            raise UploadError("The file cannot be stored.", _ROOM) from error

    def _remove_abandoned(self) -> None:
        for path in self._partial.iterdir():
            with contextlib.suppress(FileNotFoundError):  # server and worker look into the same folder
                if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                    path.unlink()


class IncomingBlob:
    """A file on its way in; it appears in the store only whole and with the right hash."""

    def __init__(self, target: Path, partial_folder: Path, sha256: str, size: int):
        self.sha256 = sha256
        self.size = size
        self.received = 0
        self.heard = time.monotonic()
        self._target = target
        self._hash = hashlib.sha256()
        self._file = tempfile.NamedTemporaryFile(dir=partial_folder, delete=False)  # noqa: SIM115 - outlives this call

    def add(self, offset: int, piece: bytes) -> bool:
        """Append one piece; True when the file is complete and stored.

        Raises:
            ProtocolError: the piece does not fit where it should.
            UploadError: the content is not what its hash promised, or the disk is full.
        """
        if offset != self.received or len(piece) > PIECE_BYTES or self.received + len(piece) > self.size:
            raise ProtocolError("A piece of the upload does not follow the one before.", "Load the file again.")
        try:
            self._file.write(piece)
        except OSError as error:
            raise UploadError("The file cannot be stored.", _ROOM) from error
        self._hash.update(piece)
        self.heard = time.monotonic()
        self.received += len(piece)
        return self.received == self.size and self._finish()

    @property
    def stalled(self) -> bool:
        """Whether nothing has come for so long that its client is gone, or hangs."""
        return time.monotonic() - self.heard > STALLED_SECONDS

    def discard(self) -> None:
        """Forget what has come so far."""
        with contextlib.suppress(OSError):  # what it still held may not fit on the disk; it is not wanted any more
            self._file.close()
        Path(self._file.name).unlink(missing_ok=True)

    def _finish(self) -> bool:
        if self._hash.hexdigest() != self.sha256:
            raise UploadError("The file arrived with another content than was announced.", "Load the file again.")
        try:
            self._file.close()
            Path(self._file.name).replace(self._target)
        except OSError as error:
            if not self._target.is_file():  # it may have come by another way meanwhile, and be in use
                raise UploadError("The file cannot be stored.", _ROOM) from error
            self.discard()
        return True

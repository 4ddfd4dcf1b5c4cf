"""Uploaded files, each under the hash of its content. A client names a hash, never a path."""

import contextlib
import hashlib
import tempfile
import time
from pathlib import Path

from emogene_proto.errors import BackendError, EmoGeneError, ProtocolError
from emogene_proto.shot import Shot

MAX_BLOB_BYTES = 1024 * 1024 * 1024
PIECE_BYTES = 512 * 1024
WINDOW = 4
"""Pieces that a client may send ahead."""
ABANDONED_SECONDS = 24 * 3600
"""What has not grown for so long was left by a backend that was killed."""

_ROOM = "Make room on the backend's disk."


class UploadError(EmoGeneError):
    """A file could not be taken in."""

    code = "upload"


class BlobStore:
    """A folder of files named by their sha256."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._partial = folder / "partial"
        self._partial.mkdir(parents=True, exist_ok=True)
        self._remove_abandoned()

    def path(self, sha256: str) -> Path | None:
        """Where the content lies; None if it is not here."""
        path = self._folder / sha256
        return path if path.is_file() else None

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
            return IncomingBlob(self._folder / sha256, self._partial, sha256, size)
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
        self.received += len(piece)
        return self.received == self.size and self._finish()

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

"""Bringing one file to the backend in small steps, none of which takes longer than it is given."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from .errors import AudioError
from .messages import AnyEvent, Failed, Upload, Uploaded, UploadPiece, UploadProgress, UploadReady
from .wire import Buffer, encode

HASH_STEP_BYTES = 256 * 1024


class FileUpload:
    """Hashes the file, offers it, sends pieces as the backend takes them.

    The file is opened for each step only, so nobody else is kept from it; if it changes meanwhile the hash tells.
    """

    def __init__(self, request_id: int, path: Path):
        self.id = request_id
        self.path = path
        self.sha256 = ""
        self.finished = False
        self._hash = hashlib.sha256()
        self._position = 0
        self._size = 0
        self._answered = 0
        self._ready: UploadReady | None = None

    def step(self, deadline: float, clock: Callable[[], float] = time.monotonic) -> list[list[Buffer]]:
        """Work until `deadline` or until an answer is needed; returns messages to send.

        Raises:
            AudioError: the file cannot be read.
        """
        try:
            messages = self._hash_until(deadline, clock) if not self.sha256 else self._pieces(deadline, clock)
        except OSError as error:
            self.finished = True
            raise AudioError(f"{self.path.name} cannot be read.", "Check that the file exists.") from error
        return messages

    def handle(self, event: AnyEvent) -> None:
        """Take in an answer with this upload's id."""
        if isinstance(event, UploadReady):
            self._ready = event
            self._position = 0
        elif isinstance(event, UploadProgress):
            self._answered = event.received
        elif isinstance(event, Uploaded | Failed):
            self.finished = True

    def _hash_until(self, deadline: float, clock: Callable[[], float]) -> list[list[Buffer]]:
        with self.path.open("rb") as file:
            file.seek(self._position)
            while piece := file.read(HASH_STEP_BYTES):
                self._hash.update(piece)
                self._position += len(piece)
                if clock() >= deadline:
                    return []
        self._size = self._position
        self.sha256 = self._hash.hexdigest()
        return [encode(Upload(id=self.id, sha256=self.sha256, size=self._size))]

    def _pieces(self, deadline: float, clock: Callable[[], float]) -> list[list[Buffer]]:
        messages: list[list[Buffer]] = []
        if self._ready is None or self._position >= self._size:
            return messages
        limit = self._answered + self._ready.window * self._ready.piece_bytes
        with self.path.open("rb") as file:
            file.seek(self._position)
            while self._position < min(self._size, limit):
                piece = file.read(min(self._ready.piece_bytes, self._size - self._position))
                if not piece:
                    raise OSError("the file became shorter")
                messages.append(encode(UploadPiece(id=self.id, offset=self._position), [piece]))
                self._position += len(piece)
                if clock() >= deadline:
                    break
        return messages

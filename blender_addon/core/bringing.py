# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a shot on their way to the backend, one after the other: recordings, then the background's picture."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from ..emogene_proto.client import Client
from ..emogene_proto.shot import AudioRef, Shot
from .background import picture_to_bring, with_picture

_VOICE, _PICTURE = "sending the voice", "sending the background"
_NOT_THERE = ("no_audio", "no_picture", "upload_lost")
"""Codes of what fails because the backend has a file no more, e.g. where its cache was cleaned."""

_FileState = tuple[int, int]
"""Time of the last change in nanoseconds, and size."""


class KnownFiles:
    """What the backend has of this computer's files, as long as they are not changed."""

    def __init__(self):
        self._hashes: dict[Path, tuple[_FileState, str]] = {}

    def sha256(self, path: Path) -> str:
        """Of the file's content, if the backend has it; else empty."""
        state, sha256 = self._hashes.get(path, (None, ""))
        return sha256 if sha256 and state == file_state(path) else ""

    def remember(self, path: Path, state: _FileState, sha256: str) -> None:
        """The backend has what the file held when it was in this state."""
        self._hashes[path] = state, sha256

    def forget(self, path: Path) -> None:
        """The backend may have it no more."""
        self._hashes.pop(path, None)

    def clear(self) -> None:
        self._hashes.clear()


class Bringing:
    """Brings what the backend does not have; `shot` then names all by content."""

    def __init__(self, shot: Shot, known: KnownFiles, with_background: bool):
        """
        Args:
            shot: paths are those of this computer.
            known: is told of each file that was brought.
            with_background: whether the background's picture is needed.
        """
        self.shot = shot
        self.stage = _VOICE
        self._known = known
        paths = dict.fromkeys(Path(part.audio.path) for part in shot.recordings)
        self._all: list[tuple[str, Path]] = [(_VOICE, path) for path in paths]
        if with_background and (picture := picture_to_bring(shot)) is not None:
            self._all.append((_PICTURE, picture))
        self._wanted = list(self._all)
        self._began_again = False
        self._coming: tuple[str, Path, _FileState] | None = None

    def next_request(self, client: Client) -> int:
        """Begin with the next file; returns its request, 0 where all are there."""
        while self._wanted:
            self.stage, path = self._wanted.pop(0)
            if sha256 := self._known.sha256(path):
                self.shot = _with_hash(self.shot, self.stage, path, sha256)
                continue
            self._coming = self.stage, path, file_state(path)
            return client.upload(path)
        return 0

    def uploaded(self, sha256: str) -> bool:
        """The file that was coming is there; False where none was."""
        if self._coming is None:
            return False
        stage, path, state = self._coming
        self._known.remember(path, state, sha256)
        self.shot = _with_hash(self.shot, stage, path, sha256)
        self._coming = None
        return True

    def begins_again(self, code: str) -> bool:
        """Whether what failed with this code is worth another try, with all files brought once more; only once.

        Where True, `next_request` begins with the first file.
        """
        if code not in _NOT_THERE or self._began_again or self._coming is not None:
            return False
        self._began_again = True
        for _, path in self._all:
            self._known.forget(path)
        self._wanted = list(self._all)
        return True


def file_state(path: Path) -> _FileState:
    """Zeros where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def hashes_of(shot: Shot) -> tuple[str, ...]:
    """Contents of the shot's recordings, in order."""
    return tuple(part.audio.sha256 for part in shot.recordings)


def without_hashes(shot: Shot) -> Shot:
    """The shot as it was before its recordings were brought to the backend."""
    return _map_audio(shot, lambda audio: msgspec.structs.replace(audio, sha256=""))


def _with_hash(shot: Shot, stage: str, path: Path, sha256: str) -> Shot:
    if stage == _PICTURE:
        return with_picture(shot, sha256)
    return _map_audio(
        shot, lambda audio: msgspec.structs.replace(audio, sha256=sha256) if Path(audio.path) == path else audio
    )


def _map_audio(shot: Shot, change: Callable[[AudioRef], AudioRef]) -> Shot:
    further = tuple(msgspec.structs.replace(part, audio=change(part.audio)) for part in shot.further_audio)
    return msgspec.structs.replace(shot, audio=change(shot.audio), further_audio=further)

"""The record of finished frames, beside them in the folder `.emogene`: one file of JSON lines for each process.

A line is added once its frame is in place, so what is recorded was there; whether it still is, its hash says. Several
computers may render into one folder: nobody writes into the file of another, and everybody reads all of them.
"""

import hashlib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

RECORD_FOLDER = ".emogene"
_OLD_SECONDS = 24 * 3600.0
"""No frame takes so long: an unfinished file of this age was left by a process that was killed."""


class FrameRecord(msgspec.Struct, frozen=True):
    """A frame that was finished."""

    frame: Annotated[int, msgspec.Meta(ge=-(2**40), le=2**40)]
    key: str
    """Hash of all that the picture depends on but who drew it."""
    drawn_by: str
    """Which engine and releases drew it."""
    place: str
    """Hash of where it stands in the film, where its file says that."""
    sha256: str
    """Of the file."""
    bytes: int


def line_of(record: FrameRecord) -> bytes:
    """The record as a line of its file."""
    return msgspec.json.encode(record) + b"\n"


def read_lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The frame's number and the line of each record; what is torn, or was damaged, is passed over."""
    decoder = msgspec.json.Decoder(FrameRecord)
    *lines, _torn = content.split(b"\n")
    for line in lines:
        try:
            yield decoder.decode(line).frame, line
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue


class FinishedFrames:
    """What is recorded in a folder of some frames."""

    def __init__(self, folder: Path, numbers: range):
        """`numbers`: of these frames; the rest is not kept in memory."""
        self._folder = folder
        self._lines: dict[int, list[bytes]] = {}
        for path in sorted((folder / RECORD_FOLDER).glob("frames-*.jsonl")):
            for number, line in read_lines(_content(path)):
                if number in numbers:
                    self._lines.setdefault(number, []).append(line)

    def __contains__(self, number: int) -> bool:
        return number in self._lines

    def read(self, number: int, file_name: str, key: str) -> tuple[bytes, tuple[FrameRecord, ...]]:
        """The frame's file, and the records that say it is this picture; none where it is missing, damaged or another.

        Of several records, those that fit the file count: two processes may have drawn the same frame.
        """
        if number not in self._lines:
            return b"", ()
        content = _content(self._folder / file_name)
        digest = hashlib.sha256(content).hexdigest()
        told = (msgspec.json.decode(line, type=FrameRecord) for line in self._lines[number])
        return content, tuple(record for record in told if (record.sha256, record.key) == (digest, key))


class RecordFile:
    """This process' own file of records; it appears with the first one."""

    def __init__(self, folder: Path):
        self.folder = folder / RECORD_FOLDER
        self._path = self.folder / f"frames-{uuid.uuid4().hex}.jsonl"
        self._file: BinaryIO | None = None

    def add(self, record: FrameRecord) -> None:
        """Record a frame whose file is in place.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab", buffering=0)
        self._file.write(line_of(record))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def remove_leftovers(folder: Path) -> None:
    """Remove unfinished files that a killed process left a day ago or longer."""
    for path in (folder / RECORD_FOLDER).glob(".*.tmp"):
        try:
            if time.time() - path.stat().st_mtime > _OLD_SECONDS:
                path.unlink(missing_ok=True)
        except OSError:
            continue  # somebody else removes it, or it is not ours to remove


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""

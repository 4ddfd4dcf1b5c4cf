"""The record of finished frames, beside them in the folder `.emogene`: one file of JSON lines for each process.

A line is added once its frame is in place, so what is recorded was there; whether it still is, its hash says. Several
computers may render into one folder: nobody writes into the file of another, and everybody reads all of them.
"""

import hashlib
import math
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

from emogene.whole_write import remove_abandoned, sync_folder, write_all

RECORD_FOLDER = ".emogene"
SYNC_SECONDS = 2.0
"""So much work at most is lost in a power cut. Each frame's pixels are synced at once, but their names and this record
only so often: small frames would wait longer for the disk than for their picture."""


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
    """This process' own file of records; it appears with the first one. It outlasts a power cut, and so do the names
    of the frames that are in it: all but those of the last SYNC_SECONDS."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic):
        self.folder = folder / RECORD_FOLDER
        self._path = self.folder / f"frames-{uuid.uuid4().hex}.jsonl"
        self._file: BinaryIO | None = None
        self._clock = clock
        self._synced = -math.inf
        """When, by the clock."""

    def add(self, record: FrameRecord) -> None:
        """Record a frame whose file is in place.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        if self._file is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab", buffering=0)
        write_all(self._file.fileno(), line_of(record))
        if self._clock() - self._synced >= SYNC_SECONDS:
            self._sync(self._file)

    def close(self) -> None:
        """Nothing of what was added is lost in a power cut from then on, unless the disk does not take it any more."""
        if self._file is not None:
            with suppress(OSError):  # frames whose record is lost are rendered again
                self._sync(self._file)
            self._file.close()
            self._file = None

    def _sync(self, file: BinaryIO) -> None:
        """Names of frames before the record, which tells of them."""
        sync_folder(self.folder.parent)
        os.fsync(file.fileno())
        sync_folder(self.folder)
        self._synced = self._clock()


def remove_leftovers(folder: Path) -> None:
    """Remove unfinished files that a killed process left a day ago or longer."""
    remove_abandoned(folder / RECORD_FOLDER)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""

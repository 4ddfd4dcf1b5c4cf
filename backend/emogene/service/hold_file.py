"""The file that says what one backend's live jobs hold.

16 bytes that change whenever the file is written anew, then one record for each hold: 16 bytes hash of the job's id,
how many bytes follow as little-endian uint64, keys of 32 bytes each. A job's last record counts; one without keys
releases it. Records are appended. One that is not there to its end counts for nothing: its writer was not told yet that
it holds.
"""

import hashlib
import logging
import os
import secrets
import struct
from pathlib import Path
from typing import NamedTuple

from emogene.service.array_folder import StoreError
from emogene.whole_write import replace_file, write_all

log = logging.getLogger("emogene.service")

KEY_BYTES = 32
SLACK_BYTES = 2**20
"""Released records that may lie in the file, beside as much again as is held."""

_GENERATION_BYTES = 16
_RECORD = struct.Struct("<16sQ")

State = tuple[bytes, int]
"""By what the content of a file is known: its first bytes and its length."""


class Holds(NamedTuple):
    """What a file says: the keys by the hash of a job's id; None where it is as it was."""

    state: State
    holds: dict[bytes, bytes] | None


class HoldFile:
    """A backend's own file."""

    def __init__(self, path: Path, holds: dict[bytes, bytes]):
        """Write it anew, with these holds.

        Raises:
            OSError: it cannot be written.
        """
        self.holds = holds
        self._path = path
        self._size = 0
        self._torn = True
        """Its end may be no whole record, so nothing can be put behind it."""
        self._rewrite()

    def hold(self, job_id: str, keys: bytes) -> None:
        """Hold these for a job, in place of what was held for it.

        Raises:
            ValueError: these are no keys.
            StoreError: the file cannot be written; then all is held as before.
        """
        if len(keys) % KEY_BYTES:
            raise ValueError(f"Keys have {KEY_BYTES} bytes each, so {len(keys)} bytes are none.")
        job, before = job_hash(job_id), self.holds
        self.holds = {**before, job: keys}
        if not keys:
            del self.holds[job]
        try:
            self._write(job, keys)
        except OSError as error:
            self.holds = before
            message = f"The backend's cache cannot be written: {error.strerror or error}."
            raise StoreError(message, "Make room on its disk.") from error

    def release(self, job_id: str) -> None:
        """Hold nothing for a job any more. Where that cannot be written, it is with the next hold."""
        job = job_hash(job_id)
        if self.holds.pop(job, None) is None:
            return
        try:
            self._write(job, b"")
        except OSError as error:
            log.warning("frames of job %s stay held: %s", job_id, error)

    def _write(self, job: bytes, keys: bytes) -> None:
        held = sum(len(kept) for kept in self.holds.values())
        if self._torn or self._size > 2 * held + len(keys) + SLACK_BYTES:
            try:
                self._rewrite()
                return
            except OSError:
                if self._torn:
                    raise  # else what is there is whole, and goes on to grow
        self._torn = True
        with self._path.open("ab", buffering=0) as file:
            self._size += write_all(file.fileno(), _RECORD.pack(job, len(keys)) + keys)
        self._torn = False

    def _rewrite(self) -> None:
        temporary = self._path.with_name("new")
        parts = [_RECORD.pack(job, len(keys)) + keys for job, keys in self.holds.items()]
        with temporary.open("wb", buffering=0) as file:
            size = write_all(file.fileno(), secrets.token_bytes(_GENERATION_BYTES) + b"".join(parts))
        replace_file(temporary, self._path)
        self._size, self._torn = size, False


def read_holds(path: Path, known: State | None = None) -> Holds:
    """What a backend holds; nothing where there is no such file.

    Args:
        known: as it was read before; where it is the same, it is not read again.

    Raises:
        OSError: it cannot be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return Holds((b"", 0), {})
    with file:
        size = os.fstat(file.fileno()).st_size
        state = (file.read(_GENERATION_BYTES), size)
        if state == known:
            return Holds(state, None)
        raw = file.read(max(size - _GENERATION_BYTES, 0))
    return Holds(state, _records(raw))


def job_hash(job_id: str) -> bytes:
    return hashlib.blake2b(job_id.encode(), digest_size=16).digest()


def _records(raw: bytes) -> dict[bytes, bytes]:
    holds: dict[bytes, bytes] = {}
    at = 0
    while at + _RECORD.size <= len(raw):
        job, length = _RECORD.unpack_from(raw, at)
        at += _RECORD.size
        if at + length > len(raw):
            break
        holds.pop(job, None)
        if length:
            holds[job] = raw[at : at + length // KEY_BYTES * KEY_BYTES]
        at += length
    return holds

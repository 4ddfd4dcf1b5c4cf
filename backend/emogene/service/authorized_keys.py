"""The file of those who may use a backend from other computers: one public key a line, then a name."""

import logging
import os
import stat
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from emogene_proto.errors import AccessError
from emogene_proto.keys import clean_name, is_key

log = logging.getLogger("emogene.service")

SETTLE_SECONDS = 1.0
"""A key counts as taken out when the file has stayed without it for so long: an editor may empty a file before it
writes it, or put another in its place."""
LARGEST_BYTES = 4 * 1024 * 1024
_Signature = tuple[int, int, int] | None


def read_authorized_keys(path: Path) -> dict[str, str]:
    """Names by public key. Lines that are empty or begin with # say nothing.

    Raises:
        AccessError: the file is not there, a line is no key and a name, or others than its owner may write it.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            text = file.read(LARGEST_BYTES).decode("utf-8")
    except FileNotFoundError as error:
        raise AccessError(f"There is no file {path} of authorized keys.", _MAKE_HINT) from error
    except (OSError, UnicodeDecodeError) as error:
        raise AccessError(f"The file {path} of authorized keys cannot be read.", _MAKE_HINT) from error
    if sys.platform != "win32" and stat.S_IMODE(status.st_mode) & 0o022:
        raise AccessError(f"Others may write the file {path}, and so let themselves in.", f"chmod go-w {path}")
    keys: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        key, _, name = line.strip().partition(" ")
        if not key or key.startswith("#"):  # no key does: five characters of Z85 stay below 2**32
            continue
        if not is_key(key):
            raise AccessError(f"Line {number} of {path} is not a public key and a name.", _MAKE_HINT)
        keys[key] = clean_name(name) or f"key of line {number}"
    return keys


_MAKE_HINT = "A client's line is printed by `emogene keys new` and `emogene keys show`."


class AuthorizedKeys:
    """The file's keys, now: `look` follows it."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic):
        """Read the file.

        Raises:
            AccessError: it is not there or damaged.
        """
        self.path = path
        self.names: Mapping[str, str] = read_authorized_keys(path)
        """Name by public key; replaced as a whole, so other threads may read it."""
        self._clock = clock
        self._seen = _signature(path)
        self._settles: float | None = None
        if not self.names:
            log.warning("%s has no keys yet: no other computer may use this backend", path)

    def look(self) -> None:
        """Take in what has changed: new keys at once, removals when the file has settled."""
        signature = _signature(self.path)
        if signature != self._seen:
            self._seen = signature
            self._settles = self._clock() + SETTLE_SECONDS
            self.names = {**self.names, **self._read(quiet=True)}
        elif self._settles is not None and self._clock() >= self._settles:
            self._settles = None
            self.names = self._read()
            log.info("%s has changed: %d keys are allowed", self.path, len(self.names))

    def _read(self, quiet: bool = False) -> dict[str, str]:
        """The file as it is; nobody is allowed by one that is damaged."""
        try:
            return read_authorized_keys(self.path)
        except AccessError as error:
            if not quiet:
                log.error("%s %s Until then no other computer may use this backend.", error.message, error.hint)
            return {}


def _signature(path: Path) -> _Signature:
    """Changes when the file does; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino

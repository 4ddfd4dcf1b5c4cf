"""The backend's log: JSON lines in files that are replaced in turn, the same for people on standard error.

A line says which job, frame, worker and client it is about where that is known: by `extra={"job": job.id}` of a single
line, or by `about(job=job.id)` for all within a block. Secrets that were registered are never written.
"""

import contextlib
import contextvars
import enum
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import msgspec

from emogene.service.folder_lock import lock_folder
from emogene_proto.errors import BackendError

log = logging.getLogger("emogene.service")

FILE_NAME = "backend.jsonl"
LARGEST_BYTES = 5_000_000
KEPT_FILES = 5
"""Beside the one that is written: backend.jsonl.1 is the newest of them."""
FOLDERS = 16
"""So many backends that share a cache have logs there."""
FOR_PEOPLE = "%(asctime)s %(name)s %(levelname)s %(message)s"
ABOUT = ("job", "frame", "worker", "client")
SHORTEST_SECRET = 8

_secrets: set[str] = set()
_about: contextvars.ContextVar[Mapping[str, Any] | None] = contextvars.ContextVar("about", default=None)


class LogLevel(enum.StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        return getattr(logging, self.name)


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One line of the log."""

    time: str
    """ISO 8601 in UTC, with milliseconds."""
    level: str
    logger: str
    event: str
    job: str = ""
    frame: int | None = None
    worker: int | None = None
    """Its process id."""
    client: str = ""
    traceback: str = ""


@contextlib.contextmanager
def about(
    job: str | None = None, frame: int | None = None, worker: int | None = None, client: str | None = None
) -> Iterator[None]:
    """What is logged in this block is about this job, frame, worker (its process id) or client."""
    given = {"job": job, "frame": frame, "worker": worker, "client": client}
    known = {name: value for name, value in given.items() if value is not None}
    before = _about.set({**(_about.get() or {}), **known})
    try:
        yield
    finally:
        _about.reset(before)


def register_secret(secret: str | bytes) -> None:
    """From now on this is masked wherever it stands in a line; bytes in hexadecimal digits too.

    Raises:
        ValueError: it is so short that it would mask ordinary words.
    """
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"a secret has at least {SHORTEST_SECRET} characters")
    if isinstance(secret, str):
        _secrets.add(secret)
    else:
        _secrets.update((secret.hex(), secret.decode("latin-1")))


def masked(text: str) -> str:
    """The text without registered secrets."""
    for secret in list(_secrets):  # another thread may register one meanwhile
        text = text.replace(secret, "[secret]")
    return text


class MaskSecrets(logging.Filter):
    """Takes secrets out of a record before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # its arguments do not fit: no reason to lose the line
            text = f"{record.msg} {record.args}"
        record.msg, record.args = masked(text), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = masked(record.exc_text)
        for name in ABOUT:
            if isinstance(value := getattr(record, name, None), str):
                setattr(record, name, masked(value))
        return True


class JsonLines(logging.Formatter):
    """A LogLine for each record."""

    def format(self, record: logging.LogRecord) -> str:
        known = {name: getattr(record, name) for name in ABOUT if hasattr(record, name)}
        traceback = record.exc_text or (self.formatException(record.exc_info) if record.exc_info else "")
        line = LogLine(
            time=datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            level=record.levelname.lower(),
            logger=record.name,
            event=_writable(record.getMessage()),
            traceback=_writable(traceback),
            **{**(_about.get() or {}), **known},
        )
        return msgspec.json.encode(line).decode()


class RotatingFile(RotatingFileHandler):
    """Trouble with the file is told once on standard error, and costs lines but never more."""

    def __init__(self, path: Path, largest_bytes: int = LARGEST_BYTES, kept_files: int = KEPT_FILES):
        self._told = False
        super().__init__(path, maxBytes=largest_bytes, backupCount=kept_files, encoding="utf-8")

    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError as error:  # e.g. on Windows, where somebody reads the old file
            self._tell(error)
            self.maxBytes += LARGEST_BYTES  # try again after so much more
            if self.stream is None:
                self.stream = self._open()

    def handleError(self, record: logging.LogRecord) -> None:
        self._tell(sys.exception())

    def _open(self) -> Any:
        """Readable by its owner only: it names people's files."""
        return open(  # noqa: PTH123
            self.baseFilename, self.mode, encoding=self.encoding, opener=lambda path, flags: os.open(path, flags, 0o600)
        )

    def _tell(self, error: BaseException | None) -> None:
        if not self._told and sys.stderr is not None:
            self._told = True
            print(f"the log {self.baseFilename} cannot be written: {error}", file=sys.stderr)


@contextlib.contextmanager
def backend_log(log_file: Path | None, folder: Path, level: LogLevel = LogLevel.INFO) -> Iterator[Path | None]:
    """Log what `emogene` loggers say while the block runs; gives the file, None where none can be written.

    Args:
        log_file: is written as JSON lines; None is one in `folder` that no other backend writes.
        level: the least that is logged.

    Raises:
        BackendError: `log_file` cannot be written. The one in `folder` only costs a warning.
    """
    people = logging.StreamHandler()
    people.setFormatter(logging.Formatter(FOR_PEOPLE))
    logger = logging.getLogger("emogene")
    before = logger.level
    with contextlib.ExitStack() as stack:
        stack.callback(logger.setLevel, before)
        logger.setLevel(level.number)
        _attach(logger, people, stack)
        file = _given_file(log_file) if log_file else _own_file(folder, stack)
        if file is not None:
            file.setFormatter(JsonLines())
            _attach(logger, file, stack)
        yield Path(file.baseFilename) if file else None


def _attach(logger: logging.Logger, handler: logging.Handler, stack: contextlib.ExitStack) -> None:
    handler.addFilter(MaskSecrets())
    logger.addHandler(handler)
    stack.callback(handler.close)
    stack.callback(logger.removeHandler, handler)


def _given_file(path: Path) -> RotatingFile:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFile(path)
    except OSError as error:
        message = f"The log {path} cannot be written: {error.strerror}."
        raise BackendError(message, "Choose another file with --log-file.", code="log") from error


def _own_file(folder: Path, stack: contextlib.ExitStack) -> RotatingFile | None:
    """Of several backends that share a cache each writes a file of its own, since one renames what another has open."""
    for place in (folder, *(folder / str(number) for number in range(2, FOLDERS + 1))):
        try:
            lock: TextIO | Any = lock_folder(place)
            if lock is not None:
                stack.callback(lock.close)
                return RotatingFile(place / FILE_NAME)
        except OSError as error:
            log.warning("no log is kept in %s: %s", place, error.strerror)
            return None
    log.warning("no log is kept in %s: too many backends write there", folder)
    return None


def _writable(text: str) -> str:
    """File names may hold what is no text."""
    return text.encode("utf-8", "backslashreplace").decode()

"""What a backend's log says while cases run: errors of its own, and workers that ended without being told to."""

import contextlib
import re
import signal
import sys
from pathlib import Path

import msgspec

from emogene.service.logs import KEPT_FILES, LogLine, log

STARTED = re.compile(r"worker (\d+) started")
TOLD_TO_END = re.compile(r"worker (\d+) is ended: its task was cancelled")
BEGUN = re.compile(r"begins: \w+ of frames .*")
ENDED = re.compile(r"worker (\d+) ended with status (-?\d+)")
KILLED = 1 if sys.platform == "win32" else -signal.SIGKILL


class NewLines:
    """Reads a log that is written and rotated meanwhile: each line once. Files are known by their first lines."""

    def __init__(self, path: Path):
        self._paths = (path, *(path.with_name(f"{path.name}.{number}") for number in range(1, KEPT_FILES + 1)))
        self._file = b""
        """First line of the file that was read last."""
        self._read = 0
        """So many bytes of it."""

    def take(self) -> list[bytes]:
        """Whole lines that were written since the last call, oldest first.

        Raises:
            EOFError: the log was rotated so often meanwhile that lines are gone. Later ones are read next time.
        """
        before, read = self._file, self._read
        files = self._newest_first()
        if files:
            self._file = next(iter(files))
            self._read = len(files[self._file])
        if before and before not in files:
            raise EOFError("the log was rotated faster than it was read")
        return [
            line
            for first, content in reversed(files.items())
            for line in content[read if first == before else 0 :].splitlines()
        ]

    def _newest_first(self) -> dict[bytes, bytes]:
        """Whole lines of each file by its first one, back to the file that was read last.

        A rotation meanwhile moves files the way that this goes, so that one may be met twice but none is passed.
        """
        files: dict[bytes, bytes] = {}
        for path in self._paths:
            content = b""
            with contextlib.suppress(FileNotFoundError):
                content = path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole:
                first = whole[: whole.index(b"\n")]
                files.setdefault(first, whole)
                if first == self._file:
                    break
        return files


class LogJudge:
    """Finds what should not be in a backend's log."""

    def __init__(self, log_file: Path):
        self._lines = NewLines(log_file)
        self.begun = 0
        """Jobs that a worker has begun."""
        self._told: set[int] = set()
        """Workers whose task was cancelled, and which are to end therefore; each once."""

    def new_problems(self) -> list[str]:
        """In what was written since the last call."""
        try:
            lines = self._lines.take()
        except EOFError as error:
            return [str(error)]
        return [problem for line in lines if (problem := self._problem(line))]

    def _problem(self, written: bytes) -> str:
        try:
            line = msgspec.json.decode(written, type=LogLine)
        except msgspec.MsgspecError as error:
            return f"a line of the log that cannot be read: {error}"
        if line.traceback:
            return f"{line.event}: {line.traceback.strip().splitlines()[-1]}"[:300]
        if line.logger != log.name:
            return ""
        self.begun += BEGUN.fullmatch(line.event) is not None
        return self._ended_by_itself(line.event)

    def _ended_by_itself(self, event: str) -> str:
        if started := STARTED.fullmatch(event):
            self._told.discard(int(started[1]))  # another process of the same number
        elif told := TOLD_TO_END.fullmatch(event):
            self._told.add(int(told[1]))
        elif ended := ENDED.fullmatch(event):
            worker, status = int(ended[1]), int(ended[2])
            if worker not in self._told or status != KILLED:
                return f"worker {worker} ended with status {status} though nobody told it to"
            self._told.remove(worker)
        return ""

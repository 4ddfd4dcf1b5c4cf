"""What workers say: their log lines, and whatever else they or a library print, end in the backend's one log.

A worker writes JSON lines to its standard error, which is a pipe; a thread of the backend reads it and logs each line.
So one process alone writes, and renames, the log's files; and a worker that dies has its last words there.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

import msgspec

from emogene.service.logs import JsonLines, LogLine

LONGEST_LINE = 65_536
"""Bytes; what is longer comes as several lines."""
_OUTPUT = "emogene.worker.output"
"""Names what was printed and not logged."""

_decoder = msgspec.json.Decoder(LogLine)


def log_to_backend() -> None:
    """In a worker: what is logged goes to the backend, which decides what is kept. Warnings of libraries too."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger("emogene").setLevel(logging.DEBUG)
    logging.captureWarnings(True)


class WorkerOutput:
    """Reads one worker's pipe to its end, so that the worker never waits for its log.

    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, ...)
    output = WorkerOutput(process.stdout, process.pid, doing=lambda: {"job": ..., "frame": ...})
    ...
    process.wait()
    output.join()
    """

    def __init__(self, stream: IO[bytes], worker: int, doing: Callable[[], Mapping[str, Any]] = dict):
        """
        Args:
            stream: the reading end; closed when the worker has ended.
            worker: its process id.
            doing: says which job and frame the worker is at, for lines that do not say it; called in another thread.
        """
        self._stream = stream
        self._worker = worker
        self._doing = doing
        self._logger = logging.getLogger("emogene.worker")
        self._thread = threading.Thread(target=self._read, daemon=True, name=f"output of worker {worker}")
        self._thread.start()

    def join(self, seconds: float = 2.0) -> bool:
        """Wait until all that an ended worker said is logged; False where another process still holds its pipe."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _read(self) -> None:
        with self._stream:
            while line := self._stream.readline(LONGEST_LINE):
                try:
                    if text := line.decode("utf-8", "backslashreplace").rstrip():
                        self._log(text)
                except Exception:  # a line that is lost must not stop the worker, which waits where nobody reads
                    self._logger.exception("a line of the worker's cannot be logged")

    def _log(self, text: str) -> None:
        try:
            line = _decoder.decode(text)
        except msgspec.MsgspecError:
            line = LogLine(time="", level="warning", logger=_OUTPUT, event=text)
        level = logging.getLevelNamesMapping().get(line.level.upper(), logging.WARNING)
        if not self._logger.isEnabledFor(level):
            return
        record = logging.LogRecord(line.logger, level, "", 0, line.event, (), None)
        record.exc_text = line.traceback or None
        said = {name: value for name, value in (("job", line.job or None), ("frame", line.frame)) if value is not None}
        record.__dict__.update({**self._doing(), **said, "worker": self._worker})
        self._logger.handle(record)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend that this Blender starts: a program of its own, in a Python of its own."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ..emogene_proto.connection import start_command, start_environment
from ..emogene_proto.errors import BackendError
from .find_python import INSTALL_HINT

_PREFIX = re.compile(r"\d{4}-\S+ \S+ \S+ [A-Z]+ ")
"""Time, logger and level of a line of the backend's log."""
_DOINGS = re.compile(r"\d{4}-\S+ \S+ \S+ (INFO|DEBUG) ")
WITHOUT_WINDOW = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}


@dataclass(frozen=True)
class ServeOptions:
    """How a backend is run that starts here."""

    actors_folder: Path | None = None
    """Holds actor packs beside the bundled one."""
    cache_folder: Path | None = None
    """For uploads, plans, frames and jobs; None is the user's own."""
    frame_gigabytes: float | None = None
    """So much of finished frames is kept; None is what the backend thinks right."""

    def words(self) -> list[str]:
        given = {
            "--actors": self.actors_folder,
            "--cache": self.cache_folder,
            "--frame-quota": None if self.frame_gigabytes is None else f"{self.frame_gigabytes:g}",
        }
        return [word for name, value in given.items() if value is not None for word in (name, str(value))]


def end_of_log(log_file: Path, size: int = 65_536) -> str:
    """The last part of a log; empty where it cannot be read."""
    try:
        with log_file.open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - size, 0))
            return log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


class BackendProcess:
    """A backend that this Blender started."""

    def __init__(self, python: Path, connection_file: Path, log_file: Path, options: ServeOptions | None = None):
        """Start it.

        Args:
            python: the interpreter that has the backend.
            connection_file: where it is to announce itself.
            log_file: takes what it prints.
            options: how it is run.

        Raises:
            BackendError: the program cannot be run.
        """
        self.connection_file = connection_file
        self.log_file = log_file
        log_file.parent.mkdir(parents=True, exist_ok=True)
        command = start_command(python, connection_file, os.getpid()) + (options or ServeOptions()).words()
        try:
            with log_file.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=start_environment(),
                    **WITHOUT_WINDOW,
                )
        except OSError as error:
            raise BackendError(f"The backend's program {python} cannot be run.", INSTALL_HINT) from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None

    def why_ended(self) -> BackendError:
        """Said with the last line of its log that tells more than its doings."""
        text = end_of_log(self.log_file)
        lines = [line.strip() for line in text.splitlines() if line.strip() and not _DOINGS.match(line)]
        hint = "Start it again"
        if len(lines) > 1 and lines[-1].startswith("Hint: "):  # the command line's own error
            hint = lines.pop().removeprefix("Hint: ").rstrip(".")
        last = _PREFIX.sub("", lines[-1]).removeprefix("Error: ") if lines else ""
        said = f": {last.rstrip('.')[:300]}" if last else ""
        return BackendError(f"The backend ended by itself{said}.", f"{hint}; its log is {self.log_file}.")

    def terminate(self) -> None:
        """Ask it to end; does not wait."""
        self._process.terminate()

    def kill(self) -> None:
        """Make it end; does not wait."""
        self._process.kill()

    def end(self, seconds: float) -> None:
        """Ask it to end, and wait; after `seconds` make it end."""
        if self.ended():
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding and starting the backend: a program of its own, in a Python of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ..emogene_proto.connection import start_command, start_environment
from ..emogene_proto.errors import BackendError

_PREFIX = re.compile(r"\d{4}-\S+ \S+ \S+ [A-Z]+ ")
"""Time, logger and level of a line of the backend's log."""
_DOINGS = re.compile(r"\d{4}-\S+ \S+ \S+ (INFO|DEBUG) ")
_INSTALL_HINT = "Choose the Python that has it in the add-on's preferences."


def find_python(chosen: str, home: Path | None = None) -> Path:
    """The Python that has the backend: the chosen one, else what `emogene` on PATH, pipx or uv uses.

    Args:
        chosen: a Python, or an `emogene` program beside one; empty looks for one.
        home: the user's folder, for tests.

    Raises:
        BackendError: the chosen one is not there, or none was found.
    """
    if chosen:
        path = Path(chosen).expanduser()
        if not path.is_file():
            raise BackendError(f"The backend's program {path} is not there.", _INSTALL_HINT)
        return _python_beside(path) or path
    if (program := shutil.which("emogene")) and (python := _python_beside(Path(program).resolve())):
        return python
    for folder in _tool_folders(home or Path.home()):
        if python := _python_in(folder):
            return python
    raise BackendError("No EmoGene backend was found on this computer.", _INSTALL_HINT)


def _tool_folders(home: Path) -> list[Path]:
    """Where pipx and uv keep the environments of the programs that they install."""
    tools = Path(os.environ.get("UV_TOOL_DIR") or home / ".local" / "share" / "uv" / "tools")
    pipx = Path(os.environ.get("PIPX_HOME") or home / ".local" / "share" / "pipx") / "venvs"
    windows = [home / "AppData" / "Roaming" / "uv" / "tools", home / "pipx" / "venvs"]
    return [folder / "emogene" for folder in (tools, pipx, *windows)]


def _python_in(environment: Path) -> Path | None:
    candidates = (environment / "bin" / "python", environment / "Scripts" / "python.exe")
    return next((path for path in candidates if path.is_file()), None)


def _python_beside(program: Path) -> Path | None:
    """The interpreter of the environment whose `emogene` this is; None if it is not one."""
    if program.stem != "emogene":
        return None
    return _python_in(program.parent.parent)


def _end_of(log_file: Path, size: int = 65_536) -> str:
    """The last part of a log; empty where it cannot be read."""
    try:
        with log_file.open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - size, 0))
            return log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


class BackendProcess:
    """A backend that this Blender started."""

    def __init__(self, python: Path, connection_file: Path, log_file: Path, actors_folder: Path | None = None):
        """Start it.

        Args:
            python: the interpreter that has the backend.
            connection_file: where it is to announce itself.
            log_file: takes what it prints.
            actors_folder: holds actor packs beside the bundled one.

        Raises:
            BackendError: the program cannot be run.
        """
        self.connection_file = connection_file
        self.log_file = log_file
        log_file.parent.mkdir(parents=True, exist_ok=True)
        command = start_command(python, connection_file, os.getpid())
        if actors_folder is not None:
            command += ["--actors", str(actors_folder)]
        detached = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
        try:
            with log_file.open("wb") as log:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=start_environment(),
                    **detached,
                )
        except OSError as error:
            raise BackendError(f"The backend's program {python} cannot be run.", _INSTALL_HINT) from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self) -> bool:
        return self._process.poll() is not None

    def why_ended(self) -> BackendError:
        """Said with the last line of its log that tells more than its doings."""
        text = _end_of(self.log_file)
        lines = [line.strip() for line in text.splitlines() if line.strip() and not _DOINGS.match(line)]
        hint = "Start it again"
        if len(lines) > 1 and lines[-1].startswith("Hint: "):  # the command line's own error
            hint = lines.pop().removeprefix("Hint: ").rstrip(".")
        last = _PREFIX.sub("", lines[-1]).removeprefix("Error: ") if lines else ""
        said = f": {last.rstrip('.')[:300]}" if last else ""
        return BackendError(f"The backend ended by itself{said}.", f"{hint}; its log is {self.log_file}.")

    def end(self, seconds: float) -> None:
        """Ask it to end; after `seconds` make it end."""
        if self.ended():
            return
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding the Python that has the backend, so that an artist need not know where it is."""

import os
import re
import shutil
import sys
from pathlib import Path

from ..emogene_proto.backend_note import noted_python
from ..emogene_proto.errors import BackendError

INSTALL_HINT = "Choose the Python that has it in the add-on's preferences."
_NONE_HINT = (
    "Install it, the add-on's preferences copy the command; or choose there the Python that has it, or the address of "
    "one on another computer."
)
_INTERPRETER = re.compile(r"""(?:#!|'''exec' )"?(/[^"\n]*?python[\d.]*)"?(?: .*)?$""")
"""A script's first line, or its second one where the first would be too long for the system."""
_ADDON = Path(__file__).resolve().parents[1]


def find_python(chosen: str, home: Path | None = None, addon: Path = _ADDON) -> Path:
    """The Python that has the backend: the chosen one; else that of the checkout that the add-on lies in, the one that
    was set up or run last, or what `emogene` on PATH, pipx or uv uses.

    Args:
        chosen: a Python, an `emogene` program, or the folder of an environment or checkout; empty looks for one.
        home: the user's folder, for tests.
        addon: the folder of this add-on, for tests.

    Raises:
        BackendError: the chosen one is not there, or none was found.
    """
    if chosen:
        return _chosen_python(Path(chosen).expanduser())
    home = home or Path.home()
    if python := _python_in_checkout(addon.parent) or noted_python():
        return python
    if (program := _program(home)) and (python := _python_of(program)):
        return python
    for folder in _tool_folders(home):
        if python := _python_in(folder):
            return python
    raise BackendError("No EmoGene backend was found on this computer.", _NONE_HINT)


def _chosen_python(path: Path) -> Path:
    if path.is_dir() and (python := _python_in(path) or _python_in(path / ".venv")):
        return python
    if not path.is_file():
        raise BackendError(f"The backend's program {path} is not there.", INSTALL_HINT)
    return _python_of(path) or path


def _python_in_checkout(folder: Path) -> Path | None:
    """Of a project's folder, the Python that its run.py has set up."""
    is_checkout = (folder / "run.py").is_file() and (folder / "backend" / "emogene").is_dir()
    return _python_in(folder / ".venv") if is_checkout else None


def _program(home: Path) -> Path | None:
    """The program `emogene`. An application that was started from a desktop has a shorter PATH than a terminal."""
    folders = [os.environ.get("PATH", os.defpath), str(home / ".local" / "bin")]
    if sys.platform != "win32":
        folders += ["/opt/homebrew/bin", "/usr/local/bin"]
    found = shutil.which("emogene", path=os.pathsep.join(folders))
    return Path(found) if found else None


def _tool_folders(home: Path) -> list[Path]:
    """Where pipx and uv keep the environments of the programs that they install, by system and version of theirs."""
    shared = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    data = home / "AppData"
    uv = [shared / "uv" / "tools", data / "Roaming" / "uv" / "tools"]
    pipx = [shared / "pipx", home / ".local" / "pipx", home / "Library" / "Application Support" / "pipx"]
    pipx += [data / "Local" / "pipx" / "pipx", home / "pipx"]
    if chosen := os.environ.get("UV_TOOL_DIR"):
        uv.insert(0, Path(chosen))
    if chosen := os.environ.get("PIPX_HOME"):
        pipx.insert(0, Path(chosen))
    return [folder / "emogene" for folder in (*uv, *(each / "venvs" for each in pipx))]


def _python_of(program: Path) -> Path | None:
    """The interpreter that runs an `emogene` program; None if it is not one."""
    if program.stem != "emogene":
        return None
    program = program.resolve()
    return _interpreter(program) or _python_in(program.parent.parent)


def _interpreter(script: Path) -> Path | None:
    """The Python that a script names."""
    try:
        with script.open("rb") as file:
            lines = file.read(1024).decode("utf-8", errors="replace").splitlines()[:2]
    except OSError:
        return None
    named = (Path(match[1]) for line in lines if (match := _INTERPRETER.match(line)))
    return next((path for path in named if path.is_file()), None)


def _python_in(environment: Path) -> Path | None:
    candidates = (environment / "bin" / "python", environment / "Scripts" / "python.exe")
    return next((path for path in candidates if path.is_file()), None)

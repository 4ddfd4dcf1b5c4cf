"""A note in the user's own folder that names the Python that has the backend: Blender then finds it by itself.

It is left when the backend is set up, looked at or run; the newest counts.
"""

import contextlib
import os
import sys
from pathlib import Path

import msgspec

from .errors import AccessError
from .private_files import read_private, write_private
from .user_folders import user_config_dir


class BackendNote(msgspec.Struct, frozen=True):
    """What the file says."""

    python: str
    """The interpreter of the environment that has the backend."""


def note_file() -> Path:
    return user_config_dir() / "backend_python.json"


def leave_note() -> None:
    """Note the Python that runs this. Without the note all works, only Blender has to be told: no failure is raised."""
    python = Path(sys.executable)
    if not sys.executable or _is_borrowed() or noted_python() == python:
        return
    with contextlib.suppress(OSError):
        write_private(note_file(), msgspec.json.encode(BackendNote(str(python))), replace=True)


def noted_python() -> Path | None:
    """The Python that was noted last; None where there is no note, others could have written it, or it is out of
    date."""
    try:
        content = read_private(note_file(), "note of the backend's Python", "Delete it.")
        python = Path(msgspec.json.decode(content, type=BackendNote).python)
    except (AccessError, OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return python if python.is_absolute() and python.is_file() else None


def _is_borrowed() -> bool:
    """Whether this Python has EmoGene by PYTHONPATH only: Blender starts it without."""
    own = Path(__file__).resolve().parents[1]
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return any(path and Path(path).resolve() == own for path in paths)

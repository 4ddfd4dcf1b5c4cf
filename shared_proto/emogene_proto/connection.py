"""Where a backend is and how to get in: a connection file that only its owner can read, and how to start a backend."""

import contextlib
import os
import secrets
import socket
import stat
import sys
from pathlib import Path

import msgspec

from .errors import BackendError
from .messages import PROTOCOL_VERSION


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a client needs to reach a backend on this computer."""

    address: str
    """E.g. tcp://127.0.0.1:40123."""
    token: str
    """Secret that goes with Hello; keep it out of logs and .blend files."""
    pid: int
    protocol: int = PROTOCOL_VERSION
    version: str = ""


def user_cache_dir() -> Path:
    """The folder for what EmoGene can make again; EMOGENE_CACHE names another one."""
    if chosen := os.environ.get("EMOGENE_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "EmoGene" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "EmoGene"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "emogene"


def default_connection_file() -> Path:
    return user_cache_dir() / "backend.json"


def new_token() -> str:
    return secrets.token_hex(32)


def write_connection(path: Path, connection: Connection) -> None:
    """Announce a backend: the file appears whole, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(connection))
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read_connection(path: Path) -> Connection:
    """Read a connection file.

    Raises:
        BackendError: there is none, it is damaged, or other users could have read or written it.
    """
    try:
        with path.open("rb") as file:
            _check_owner(path, os.fstat(file.fileno()))
            connection = msgspec.json.decode(file.read(65_536), type=Connection)
    except FileNotFoundError as error:
        raise BackendError("No backend is running.", "Start the backend.") from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackendError(f"The connection file {path.name} cannot be read.", "Start the backend again.") from error
    return connection


def remove_connection(path: Path, token: str) -> None:
    """Take the announcement back, unless another backend has put its own in place."""
    with contextlib.suppress(BackendError, FileNotFoundError):
        if read_connection(path).token == token:
            path.unlink()


def find_backend(path: Path | None = None) -> Connection | None:
    """The running backend that `path` (or the default file) announces; None if there is none.

    Raises:
        BackendError: the file is damaged or not private.
    """
    path = path or default_connection_file()
    if not path.exists():
        return None
    connection = read_connection(path)
    return connection if process_alive(connection.pid) and _answers(connection.address) else None


def start_command(python: str | Path, connection_file: Path, parent_pid: int | None = None) -> list[str]:
    """The command line that starts a backend with the interpreter of its own environment.

    It is up when `find_backend(connection_file)` finds it. With `parent_pid` it ends after that process, as soon as
    no job runs.
    """
    command = [str(python), "-m", "emogene", "serve", "--connection-file", str(connection_file)]
    return command if parent_pid is None else [*command, "--parent", str(parent_pid)]


def start_environment() -> dict[str, str]:
    """This process's environment without what would make another Python load Blender's modules."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}


def process_alive(pid: int) -> bool:
    """Whether a process with this id exists. A child that ended but was not waited for counts as alive on POSIX."""
    if sys.platform == "win32":
        return _windows_process_alive(pid)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _windows_process_alive(pid: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    synchronize, still_running = 0x00100000, 0x102
    handle = kernel.OpenProcess(synchronize, False, pid)
    if not handle:
        return False
    alive = kernel.WaitForSingleObject(handle, 0) == still_running
    kernel.CloseHandle(handle)
    return alive


def _answers(address: str) -> bool:
    """Whether something listens there; on loopback this is known in well under a millisecond."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=0.2):
            return True
    except (OSError, ValueError, OverflowError):
        return False


def _check_owner(path: Path, status: os.stat_result) -> None:
    """On Windows the profile folder is private by itself; elsewhere the file's mode says who may read it."""
    if sys.platform == "win32":
        return
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise BackendError(
            f"The connection file {path.name} is open to other users of this computer.",
            "Delete it and start the backend again.",
        )

"""Where a backend is and how to get in: a connection file that only its owner can read, and how to start a backend."""

import contextlib
import os
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec

from .addresses import parse_address
from .errors import AccessError, BackendError
from .keys import is_key, read_key_file
from .messages import PROTOCOL_VERSION
from .private_files import read_private, write_private
from .user_folders import user_cache_dir


class Connection(msgspec.Struct, frozen=True):
    """What a client needs to reach a backend. Fields of other versions are skipped, so that a refusal can be clear."""

    address: str
    """E.g. tcp://127.0.0.1:40123."""
    server_key: str = ""
    """The backend's public key: nobody else can pass for it."""
    secret_key: str = ""
    """The client's own secret: keep it out of logs and .blend files."""
    pid: int = 0
    """The backend's process on this computer; 0 for one on another."""
    protocol: int = PROTOCOL_VERSION
    version: str = ""

    def __repr__(self) -> str:
        return f"Connection(address={self.address!r}, server_key={self.server_key!r}, secret_key=..., pid={self.pid})"

    def __rich_repr__(self) -> Any:
        yield "address", self.address
        yield "server_key", self.server_key
        yield "pid", self.pid


def default_connection_file() -> Path:
    return user_cache_dir() / "backend.json"


def remote_connection(address: str, server_key: str, key_file: Path) -> Connection:
    """The way to a backend on another computer.

    Args:
        address: tcp://HOST:PORT, or HOST:PORT, or HOST for the usual port.
        server_key: the backend's public key, which it prints when it starts.
        key_file: the client's own pair, made with `emogene keys new`.

    Raises:
        BackendError: it is no address.
        AccessError: one of the keys is none, or others can read the file.
    """
    if not is_key(server_key):
        raise AccessError(
            "The backend's key is not one: 40 characters are expected.",
            "Copy it from the backend's log; `emogene serve` prints it when it starts.",
        )
    return Connection(str(parse_address(address)), server_key, read_key_file(key_file).secret)


def write_connection(path: Path, connection: Connection) -> None:
    """Announce a backend: the file appears whole, readable by its owner only."""
    write_private(path, msgspec.json.encode(connection), replace=True)


def read_connection(path: Path) -> Connection:
    """Read a connection file.

    Raises:
        BackendError: there is none, it is damaged, or other users could have read or written it.
    """
    try:
        content = read_private(path, "connection file", "Delete it and start the backend again.")
        return msgspec.json.decode(content, type=Connection)
    except FileNotFoundError as error:
        raise BackendError("No backend is running.", "Start the backend.") from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BackendError(f"The connection file {path.name} cannot be read.", "Start the backend again.") from error


def remove_connection(path: Path, announced: Connection) -> None:
    """Take the announcement back, unless another backend has put its own in place."""
    with contextlib.suppress(BackendError, FileNotFoundError):
        if read_connection(path) == announced:
            path.unlink()


def find_backend(path: Path | None = None) -> Connection | None:
    """The running backend that `path` (or the default file) announces; None if there is none.

    One on another computer is taken at its word: only connecting tells whether it is there.

    Raises:
        BackendError: the file is damaged or not private.
    """
    path = path or default_connection_file()
    if not path.exists():
        return None
    connection = read_connection(path)
    if connection.pid == 0:
        return connection
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
    try:
        with socket.create_connection(parse_address(address), timeout=0.2):
            return True
    except (OSError, OverflowError, BackendError):
        return False

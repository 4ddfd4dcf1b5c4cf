# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backend the preferences mean: what starts it here, or the way to it on another computer."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_n

from ..core.backend_process import ServeOptions
from ..core.find_python import find_python
from ..core.remembered import Remembered
from ..emogene_proto.addresses import parse_address
from ..emogene_proto.connection import Connection, default_connection_file, find_backend, remote_connection
from ..emogene_proto.errors import AccessError, BackendError, EmoGeneError
from ..emogene_proto.keys import KeyPair, default_client_key_file, read_key_file
from ..preferences import EXTENSION, EmoGenePreferences, preferences

_OFFLINE = "Blender may not use the network, and the backend is on another computer."
_OFFLINE_HINT = "Switch on Allow Online Access in the preferences, System, Network."
_WHY_OFFLINE = pgettext_n(
    "Blender may not use the network. Switch on Allow Online Access in the preferences, System, Network"
)


def own_folder() -> Path:
    """The add-on's own folder, where it may write."""
    return Path(bpy.utils.extension_path_user(EXTENSION, create=True))


def log_file() -> Path:
    """What a backend prints that was started here."""
    return own_folder() / "backend.log"


def is_elsewhere(chosen: EmoGenePreferences) -> bool:
    """Whether a backend on another computer is meant; a connection file, where one is chosen, says so itself."""
    return chosen.place == "ELSEWHERE" and not chosen.connection_file


def start_arguments(context: bpy.types.Context) -> tuple[Path, Path, Path, ServeOptions]:
    """What Session.start and Session.restart take.

    Raises:
        EmoGeneError: no Python has the backend, or the connection file leads where Blender may not go.
    """
    chosen = preferences(context)
    announced = connection_file(chosen)
    if (running := find_backend(announced)) is not None:
        check_allowed(running)
    options = ServeOptions(
        actors_folder=folder(chosen.actors_folder),
        cache_folder=folder(chosen.cache_folder),
        frame_gigabytes=chosen.cache_gigabytes,
    )
    return chosen_python(chosen), announced, log_file(), options


def chosen_python(chosen: EmoGenePreferences) -> Path:
    """The Python that has the backend: the chosen one, or the one that is found.

    Raises:
        BackendError: there is none.
    """
    return find_python(bpy.path.abspath(chosen.backend_python))


def connection_file(chosen: EmoGenePreferences) -> Path:
    """Where a backend announces itself."""
    return Path(bpy.path.abspath(chosen.connection_file)) if chosen.connection_file else default_connection_file()


def is_announced(chosen: EmoGenePreferences) -> bool:
    """Whether a backend announces itself where the preferences say.

    Raises:
        BackendError: the file is damaged or not private.
    """
    return find_backend(connection_file(chosen)) is not None


def connection_to_use(context: bpy.types.Context) -> Connection:
    """The way to a backend that runs already.

    Raises:
        EmoGeneError: none runs here, the address or a key is missing or wrong, or Blender may not use the network.
    """
    chosen = preferences(context)
    if is_elsewhere(chosen):
        found = _remote(chosen)
    elif (found := find_backend(connection_file(chosen))) is None:
        raise BackendError("No backend is running on this computer.", "Press Start backend.")
    check_allowed(found)
    return found


def check_allowed(connection: Connection) -> None:
    """Other computers only where Blender's own switch allows it.

    Raises:
        BackendError: it does not.
    """
    if why_not_allowed(connection.address):
        raise BackendError(_OFFLINE, _OFFLINE_HINT, "offline")


def why_not_allowed(address: str) -> str | None:
    """Why Blender may not connect there, for a button; None where it may, or where this is no address."""
    if bpy.app.online_access:
        return None
    try:
        return None if parse_address(address).is_loopback else _WHY_OFFLINE
    except BackendError:
        return None


def key_file(chosen: EmoGenePreferences) -> Path:
    """The artist's own key: the chosen file, else the command line's where there is one, else the add-on's own."""
    if chosen.key_file:
        return Path(bpy.path.abspath(chosen.key_file))
    usual = default_client_key_file()
    return usual if usual.exists() else own_folder() / "client.key"


def key_line(keys: KeyPair) -> str:
    """The line that lets a key in, for whoever runs the backend."""
    return f"{keys.public} {keys.name}".rstrip()


def read_own_key(chosen: EmoGenePreferences) -> KeyPair:
    """The artist's own key.

    Raises:
        AccessError: there is none, or its file is damaged or open to others.
    """
    file = key_file(chosen)
    if not file.exists():
        raise AccessError("There is no key of yours yet.", "Press Make my key in the add-on's preferences.")
    return read_key_file(file)


def _remote(chosen: EmoGenePreferences) -> Connection:
    if not chosen.remote_address.strip():
        raise BackendError("No address of a backend is given.", "Put it into the add-on's preferences.")
    read_own_key(chosen)
    return remote_connection(chosen.remote_address, chosen.remote_key.strip(), key_file(chosen))


def folder(path: str) -> Path | None:
    """A folder of the preferences; None where none is chosen."""
    return Path(bpy.path.abspath(path)) if path else None


def _look_for_python(chosen: str) -> tuple[bool, str]:
    try:
        return True, str(find_python(bpy.path.abspath(chosen)))
    except EmoGeneError as error:
        return False, error.message


def _look_at_key(key: str) -> tuple[str, str]:
    chosen = preferences(bpy.context)
    if not key_file(chosen).exists():
        return "", ""
    try:
        return key_line(read_own_key(chosen)), ""
    except EmoGeneError as error:
        return "", str(error)


found_python = Remembered(_look_for_python)
"""By the chosen Python: whether there is one, and its path, or what is wrong."""
own_key_line = Remembered(_look_at_key)
"""By the chosen key file: the line of the artist's key, and what is wrong with it; both empty where there is none."""

"""Who may talk to the backend: this computer's user through the connection file, others by their keys.

Every connection is encrypted (CURVE), and its client's public key checked before a byte of it is read: key_check.py.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import zmq

from emogene.service.authorized_keys import AuthorizedKeys
from emogene_proto.errors import AccessError
from emogene_proto.keys import KeyPair, default_server_key_file, new_keys, read_key_file, write_key_file

log = logging.getLogger("emogene.service")

ZAP_DOMAIN = b"emogene"
WORKER_DOMAIN = b"worker"
"""Of sockets whose public key is a secret: who knows it may come in."""
LOCAL = "local"
HANDSHAKE_SECONDS = 5.0
"""A connection that has not shown its key by then is closed."""
WAITING_CONNECTIONS = 512
"""That the system keeps until they are taken, where many come at once."""
HEARTBEAT_SECONDS = 15.0
"""How often a client on another computer is asked for a sign of life; after twice as long it counts as gone."""
_NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Owner:
    """Whose connection it is."""

    key: str
    """The client's public key; "local" for this computer's user, whose key changes with each run."""
    name: str
    """As the file of authorized keys has it."""


class Access:
    """The backend's own keys, and those that are allowed."""

    def __init__(self, server: KeyPair, authorized: AuthorizedKeys | None = None):
        self.server = server
        self.local = new_keys()
        """What this computer's user connects with, in this run."""
        self._authorized = authorized
        self._told: object = self._names()

    @property
    def for_others(self) -> bool:
        """Whether other computers may connect."""
        return self._authorized is not None

    def owner(self, key: str) -> Owner | None:
        """Who has this public key, or "local"; None for a stranger, or somebody who has become one."""
        if key in (LOCAL, self.local.public):
            return Owner(LOCAL, "this computer's user")
        name = self._names().get(key)
        return None if name is None else Owner(key, name)

    def owner_of(self, frame: zmq.Frame) -> Owner | None:
        """Who sent this part of a message."""
        try:
            return self.owner(str(frame.get("User-Id")))
        except zmq.ZMQError:  # it came without a name, which `guard` does not let happen
            return None

    def look(self) -> None:
        """Follow the file of authorized keys."""
        if self._authorized is not None:
            self._authorized.look()

    def changed(self) -> bool:
        """Whether allowed keys have come or gone since the last call."""
        before, self._told = self._told, self._names()
        return before is not self._told

    def guard(self, socket: zmq.Socket, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        """Let nobody in through this socket without an allowed key. To be called before it binds.

        Without a thread that checks keys (key_check.KeyCheck) nobody is let in at all.
        """
        socket.curve_server = True
        socket.curve_secretkey = self.server.secret.encode()
        socket.zap_domain = ZAP_DOMAIN
        socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        socket.handshake_ivl = int(1000 * HANDSHAKE_SECONDS)
        socket.backlog = WAITING_CONNECTIONS
        if self.for_others:  # on this computer the system itself tells when a client is gone
            socket.heartbeat_ivl = int(1000 * heartbeat_seconds)
            socket.heartbeat_timeout = int(2000 * heartbeat_seconds)

    def _names(self) -> Mapping[str, str]:
        return _NOBODY if self._authorized is None else self._authorized.names


def open_access(authorized_keys: Path | None, server_key: Path | None) -> Access:
    """Keys for one run of a backend: for this computer only, or for those in a file too.

    Args:
        authorized_keys: the file of those who may come from other computers, if any may.
        server_key: the file of the backend's own pair, made if it is not there; the user's own by default. Only where
            others may come: else the pair lasts for this run.

    Raises:
        AccessError: a file is damaged, cannot be written, or others could have read or written it.
    """
    if authorized_keys is None:
        if server_key is not None:
            raise AccessError("A server's key goes with --authorized-keys only.", "Name that file too.")
        return Access(new_keys())
    allowed = AuthorizedKeys(authorized_keys)
    return Access(_kept_keys(server_key or default_server_key_file()), allowed)


def _kept_keys(path: Path) -> KeyPair:
    if not path.exists():
        try:
            write_key_file(path, new_keys("EmoGene backend"))
            log.info("made the backend's own key: %s", path)
        except AccessError:
            if not path.exists():  # else another backend was quicker
                raise
    return read_key_file(path)


def not_allowed_without_keys() -> AccessError:
    """The refusal of an address beyond this computer."""
    return AccessError(
        "Other computers may use the backend only with keys.",
        "Each artist runs `emogene keys new`; put the lines that it prints into a file, then run "
        "`emogene serve --bind tcp://0.0.0.0:5555 --authorized-keys FILE`.",
    )

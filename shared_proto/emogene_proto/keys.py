"""Keys of clients and backends: what CURVE, ZeroMQ's encryption, knows each of them by.

A pair has a public key, which others are given, and a secret one, which never leaves its file. Both are 40 characters
(Z85).
"""

import re
import string
import struct
from pathlib import Path
from typing import Any

import msgspec
import zmq
from zmq.utils import z85

from .errors import AccessError
from .private_files import read_private, write_private
from .user_folders import user_config_dir

LONGEST_NAME = 100
_KEY = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")
_PLAIN = frozenset(string.ascii_letters + string.digits + ".-:+=/@")
"""Characters that mean nothing to a shell. A public key of these alone needs no quotes, and costs 12 bits of 256."""


class KeyPair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public and a secret key that belong together."""

    public: str
    secret: str
    name: str = ""
    """Whose it is, for people."""

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public!r}, secret=..., name={self.name!r})"

    def __rich_repr__(self) -> Any:
        yield "public", self.public
        yield "name", self.name


def new_keys(name: str = "", for_shell: bool = True) -> KeyPair:
    """A pair that nobody else has.

    Args:
        name: whose it is.
        for_shell: whether its public key needs no quotes; that takes a twentieth of a second, any other no time.

    Raises:
        AccessError: this Python's ZeroMQ has no CURVE.
    """
    check_curve()
    while True:  # some 4000 rounds, a twentieth of a second
        public, secret = (key.decode("ascii") for key in zmq.curve_keypair())
        if public[0].isalnum() and (not for_shell or _PLAIN.issuperset(public)):
            return KeyPair(public, secret, clean_name(name))


def is_key(text: str) -> bool:
    """Whether this is the text of a key."""
    if _KEY.fullmatch(text) is None:
        return False
    try:
        return len(z85.decode(text)) == 32
    except struct.error:  # a group of five characters stands for more than four bytes
        return False


def public_of(secret: str) -> str:
    """The public key that belongs to a secret one.

    Raises:
        AccessError: it is no key, or this Python's ZeroMQ has no CURVE.
    """
    check_curve()
    if not is_key(secret):
        raise AccessError("The secret key is damaged.", "Make a new one with `emogene keys new`.")
    return zmq.curve_public(secret.encode("ascii")).decode("ascii")


def clean_name(name: str) -> str:
    """A name as it may stand in a line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[:LONGEST_NAME]


def check_curve() -> None:
    """Some systems' own builds of ZeroMQ have no encryption.

    Raises:
        AccessError: this one has none.
    """
    if not zmq.has("curve"):
        raise AccessError(
            "This Python's ZeroMQ is built without encryption (CURVE).",
            "Install pyzmq from PyPI; the extension's zip for your system carries it.",
            code="no_curve",
        )


def default_client_key_file() -> Path:
    return user_config_dir() / "client.key"


def default_server_key_file() -> Path:
    return user_config_dir() / "server.key"


def write_key_file(path: Path, keys: KeyPair) -> None:
    """Keep a pair in a file that only its owner can read.

    Raises:
        AccessError: there is a file already, which may be the only copy of a key, or it cannot be written.
    """
    try:
        write_private(path, msgspec.json.format(msgspec.json.encode(keys)) + b"\n", replace=False)
    except FileExistsError as error:
        raise AccessError(f"The file {path} is there already.", "Give another name with --out, or use it.") from error
    except OSError as error:
        raise AccessError(f"The key file {path} cannot be written: {error.strerror}.", "Choose another.") from error


def read_key_file(path: Path) -> KeyPair:
    """Read the pair that `write_key_file` wrote.

    Raises:
        AccessError: there is none, it is damaged, other users could have read it, or ZeroMQ has no CURVE here.
    """
    hint = "Make a new one with `emogene keys new`."
    try:
        content = read_private(path, "key file", f"If nobody has read it: chmod 600 {path}. Else: {hint}")
        keys = msgspec.json.decode(content, type=KeyPair)
    except FileNotFoundError as error:
        raise AccessError(f"There is no key file {path}.", hint) from error
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise AccessError(f"The key file {path} cannot be read.", hint) from error
    if not is_key(keys.secret) or public_of(keys.secret) != keys.public:
        raise AccessError(f"The key file {path} is damaged.", hint)
    return keys

"""Addresses of backends: tcp://HOST:PORT."""

import ipaddress
import re
from typing import NamedTuple

from .errors import BackendError

DEFAULT_PORT = 5555
"""Where a backend for other computers listens unless told otherwise."""
_ADDRESS = re.compile(r"(?:tcp://)?(\[[0-9a-fA-F:.]+\]|[^:/\s\[\]]+)(?::(\d{1,5}))?")


class Address(NamedTuple):
    """A host, by name or number, and its port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"tcp://[{self.host}]:{self.port}" if ":" in self.host else f"tcp://{self.host}:{self.port}"

    @property
    def is_number(self) -> bool:
        """Whether the host needs no looking up."""
        return _number(self.host) is not None

    @property
    def is_loopback(self) -> bool:
        """Whether only this computer can be meant."""
        number = _number(self.host)
        return self.host == "localhost" or (number is not None and number.is_loopback)


def parse_address(text: str) -> Address:
    """Read tcp://HOST:PORT, HOST:PORT or HOST; IPv6 numbers stand in brackets.

    Raises:
        BackendError: it is no address.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match[2] or 0) > 65535:
        raise BackendError(f"'{text}' is no address.", f"Use e.g. tcp://192.168.1.20:{DEFAULT_PORT}.")
    return Address(match[1].strip("[]"), DEFAULT_PORT if match[2] is None else int(match[2]))


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None

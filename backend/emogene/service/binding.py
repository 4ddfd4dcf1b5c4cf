"""Where the backend listens."""

import logging

import zmq

from emogene.service.access import not_allowed_without_keys
from emogene_proto.addresses import Address, parse_address
from emogene_proto.errors import BackendError

log = logging.getLogger("emogene.service")

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Hosts that mean all of a computer's addresses, and the one of them for its own user."""


def parse_bind(bind: str, for_others: bool = False) -> Address:
    """The address to listen at; port 0 is any free one, and may be written *.

    Args:
        bind: tcp://HOST:PORT or HOST:PORT, the host as a number, localhost, or * for all addresses of this computer.
        for_others: whether addresses beyond this computer are allowed.

    Raises:
        BackendError: it is no such address, or not allowed.
    """
    no_address = BackendError(
        f"'{bind}' is no address to listen at.",
        "Use e.g. tcp://127.0.0.1:5555; ports go up to 65535, and 0 is any free one.",
        code="bad_address",
    )
    scheme, _, rest = bind.rpartition("://")
    host, _, port = rest.rpartition(":")
    if scheme not in ("", "tcp") or not host or not port:
        raise no_address
    host = {"*": "0.0.0.0", "localhost": "127.0.0.1"}.get(host, host)
    try:
        address = parse_address(f"tcp://{host}:{'0' if port == '*' else port}")
    except BackendError as error:
        raise no_address from error
    if not for_others and not address.is_loopback:
        raise not_allowed_without_keys()
    if not address.is_number:
        hint = "Use a number of this computer, or tcp://0.0.0.0:5555 for all."
        raise BackendError(f"'{bind}' is a name.", hint, code="bad_address")
    return address


def bind_socket(socket: zmq.Socket, address: Address, for_others: bool = False) -> Address:
    """Bind to the port. For this computer's user, whom a file tells the address, any free one will do if it is taken;
    others, who come through a tunnel perhaps, would find another program there.

    Returns:
        The address at which this computer's user finds it.

    Raises:
        BackendError: the address cannot be used.
    """
    socket.ipv6 = ":" in address.host
    if address.port:
        try:
            socket.bind(str(address))
        except zmq.ZMQError as error:
            if for_others or not address.is_loopback or error.errno not in (zmq.EADDRINUSE, getattr(zmq, "EACCES", 13)):
                hint = "Use another port, or end what uses it: another backend perhaps."
                raise BackendError(f"The address {address} cannot be used: {error}.", hint) from error
            log.warning("port %d is taken, another one is used", address.port)
            address = address._replace(port=0)
    if not address.port:
        address = address._replace(port=socket.bind_to_random_port(str(address).rpartition(":")[0]))
    return address._replace(host=_EVERYWHERE.get(address.host, address.host))

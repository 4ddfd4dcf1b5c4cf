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
        bind: tcp://HOST:PORT, the host as a number, localhost, or * for all addresses of this computer.
        for_others: whether addresses beyond this computer are allowed.

    Raises:
        BackendError: it is no such address, or not allowed.
    """
    hint = "Use e.g. tcp://127.0.0.1:5555, with port 0 for any free port."
    scheme, _, rest = bind.partition("://")
    host, _, port = rest.rpartition(":")
    if scheme != "tcp" or not host or not port:
        raise BackendError(f"'{bind}' is no address.", hint)
    host = {"*": "0.0.0.0", "localhost": "127.0.0.1"}.get(host, host)
    try:
        address = parse_address(f"tcp://{host}:{'0' if port == '*' else port}")
    except BackendError as error:
        raise BackendError(f"'{bind}' is no address.", hint) from error
    if not for_others and not address.is_loopback:
        raise not_allowed_without_keys()
    if not address.is_number:
        raise BackendError(f"'{bind}' is a name.", "Use a number of this computer, or tcp://0.0.0.0:5555 for all.")
    return address


def bind_socket(socket: zmq.Socket, address: Address) -> Address:
    """Bind to the port. On this computer, where a file tells the address, any free port will do if it is taken.

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
            if not address.is_loopback or error.errno not in (zmq.EADDRINUSE, getattr(zmq, "EACCES", 13)):
                hint = "Use another port, or end what uses it: another backend perhaps."
                raise BackendError(f"The address {address} cannot be used: {error}.", hint) from error
            log.warning("port %d is taken, another one is used", address.port)
            address = address._replace(port=0)
    if not address.port:
        address = address._replace(port=socket.bind_to_random_port(str(address).rpartition(":")[0]))
    return address._replace(host=_EVERYWHERE.get(address.host, address.host))

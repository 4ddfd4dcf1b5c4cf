"""The socket at which clients come in, and what is done when they bring more than memory can hold."""

import logging
import time

import zmq

from emogene.service.access import Access
from emogene.service.binding import bind_socket
from emogene.service.metrics import resident_bytes
from emogene.service.outbox import WAITING_MESSAGES
from emogene_proto.addresses import Address
from emogene_proto.errors import BackendError
from emogene_proto.wire import MAX_REQUEST_BYTES

log = logging.getLogger("emogene.service")

WAITING_REQUESTS = 8
"""Whole messages of one client that zmq takes in ahead; further ones wait at the client."""
MEMORY_BYTES = 3 * 2**30
"""Beyond so much resident memory of the server's process all connections are closed, and with them goes what zmq holds
for them: zmq counts whole messages, and bounds each part, but not the number of parts of a message that never ends."""
_LOOK_SECONDS = 0.05
_BIND_SECONDS = 5.0
_RELIEF = 1.25
"""Where closing does not help below this share of what is there, so much is needed: the limit moves while it is."""


class FrontDoor:
    """A ROUTER that only those with an allowed key can talk to."""

    def __init__(self, context: zmq.Context, access: Access, address: Address, memory_bytes: int = MEMORY_BYTES):
        """
        Raises:
            BackendError: the address cannot be used.
        """
        self._context = context
        self._access = access
        self._memory_bytes = self._most_bytes = memory_bytes
        self._looked = 0.0
        self.socket = self._made()
        bound = bind_socket(self.socket, address, access.for_others)
        self.address = str(bound)
        self._again = address._replace(port=bound.port)

    def overrun(self) -> bool:
        """Whether the process has more memory than it may; looked at now and then."""
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return False
        self._looked = now
        resident = resident_bytes()
        if resident < self._memory_bytes:
            self._most_bytes = self._memory_bytes  # what was there when the limit moved has gone since
        return resident > self._most_bytes

    def reopen(self) -> None:
        """Close every connection and listen at the same address again, through another socket.

        Raises:
            BackendError: another program was quicker.
        """
        log.warning("clients bring more than memory can hold: all connections are closed, jobs go on")
        self.socket.close(linger=0)
        self.socket = self._made()
        self.socket.ipv6 = ":" in self._again.host
        deadline = time.monotonic() + _BIND_SECONDS
        while True:
            try:
                self.socket.bind(str(self._again))  # zmq frees the address, and memory, in a thread of its own
                break
            except zmq.ZMQError as error:
                if time.monotonic() > deadline:
                    hint = "Start the backend again; unfinished renders go on."
                    raise BackendError(f"The address {self._again} cannot be used again.", hint) from error
                time.sleep(0.01)
        time.sleep(_LOOK_SECONDS)
        self._most_bytes = max(self._memory_bytes, int(_RELIEF * resident_bytes()))

    def close(self) -> None:
        """Free the address."""
        self.socket.close()

    def _made(self) -> zmq.Socket:
        socket = self._context.socket(zmq.ROUTER)
        socket.linger = 1000
        socket.maxmsgsize = MAX_REQUEST_BYTES
        socket.rcvhwm = WAITING_REQUESTS
        socket.sndhwm = WAITING_MESSAGES
        socket.router_mandatory = True
        self._access.guard(socket)
        return socket

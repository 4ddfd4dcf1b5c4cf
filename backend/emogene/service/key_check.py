"""Tells zmq who may connect (ZAP, https://rfc.zeromq.org/spec/27), in a thread: a busy backend keeps nobody out."""

import logging
import threading
import time

import zmq
from zmq.utils import z85

from emogene.service.access import WORKER_DOMAIN, ZAP_DOMAIN, Access

log = logging.getLogger("emogene.service")

LOOK_MS = 500
"""How often the file of authorized keys is looked at while nobody connects."""
TELL_SECONDS = 10.0
"""Refusals are logged no oftener: somebody may try without end."""
_STOP = [b"", b"stop"]


class KeyCheck:
    """Answers for all guarded sockets of a context until `stop`. Made before they bind."""

    def __init__(self, context: zmq.Context, access: Access):
        self._context = context
        self._access = access
        self._socket = context.socket(zmq.REP)
        self._socket.linger = 0
        self._socket.bind("inproc://zeromq.zap.01")
        self._refused = 0
        self._refused_address = ""
        self._tell_at = 0.0
        self._thread = threading.Thread(target=self._run, name="key check", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; from now on nobody is let in."""
        with self._context.socket(zmq.DEALER) as asking:
            asking.linger = 0
            asking.connect("inproc://zeromq.zap.01")
            asking.send_multipart(_STOP)
            self._thread.join()

    def _run(self) -> None:
        with self._socket:
            while True:
                if self._socket.poll(LOOK_MS):
                    request = self._socket.recv_multipart()
                    if request == _STOP[1:]:
                        return
                    self._access.look()
                    self._socket.send_multipart(self._answer(request))
                else:
                    self._access.look()
                self._tell_refusals()

    def _answer(self, request: list[bytes]) -> list[bytes]:
        """[version, request id, status, its text, user id, metadata] for a ZAP request."""
        version, request_id, domain, address, _, mechanism, *credentials = request
        user = b"worker" if domain == WORKER_DOMAIN else b""
        if mechanism == b"CURVE" and domain == ZAP_DOMAIN and len(credentials) == 1:
            owner = self._access.owner(z85.encode(credentials[0]).decode("ascii"))
            user = b"" if owner is None else owner.key.encode("ascii")
        if not user:
            self._refused += 1
            self._refused_address = address.decode("ascii", "replace")
            return [version, request_id, b"400", b"unknown key", b"", b""]
        return [version, request_id, b"200", b"OK", user, b""]

    def _tell_refusals(self) -> None:
        if self._refused and time.monotonic() >= self._tell_at:
            log.warning(
                "refused %d connections with unknown keys, the last from %s", self._refused, self._refused_address
            )
            self._refused, self._tell_at = 0, time.monotonic() + TELL_SECONDS

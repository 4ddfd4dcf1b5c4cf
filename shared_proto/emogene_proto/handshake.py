"""How a client's connection comes about and ends, as zmq's monitor tells it, and what to tell the artist of it."""

import zmq
from zmq.utils.monitor import recv_monitor_message

from .connection import Connection
from .errors import AccessError, BackendError, EmoGeneError, ProtocolError

_EVENTS = (
    zmq.EVENT_CONNECTED
    | zmq.EVENT_HANDSHAKE_SUCCEEDED
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_DISCONNECTED
    | zmq.EVENT_CLOSED
)
DOCTOR_HINT = "`emogene doctor --remote ADDRESS --server-key KEY` goes through it step by step."


class Handshake:
    """Watches one socket that connects once. Made before it connects."""

    def __init__(self, socket: zmq.Socket, connection: Connection):
        self.monitor = socket.get_monitor_socket(_EVENTS)
        self.monitor.linger = 0
        self._socket = socket
        self._connection = connection
        self._reached = False
        self._agreed = False

    def look(self) -> EmoGeneError | None:
        """What went wrong since the last look, if anything. Never waits."""
        while True:
            try:
                event = recv_monitor_message(self.monitor, zmq.NOBLOCK)
            except zmq.Again:
                return None
            if event["event"] == zmq.EVENT_CONNECTED:
                self._reached = True
            elif event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._agreed = True
            else:
                return self._problem(event["event"], event["value"])

    def no_answer(self) -> EmoGeneError:
        """What to tell where the time is over and nothing has failed."""
        address = self._connection.address
        if self._connection.pid:
            return BackendError("The backend does not answer.", "Restart the backend.", "no_answer")
        if self._agreed:
            return BackendError(f"The backend at {address} does not answer.", "Wait, or restart it.", "no_answer")
        if self._reached:
            return ProtocolError(
                f"What listens at {address} does not answer as a backend does.", "Check address and port.", "no_backend"
            )
        return BackendError(f"{address} does not answer.", f"Is it on, and its port open? {DOCTOR_HINT}", "no_answer")

    def close(self) -> None:
        self._socket.disable_monitor()
        self.monitor.close()

    def _problem(self, event: int, value: int) -> EmoGeneError:
        address, here = self._connection.address, self._connection.pid != 0
        if self._agreed:
            return BackendError("The backend is gone.", "Start it again; finished frames are kept.", "gone")
        if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            hint = "Connect again: it has been restarted." if here else _ASK_FOR_ACCESS
            return AccessError("The backend does not know this client's key.", hint, "key_refused")
        if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL and value == zmq.PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
            return ProtocolError(
                f"What listens at {address} speaks without encryption.",
                "Update the backend: releases up to protocol version 4 had none.",
                "not_encrypted",
            )
        if event in (zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL):
            hint = "Connect again: it has been restarted." if here else _CHECK_SERVER_KEY
            return AccessError(f"What listens at {address} is not the backend of this key.", hint, "wrong_server")
        if self._reached:
            return ProtocolError(f"What listens at {address} is no backend.", "Check address and port.", "no_backend")
        hint = "Start it again; finished frames are kept." if here else f"Start it there. {DOCTOR_HINT}"
        return BackendError(f"No backend listens at {address}.", hint, "nobody_listens")


_ASK_FOR_ACCESS = "Have the line that `emogene keys show` prints put into the backend's file of authorized keys."
_CHECK_SERVER_KEY = (
    "Take the key from the backend's log, where `emogene serve` writes it when it starts. "
    "Update the backend if it is older: releases up to protocol version 4 had no keys."
)

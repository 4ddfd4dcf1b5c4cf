"""The check of keys itself, with sockets of this very process: closed by default, half-open and dead peers end."""

import contextlib
import socket
import threading
import time

import pytest
import zmq

from emogene.service import access as access_module
from emogene.service.access import Access, Owner, open_access
from emogene.service.authorized_keys import AuthorizedKeys
from emogene.service.key_check import KeyCheck
from emogene_proto.addresses import Address
from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection
from emogene_proto.errors import AccessError
from emogene_proto.keys import new_keys, read_key_file
from emogene_proto.messages import PROTOCOL_VERSION, Welcome
from emogene_proto.wire import decode_request, encode

ADA = new_keys("Ada")


@pytest.fixture
def access(tmp_path):
    """This computer's user, and Ada."""
    path = tmp_path / "authorized"
    path.write_text(f"{ADA.public} {ADA.name}\n")
    path.chmod(0o600)
    return Access(new_keys(), AuthorizedKeys(path))


class Guarded:
    """A backend's socket, without the backend."""

    def __init__(self, context: zmq.Context, access: Access, **options):
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.rcvtimeo = 20_000
        self.socket.router_mandatory = True
        access.guard(self.socket, **options)
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.access = access

    def connection(self, keys, port=0) -> Connection:
        return Connection(f"tcp://127.0.0.1:{port or self.port}", self.access.server.public, keys.secret)


@contextlib.contextmanager
def guarded(access, checked=True, **options):
    with zmq.Context() as context, contextlib.ExitStack() as stack:
        if checked:
            stack.callback(KeyCheck(context, access).stop)
        made = Guarded(context, access, **options)
        stack.callback(made.socket.close)
        yield made


def test_every_message_tells_whose_it_is(access):
    with guarded(access) as backend:
        for keys, owner in ((ADA, Owner(ADA.public, "Ada")), (access.local, Owner("local", "this computer's user"))):
            client = Client.connect(backend.connection(keys))
            frames = backend.socket.recv_multipart(copy=False)
            assert [access.owner_of(frame) for frame in frames] == [owner] * len(frames)
            client.close()


def test_nobody_gets_in_where_nothing_checks(access):
    """libzmq by itself lets everybody in who knows the server's public key."""
    with guarded(access, checked=False) as backend:
        client = Client.connect(backend.connection(ADA), connect_seconds=1.0)
        while client.state is ConnectionState.CONNECTING:
            client.wait(0.1)
            client.poll()
        assert client.state is not ConnectionState.READY and backend.socket.poll(0) == 0
        client.close()


def test_a_message_without_a_name_is_nobodys(access):
    with zmq.Context() as context, context.socket(zmq.ROUTER) as plain, context.socket(zmq.DEALER) as dealer:
        dealer.connect(f"tcp://127.0.0.1:{plain.bind_to_random_port('tcp://127.0.0.1')}")
        dealer.send(b"x")
        assert access.owner_of(plain.recv_multipart(copy=False)[0]) is None


def test_a_connection_that_shows_no_key_is_closed(access, monkeypatch):
    monkeypatch.setattr(access_module, "HANDSHAKE_SECONDS", 0.3)
    with guarded(access) as backend:
        for said in (b"", b"\xff" + bytes(8) + b"\x7f", b"GET / HTTP/1.0\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", backend.port), timeout=20) as half_open:
                half_open.sendall(said)
                with contextlib.suppress(ConnectionError):
                    while half_open.recv(100):
                        pass
        client = Client.connect(backend.connection(ADA))
        assert backend.socket.recv_multipart()
        client.close()


class Cable:
    """A TCP connection through this process that can be cut without either end being told."""

    def __init__(self, port: int):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._cut = threading.Event()
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._join, args=(port,), daemon=True).start()

    def cut(self) -> None:
        self._cut.set()

    def close(self) -> None:
        for end in (self._listening, *self._ends):
            end.close()

    def _join(self, port: int) -> None:
        near, far = self._listening.accept()[0], socket.create_connection(("127.0.0.1", port))
        self._ends += [near, far]
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(4096):
                if not self._cut.is_set():
                    other.sendall(data)
            other.close()


@pytest.fixture
def connect_through_cable():
    """Connects Ada through a cable; returns backend's peer, client and cable."""
    made = []

    def connect(backend):
        cable = Cable(backend.port)
        client = Client.connect(backend.connection(ADA, cable.port))
        made.extend([client, cable])
        peer, *parts = backend.socket.recv_multipart()
        hello = decode_request(parts)[0]
        backend.socket.send_multipart(
            [peer, *encode(Welcome(id=hello.id, protocol=PROTOCOL_VERSION, version="1", ready=True))]
        )
        wait_until(client, lambda: client.state is ConnectionState.READY)
        return peer, client, cable

    yield connect
    for thing in made:
        thing.close()


def wait_until(client, condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        client.wait(0.05)
        client.poll()


def test_a_client_behind_a_cut_cable_counts_as_gone(access, connect_through_cable):
    with guarded(access, heartbeat_seconds=0.3) as backend:
        peer, _, cable = connect_through_cable(backend)
        time.sleep(1.5)
        backend.socket.send_multipart([peer, b"a client that answers heartbeats stays"])
        cable.cut()
        deadline = time.monotonic() + 30
        with pytest.raises(zmq.ZMQError) as gone:
            while time.monotonic() < deadline:
                backend.socket.send_multipart([peer, b"x"])
                time.sleep(0.05)
        assert gone.value.errno == zmq.EHOSTUNREACH


def test_a_backend_behind_a_cut_cable_counts_as_gone(access, connect_through_cable, monkeypatch):
    monkeypatch.setattr("emogene_proto.client.HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr(Address, "is_loopback", False)
    with guarded(access) as backend:
        _, client, cable = connect_through_cable(backend)
        cable.cut()
        wait_until(client, lambda: client.state is ConnectionState.LOST)
        assert "gone" in client.problem.message


def test_stopping_it_takes_no_time(access):
    with zmq.Context() as context:
        check = KeyCheck(context, access)
        started = time.monotonic()
        check.stop()
        assert time.monotonic() - started < 0.3


def test_keys_for_this_computer_last_for_a_run(tmp_path):
    first, second = open_access(None, None), open_access(None, None)
    assert first.server.public != second.server.public and first.local.public != second.local.public
    assert not first.for_others
    with pytest.raises(AccessError, match="--authorized-keys"):
        open_access(None, tmp_path / "server.key")


def test_keys_for_others_are_made_once(tmp_path):
    (tmp_path / "authorized").touch(mode=0o600)
    first = open_access(tmp_path / "authorized", tmp_path / "server.key")
    second = open_access(tmp_path / "authorized", tmp_path / "server.key")
    assert first.server == second.server == read_key_file(tmp_path / "server.key")
    assert first.local.public != second.local.public and first.for_others

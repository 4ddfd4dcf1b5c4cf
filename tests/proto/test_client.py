"""The client's own side: states, time limits, nothing ever blocks. The other end is a plain ROUTER here."""

import contextlib
import gc
import socket
import threading
import time

import msgspec
import pytest
import zmq

from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection
from emogene_proto.errors import BackendError, ShotError
from emogene_proto.keys import new_keys
from emogene_proto.messages import (
    PROTOCOL_VERSION,
    Credit,
    Done,
    Failed,
    FrameDone,
    Hello,
    ListJobs,
    PlanShot,
    Uploaded,
    Welcome,
)
from emogene_proto.shot import AudioRef, HeadTrack, Shot
from emogene_proto.wire import decode_request, encode


def connection_to(port, server_key="", pid=1):
    """To what listens on this computer, with a key that nobody knows."""
    return Connection(f"tcp://127.0.0.1:{port}", server_key or new_keys().public, new_keys().secret, pid)


class Router:
    """The other end: reads requests, sends whatever the test says."""

    def __init__(self, context: zmq.Context):
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.rcvtimeo = 10_000
        self.socket.sndhwm = 0  # keeps everything for a client that does not read
        keys = new_keys()
        self.socket.curve_server = True
        self.socket.curve_secretkey = keys.secret.encode()
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.connection = connection_to(port, keys.public)
        self.peer = b""

    def read(self):
        self.peer, *parts = self.socket.recv_multipart()
        return decode_request(parts)[0]

    def say(self, event, parts=()):
        self.socket.send_multipart([self.peer, *encode(event, parts)])


@pytest.fixture
def router():
    with zmq.Context() as context:
        other_end = Router(context)
        yield other_end
        other_end.socket.close()


@pytest.fixture
def client(router):
    connecting = Client.connect(router.connection, "test")
    yield connecting
    connecting.close()


@pytest.fixture
def ready(router, client):
    hello = router.read()
    router.say(Welcome(id=hello.id, protocol=PROTOCOL_VERSION, version="1", ready=True))
    until(client, lambda: client.state is ConnectionState.READY)
    return client


def until(client, condition):
    """Poll until the condition holds; what came."""
    received, deadline = [], time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        client.wait(0.05)
        received += client.poll()
    return received


def test_hello_goes_first_and_requests_wait_for_the_welcome(router, client):
    request = client.send(ListJobs())
    hello = router.read()
    assert hello == Hello(id=hello.id, protocol=PROTOCOL_VERSION, client="test")
    assert router.socket.poll(30) == 0
    router.say(Welcome(id=hello.id, protocol=PROTOCOL_VERSION, version="1", ready=False))
    until(client, lambda: client.state is ConnectionState.READY)
    assert router.read() == ListJobs(id=request)
    assert client.welcome.ready is False


def test_requests_have_ids_of_their_own_and_end_with_their_last_event(router, ready):
    first, second = ready.send(ListJobs()), ready.send(ListJobs())
    assert first != second and ready.is_open(first)
    assert [router.read().id, router.read().id] == [first, second]
    router.say(Done(id=second))
    until(ready, lambda: not ready.is_open(second))
    assert ready.is_open(first)


def test_a_shot_of_more_than_the_backend_takes_is_refused_and_the_connection_stays(router, ready):
    endless = Shot(AudioRef(), head_track=HeadTrack(((0.1,) * 6,) * 700_000))
    with pytest.raises(ShotError, match="too much animation"):
        ready.send(PlanShot(shot=endless))
    ready.send(ListJobs())
    assert isinstance(router.read(), ListJobs)


def test_a_refusal_says_why(router, client):
    hello = router.read()
    router.say(Failed(id=hello.id, code="refused", message="Not you.", hint="Go."))
    until(client, lambda: client.state is ConnectionState.REFUSED)
    assert (client.problem.message, client.problem.code) == ("Not you.", "refused")
    with pytest.raises(Exception, match="Not you"):
        client.send(ListJobs())


def test_a_backend_of_another_version_is_refused(router, client):
    router.read()
    strange = {"type": "welcome", "id": 1, "protocol": PROTOCOL_VERSION + 1, "fresh": True}
    router.socket.send_multipart([router.peer, msgspec.msgpack.encode(strange)])
    until(client, lambda: client.state is ConnectionState.REFUSED)
    assert client.problem.code == "version_mismatch" and client.problem.hint == "Update the add-on."


def test_nonsense_ends_the_connection_with_a_sentence(router, ready):
    router.socket.send_multipart([router.peer, b"\xc1\xc1"])
    until(ready, lambda: ready.state is ConnectionState.REFUSED)
    assert ready.problem.code == "bad_message"


def test_open_requests_fail_when_the_backend_goes(router, ready):
    request = ready.send(ListJobs())
    router.read()
    router.socket.close()
    received = until(ready, lambda: ready.state is ConnectionState.LOST)
    assert [(event.id, event.code) for event, _ in received] == [(request, "connection_lost")]
    assert not ready.is_open(request) and ready.poll() == []


def outcome(connection, **options):
    """State and problem of a client that cannot get in."""
    client = Client.connect(connection, **options)
    until(client, lambda: client.state is not ConnectionState.CONNECTING)
    client.close()
    return client.problem


@contextlib.contextmanager
def listener(answer=None):
    """The port of a plain socket that accepts whoever comes; with `answer` says that and hangs up."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def hang_up():
            with listening.accept()[0] as accepted:
                accepted.recv(1)
                accepted.sendall(answer)

        if answer is not None:
            threading.Thread(target=hang_up, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize("pid", [1, 0])
def test_nobody_listens(pid):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        problem = outcome(connection_to(unused.getsockname()[1], pid=pid))
    assert problem.code == "nobody_listens" and "No backend listens" in problem.message
    assert ("doctor" in problem.hint) == (pid == 0)


def test_something_silent_listens():
    with listener() as port:
        assert "does not answer" in outcome(connection_to(port), connect_seconds=0.5).message
        assert outcome(connection_to(port, pid=0), connect_seconds=0.5).code == "no_backend"


def test_another_program_listens():
    with listener(
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nServer: of somebody else, in 64 bytes\r\n\r\n"
    ) as port:
        problem = outcome(connection_to(port, pid=0))
    assert problem.code == "no_backend" and "port" in problem.hint


def test_a_backend_without_encryption_is_to_be_updated(router):
    with zmq.Context() as context, context.socket(zmq.ROUTER) as older:
        older.linger = 0
        problem = outcome(connection_to(older.bind_to_random_port("tcp://127.0.0.1"), pid=0))
    assert problem.code in ("not_encrypted", "wrong_server")  # it may hang up before it has said what it speaks
    assert "Update the backend" in problem.hint


def test_a_backend_with_another_key_is_not_believed(router):
    problem = outcome(msgspec.structs.replace(router.connection, server_key=new_keys().public, pid=0))
    assert problem.code == "wrong_server" and "log" in problem.hint
    assert router.socket.poll(50) == 0


def test_a_key_that_the_backend_does_not_know_is_told(router):
    with zmq.Context() as context, context.socket(zmq.REP) as nobody, context.socket(zmq.ROUTER) as strict:
        nobody.bind("inproc://zeromq.zap.01")
        keys = new_keys()
        strict.curve_server, strict.curve_secretkey, strict.zap_domain = True, keys.secret.encode(), b"x"
        connection = connection_to(strict.bind_to_random_port("tcp://127.0.0.1"), keys.public, pid=0)
        client = Client.connect(connection)
        version, request, *_ = nobody.recv_multipart()
        nobody.send_multipart([version, request, b"400", b"", b"", b""])
        until(client, lambda: client.state is ConnectionState.REFUSED)
        assert client.problem.code == "key_refused" and "emogene keys show" in client.problem.hint
        client.close()


def test_damaged_keys_are_told_at_once(router):
    for changes in ({"secret_key": "x"}, {"server_key": "x"}, {"secret_key": "", "server_key": ""}):
        client = Client.connect(msgspec.structs.replace(router.connection, **changes))
        assert client.state is ConnectionState.REFUSED and "damaged" in client.problem.message
        client.close()


def test_a_zeromq_without_encryption_is_told_at_once(router, monkeypatch):
    monkeypatch.setattr(zmq, "has", lambda what: False)
    client = Client.connect(router.connection)
    assert client.state is ConnectionState.REFUSED and client.problem.code == "no_curve"
    client.close()


def test_an_address_that_is_none_is_told_at_once(router):
    client = Client.connect(msgspec.structs.replace(router.connection, address="gopher://x"))
    assert client.state is ConnectionState.REFUSED and client.problem.hint
    client.close()


def test_a_name_that_nobody_knows_ends_in_time(router):
    started = time.monotonic()
    unknown = msgspec.structs.replace(router.connection, address="tcp://no-such-host.invalid:5555", pid=0)
    client = Client.connect(unknown, connect_seconds=0.5)
    assert time.monotonic() - started < 0.4
    until(client, lambda: client.state is ConnectionState.LOST)
    assert "does not answer" in client.problem.message and "doctor" in client.problem.hint
    started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 0.4


def test_a_key_that_is_taken_away_ends_the_connection(router, ready):
    request = ready.send(ListJobs())
    router.read()
    router.say(Failed(id=0, code="bad_message", message="Not understood.", hint="Update."))
    router.say(Failed(id=0, code="refused", message="No longer.", hint="Ask."))
    received = until(ready, lambda: ready.state is ConnectionState.REFUSED)
    assert ready.problem.message == "No longer." and received[-1].event.id == request
    assert received[-1].event.code == "connection_lost"


@pytest.fixture
def quiet_collector():
    """The garbage collector's walk over everything that pytest holds is none of the client's time."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("quiet_collector")
def test_a_poll_ends_soon_however_much_has_come(router, ready):
    for number in range(3000):
        router.say(FrameDone(id=9, job="0" * 12, frame=number, key="0" * 64, done=1, total=1), [bytes(2000)])
    ready.wait(5)
    longest, frames = 0.0, []
    while len(frames) < 3000:
        started = time.thread_time()
        frames += ready.poll(budget_seconds=0.002)
        longest = max(longest, time.thread_time() - started)
    assert longest < 0.01
    assert [event.frame for event, _ in frames] == list(range(3000))


@pytest.mark.usefixtures("quiet_collector")
def test_a_hung_backend_never_holds_the_client(router, ready, tmp_path):
    (tmp_path / "voice.wav").write_bytes(bytes(3_000_000))
    ready.upload(tmp_path / "voice.wav")
    longest = 0.0
    for _ in range(3000):
        started = time.thread_time()
        ready.send(Credit(to=1, frames=1))
        ready.poll(budget_seconds=0.002)
        longest = max(longest, time.thread_time() - started)
    assert longest < 0.01


def test_uploads_go_one_after_the_other(router, ready, tmp_path):
    paths = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for path in paths:
        path.write_bytes(path.name.encode())
    first, second = (ready.upload(path) for path in paths)
    ready.poll()
    offer = router.read()
    assert offer.id == first and router.socket.poll(20) == 0
    router.say(Uploaded(id=first, sha256=offer.sha256))
    until(ready, lambda: not ready.is_open(first))
    ready.poll()
    assert router.read().id == second


def test_parts_need_no_copy(router, ready):
    request = ready.send(ListJobs())
    router.read()
    router.say(FrameDone(id=request, job="0" * 12, frame=1, key="0" * 64, done=1, total=1), [b"picture"])
    router.say(Done(id=request))
    event, parts = until(ready, lambda: not ready.is_open(request))[0]
    assert event.frame == 1 and isinstance(parts[0], memoryview) and bytes(parts[0]) == b"picture"


def test_closing_twice_is_fine(ready):
    ready.close()
    ready.close()
    assert ready.state is ConnectionState.CLOSED and ready.problem is None
    with pytest.raises(BackendError, match="closed"):
        ready.send(ListJobs())

"""The client's own side: states, time limits, nothing ever blocks. The other end is a plain ROUTER here."""

import gc
import socket
import time

import msgspec
import pytest
import zmq

from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection
from emogene_proto.errors import BackendError, ShotError
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


class Router:
    """The other end: reads requests, sends whatever the test says."""

    def __init__(self, context: zmq.Context):
        self.socket = context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.rcvtimeo = 10_000
        self.socket.sndhwm = 0  # keeps everything for a client that does not read
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.connection = Connection(f"tcp://127.0.0.1:{port}", "secret", 1)
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
    assert hello == Hello(id=hello.id, protocol=PROTOCOL_VERSION, token="secret", client="test")
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


def test_nobody_listens():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
    client = Client.connect(Connection(address, "secret", 1))
    until(client, lambda: client.state is ConnectionState.LOST)
    client.close()


def test_something_else_listens():
    with socket.socket() as web_server:
        web_server.bind(("127.0.0.1", 0))
        web_server.listen()
        address = f"tcp://127.0.0.1:{web_server.getsockname()[1]}"
        client = Client.connect(Connection(address, "secret", 1), connect_seconds=0.2)
        until(client, lambda: client.state is ConnectionState.LOST)
        assert "does not answer" in client.problem.message
        client.close()


def test_an_address_that_is_none_is_told_at_once():
    client = Client.connect(Connection("gopher://x", "secret", 1))
    assert client.state is ConnectionState.REFUSED and client.problem.hint
    client.close()


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

"""The worker's own socket: only the worker can begin a conversation with it."""

import sys
import time

import msgspec
import pytest
import zmq

from emogene.service.access import open_access
from emogene.service.key_check import KeyCheck
from emogene.service.tasks import Ready, WorkerSetup, encode
from emogene.service.worker_process import WorkerKind, WorkerProcess

TELLS_ITS_SETUP = [
    sys.executable,
    "-c",
    "import sys; open(sys.argv[1], 'w').write(sys.stdin.readline()); sys.stdin.read()",
]


@pytest.fixture
def worker(tmp_path):
    """A worker that only writes down what it was told."""
    with zmq.Context() as context:
        check = KeyCheck(context, open_access(None, None))
        process = WorkerProcess(context, WorkerKind(tmp_path, command=[*TELLS_ITS_SETUP, str(tmp_path / "setup")]))
        yield process
        process.close()
        check.stop()


@pytest.fixture
def setup(worker, tmp_path):
    deadline = time.monotonic() + 60
    while not (tmp_path / "setup").exists() or not (tmp_path / "setup").read_bytes().endswith(b"\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return msgspec.json.decode((tmp_path / "setup").read_bytes(), type=WorkerSetup)


def came_through(worker, setup, server_key):
    """Whether a message of somebody who has the right token comes through to the backend."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.linger = 0
        if server_key:
            dealer.curve_publickey, dealer.curve_secretkey = zmq.curve_keypair()
            dealer.curve_serverkey = server_key
        dealer.connect(setup.address)
        dealer.send_multipart([encode(Ready(token=setup.token)), b""])
        return bool(worker.socket.poll(20_000 if server_key == setup.server_key.encode() else 500))


def test_who_was_not_told_its_key_says_nothing_that_is_heard(worker, setup):
    assert not came_through(worker, setup, b"")
    assert not came_through(worker, setup, zmq.curve_keypair()[0])
    assert came_through(worker, setup, setup.server_key.encode())

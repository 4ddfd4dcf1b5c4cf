"""A server that had large messages becomes small again."""

import sys

import psutil
import pytest
import zmq
from running_backend import ask, raw_dealer

from emogene_proto.messages import PROTOCOL_VERSION, Hello, ListJobs
from emogene_proto.wire import encode

linux = sys.platform.startswith("linux")
pytestmark = pytest.mark.skipif(not linux, reason="other C libraries decide themselves")


def test_large_messages_leave_no_memory_behind(backend, client):
    process = psutil.Process(backend.process.pid)
    ask(client, ListJobs())
    before = process.memory_info().rss
    with zmq.Context() as context, raw_dealer(context, backend.connection) as socket:
        socket.rcvtimeo = 60_000
        socket.send_multipart(encode(Hello(id=1, protocol=PROTOCOL_VERSION)))
        socket.recv_multipart()
        for size in (5, 30, 12, 25, 8, 31):
            socket.send(bytes(size * 2**20))
            socket.recv_multipart()
    ask(client, ListJobs())
    assert process.memory_info().rss - before < 30 * 2**20

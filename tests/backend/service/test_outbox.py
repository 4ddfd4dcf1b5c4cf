"""A client that does not read holds no more than so many messages and bytes, over real sockets."""

import time

import pytest
import zmq

from emogene.service import outbox as outbox_module
from emogene.service.outbox import BACKLOG, LARGE, WAITING_BYTES, WAITING_MESSAGES, Outbox
from emogene_proto.messages import Done

PICTURE = bytes(2**20)


@pytest.fixture
def ends():
    """An outbox, a client of it that reads only when a test does, and its address."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router, context.socket(zmq.DEALER) as dealer:
        router.linger = dealer.linger = 0
        router.sndhwm, router.router_mandatory = WAITING_MESSAGES, True
        dealer.rcvhwm = 1
        dealer.connect(f"tcp://127.0.0.1:{router.bind_to_random_port('tcp://127.0.0.1')}")
        dealer.send(b"here")
        yield Outbox(router), dealer, router.recv_multipart()[0]


def offered(outbox, client, part: bytes) -> int:
    """So many messages with this part go before one is refused."""
    count = 0
    while outbox.offer(client, Done(id=1), [part]):
        count += 1
        time.sleep(0.002)
    return count


def test_pictures_go_until_so_many_bytes_are_under_way(ends):
    outbox, _, client = ends
    # What the system's own buffers hold, some megabytes, counts as sent.
    assert WAITING_BYTES <= offered(outbox, client, PICTURE) * len(PICTURE) < 3 * WAITING_BYTES
    assert not outbox.has_room(client, len(PICTURE))


def test_a_client_that_reads_again_gets_more(ends):
    outbox, dealer, client = ends
    offered(outbox, client, PICTURE)
    deadline = time.monotonic() + 60
    while not outbox.offer(client, Done(id=2), [PICTURE]):
        assert time.monotonic() < deadline
        if dealer.poll(100):
            dealer.recv_multipart()


def test_one_picture_larger_than_the_limit_goes_alone(ends):
    outbox, dealer, client = ends
    assert outbox.offer(client, Done(id=1), [bytes(WAITING_BYTES + 1)])
    assert len(dealer.recv_multipart()[1]) == WAITING_BYTES + 1


def test_small_answers_are_kept_in_order_until_they_are_too_many(ends):
    outbox, dealer, client = ends
    part = bytes(LARGE - 1)
    inside = offered(outbox, client, part)
    outbox.send(client, Done(id=7))
    outbox.send(client, Done(id=8))
    assert outbox.take_gone() == set()
    ids = []
    while len(ids) < inside + 2:
        outbox.flush()
        if dealer.poll(1000):
            ids.append(dealer.recv_multipart()[0])
    assert ids[-2] != ids[-1] == bytes(outbox_module.encode(Done(id=8))[0])
    offered(outbox, client, part)
    for _ in range(BACKLOG + 1):
        outbox.send(client, Done(id=9))
    assert outbox.take_gone() == {client}


def test_answers_that_wait_are_limited_in_bytes_too(ends, monkeypatch):
    monkeypatch.setattr(outbox_module, "BACKLOG_BYTES", 10_000)
    outbox, _, client = ends
    offered(outbox, client, PICTURE)
    offered(outbox, client, bytes(4000))  # now messages are as many as zmq takes
    outbox.send(client, Done(id=1), [bytes(4000)])
    outbox.send(client, Done(id=1), [bytes(4000)])
    assert outbox.take_gone() == set()
    for _ in range(2):
        outbox.send(client, Done(id=1), [bytes(4000)])
    assert outbox.take_gone() == {client}

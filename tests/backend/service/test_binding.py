"""Where the backend listens, for this computer and for others."""

import socket

import pytest
import zmq

from emogene.service.binding import bind_socket, parse_bind
from emogene_proto.addresses import Address
from emogene_proto.errors import BackendError


@pytest.fixture
def router():
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        yield socket


@pytest.mark.parametrize(
    ("bind", "meant"),
    [
        ("tcp://localhost:*", Address("127.0.0.1", 0)),
        ("tcp://127.0.0.1:5555", Address("127.0.0.1", 5555)),
        ("tcp://[::1]:0", Address("::1", 0)),
    ],
)
def test_this_computers_addresses_need_no_keys(bind, meant):
    assert parse_bind(bind) == meant


def test_addresses_for_others():
    assert parse_bind("tcp://*:5555", for_others=True) == Address("0.0.0.0", 5555)
    assert parse_bind("tcp://[::]:5555", for_others=True) == Address("::", 5555)
    with pytest.raises(BackendError, match="is a name"):
        parse_bind("tcp://render1:5555", for_others=True)


def test_this_computers_user_finds_it_wherever_it_listens(router):
    found = bind_socket(router, Address("0.0.0.0", 0))
    assert found.host == "127.0.0.1"
    socket.create_connection(found, timeout=20).close()


def test_the_newer_kind_of_numbers(router):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this computer has no IPv6")
    socket.create_connection(bind_socket(router, Address("::", 0)), timeout=20).close()


def test_a_port_that_is_taken_is_told_to_others_who_come_through_a_tunnel(router):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BackendError, match="cannot be used"):
        bind_socket(router, Address("127.0.0.1", taken.getsockname()[1]), for_others=True)


def test_the_scheme_may_be_left_out_as_with_remote():
    assert parse_bind("127.0.0.1:5555") == parse_bind("tcp://127.0.0.1:5555")


def test_a_port_that_is_taken_is_told_where_others_would_look_for_it(router):
    with socket.create_server(("0.0.0.0", 0)) as taken, pytest.raises(BackendError, match="cannot be used"):
        bind_socket(router, Address("0.0.0.0", taken.getsockname()[1]))

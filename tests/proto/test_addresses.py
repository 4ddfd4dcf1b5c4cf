"""Addresses of backends, as people write them."""

import pytest

from emogene_proto.addresses import Address, parse_address
from emogene_proto.errors import BackendError


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tcp://127.0.0.1:40123", Address("127.0.0.1", 40123)),
        ("render1", Address("render1", 5555)),
        (" render1.studio.example:6000 ", Address("render1.studio.example", 6000)),
        ("tcp://[fd00::5]:5555", Address("fd00::5", 5555)),
        ("[::1]", Address("::1", 5555)),
    ],
)
def test_what_is_one(text, meant):
    assert parse_address(text) == meant
    assert parse_address(str(meant)) == meant


@pytest.mark.parametrize("text", ["", "tcp://", "http://x", "x:y", "x:99999", "a b", "tcp://x:1/path", "fd00::5", "x:"])
def test_what_is_none(text):
    with pytest.raises(BackendError, match="is no address"):
        parse_address(text)


def test_which_are_this_computers():
    own = [
        address for address in ("127.0.0.1", "[::1]", "localhost", "127.5.5.5") if parse_address(address).is_loopback
    ]
    assert len(own) == 4
    assert not any(parse_address(address).is_loopback for address in ("0.0.0.0", "10.0.0.1", "render1", "[::]"))

"""Keys: pairs that nobody else has, in files that only their owner can read, and that nothing overwrites."""

import os
import subprocess
import sys

import pytest
import zmq

from emogene_proto import keys
from emogene_proto.errors import AccessError
from emogene_proto.keys import KeyPair, is_key, new_keys, public_of, read_key_file, write_key_file

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes; the profile folder is private")


def test_no_two_pairs_are_alike():
    pairs = [new_keys() for _ in range(10)]
    assert len({pair.public for pair in pairs} | {pair.secret for pair in pairs}) == 20
    assert all(public_of(pair.secret) == pair.public for pair in pairs)


@posix
def test_a_public_key_needs_no_quotes_in_a_shell():
    for public in (new_keys().public for _ in range(10)):
        assert subprocess.run(f"printf %s {public}", shell=True, capture_output=True).stdout == public.encode()
        assert not public.startswith("-")


@pytest.mark.parametrize("text", ["", "x" * 39, "x" * 41, "ü" * 40, " " * 40, "#" * 40, "a" * 39 + "\n"])
def test_what_is_no_key(text):
    assert not is_key(text)


def test_what_was_written_is_read(tmp_path):
    made = new_keys("Ada's  laptop\n")
    write_key_file(tmp_path / "deep" / "ada.key", made)
    assert read_key_file(tmp_path / "deep" / "ada.key") == made
    assert made.name == "Ada's laptop"


@posix
def test_only_the_owner_can_read_it(tmp_path):
    before = os.umask(0)
    try:
        write_key_file(tmp_path / "ada.key", new_keys())
    finally:
        os.umask(before)
    assert (tmp_path / "ada.key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path):
    write_key_file(tmp_path / "ada.key", new_keys())
    before = (tmp_path / "ada.key").read_bytes()
    with pytest.raises(AccessError, match="is there already"):
        write_key_file(tmp_path / "ada.key", new_keys())
    assert (tmp_path / "ada.key").read_bytes() == before


@posix
def test_a_file_that_others_could_have_read_is_not_believed(tmp_path):
    write_key_file(tmp_path / "ada.key", new_keys())
    (tmp_path / "ada.key").chmod(0o644)
    with pytest.raises(AccessError, match="open to other users") as refused:
        read_key_file(tmp_path / "ada.key")
    assert "chmod 600" in refused.value.hint


def test_damaged_files_are_told_without_their_secret(tmp_path):
    good, other = new_keys(), new_keys()
    path = tmp_path / "ada.key"
    for pair in (KeyPair(good.public, other.secret), KeyPair(good.public, "x"), KeyPair("x", good.secret)):
        path.unlink(missing_ok=True)
        write_key_file(path, pair)
        with pytest.raises(AccessError, match="is damaged") as refused:
            read_key_file(path)
        assert pair.secret not in str(refused.value) or pair.secret == "x"
    for content in (b"", b"{", b'{"secret": 1}', b"\xff"):
        path.write_bytes(content)
        with pytest.raises(AccessError, match="cannot be read"):
            read_key_file(path)
    with pytest.raises(AccessError, match="There is no key file"):
        read_key_file(tmp_path / "none.key")


def test_the_secret_is_not_shown(tmp_path):
    made = new_keys("Ada")
    assert made.secret not in repr(made) + str(made) + f"{[made]}" and made.public in repr(made)


def test_a_zeromq_without_encryption_is_told(monkeypatch):
    monkeypatch.setattr(zmq, "has", lambda what: False)
    with pytest.raises(AccessError, match="without encryption") as refused:
        keys.new_keys()
    assert refused.value.code == "no_curve" and "pyzmq" in refused.value.hint

"""The file of authorized keys: what a line is, what is refused, and how it is followed while a backend runs."""

import sys

import pytest

from emogene.service.authorized_keys import SETTLE_SECONDS, AuthorizedKeys, read_authorized_keys
from emogene_proto.errors import AccessError
from emogene_proto.keys import new_keys

ADA, BOB = new_keys("Ada").public, new_keys("Bob").public


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path):
    return tmp_path / "authorized"


def write(path, text, mode=0o600):
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_what_lines_say(path):
    write(path, f"# studio\n\n  {ADA}   Ada Lovelace \n{BOB}\n#{BOB} was Bob's\n# {'-' * 40}\n")
    assert read_authorized_keys(path) == {ADA: "Ada Lovelace", BOB: "key of line 4"}


@pytest.mark.parametrize("line", ["ada", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada@x", ADA[:39], ADA + "x Ada", "\x00"])
def test_a_line_that_is_no_key_is_told_by_its_number(path, line):
    write(path, f"{BOB} Bob\n{line}\n")
    with pytest.raises(AccessError, match="Line 2"):
        read_authorized_keys(path)


def test_files_that_cannot_be_read(path):
    with pytest.raises(AccessError, match="There is no file"):
        AuthorizedKeys(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(AccessError, match="cannot be read"):
        AuthorizedKeys(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")
def test_a_file_that_others_may_write_is_refused(path):
    for mode in (0o620, 0o602, 0o666):
        write(path, f"{ADA} Ada\n", mode)
        with pytest.raises(AccessError, match="Others may write"):
            AuthorizedKeys(path)
    write(path, f"{ADA} Ada\n", 0o644)
    assert AuthorizedKeys(path).names


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def followed(path, clock):
    write(path, f"{ADA} Ada\n")
    return AuthorizedKeys(path, clock)


def later(followed, clock):
    followed.look()
    clock.now += SETTLE_SECONDS
    followed.look()


def test_a_new_key_counts_at_once(path, followed):
    write(path, f"{ADA} Ada\n{BOB} Bob\n")
    followed.look()
    assert set(followed.names) == {ADA, BOB}


def test_a_key_that_was_taken_out_counts_no_more(path, followed, clock):
    write(path, f"{BOB} Bob\n")
    later(followed, clock)
    assert set(followed.names) == {BOB}


def test_an_editor_that_empties_the_file_before_it_writes_throws_nobody_out(path, followed, clock):
    for step in ("", None, f"{ADA} Ada L.\n{BOB} Bob\n"):
        path.unlink() if step is None else write(path, step)
        followed.look()
        assert ADA in followed.names
        clock.now += SETTLE_SECONDS / 2
    later(followed, clock)
    assert followed.names == {ADA: "Ada L.", BOB: "Bob"}


@pytest.mark.parametrize("damage", ["remove", "nonsense", "open"])
def test_a_file_that_is_gone_or_damaged_for_good_lets_nobody_in(path, followed, clock, damage):
    if damage == "remove":
        path.unlink()
    else:
        write(path, f"{ADA} Ada\nnonsense\n" if damage == "nonsense" else f"{ADA} Ada\n# more\n")
    if damage == "open":
        if sys.platform == "win32":
            pytest.skip("Windows has no file modes")
        path.chmod(0o666)
    later(followed, clock)
    assert followed.names == {}


def test_nothing_is_read_again_while_it_stays(followed, clock):
    before = followed.names
    later(followed, clock)
    assert followed.names is before

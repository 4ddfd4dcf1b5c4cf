"""The connection file: private, whole, and gone when its backend is."""

import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import rich

from emogene_proto.connection import (
    Connection,
    find_backend,
    process_alive,
    read_connection,
    remote_connection,
    remove_connection,
    start_command,
    start_environment,
    write_connection,
)
from emogene_proto.errors import AccessError, BackendError
from emogene_proto.keys import new_keys, write_key_file
from emogene_proto.messages import PROTOCOL_VERSION
from emogene_proto.user_folders import user_cache_dir

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes; the profile folder is private")


@pytest.fixture
def listening():
    """A connection to something that listens, in this very process."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        keys = new_keys()
        yield Connection(f"tcp://127.0.0.1:{server.getsockname()[1]}", keys.public, new_keys().secret, os.getpid())


@pytest.fixture
def ended_process():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_what_is_announced_is_found(tmp_path, listening):
    path = tmp_path / "deep" / "backend.json"
    assert find_backend(path) is None
    write_connection(path, listening)
    assert read_connection(path) == find_backend(path) == listening
    assert [p.name for p in path.parent.iterdir()] == ["backend.json"]


def test_a_backend_that_is_gone_is_not_found(tmp_path, listening, ended_process):
    path = tmp_path / "backend.json"
    write_connection(path, msgspec.structs.replace(listening, pid=ended_process))
    assert find_backend(path) is None


def test_an_address_where_nothing_listens_is_not_found(tmp_path, listening):
    path = tmp_path / "backend.json"
    for address in ("tcp://127.0.0.1:1", "tcp://127.0.0.1:99999", "nonsense"):
        write_connection(path, msgspec.structs.replace(listening, address=address))
        assert find_backend(path) is None


@posix
def test_only_the_owner_can_read_it(tmp_path, listening):
    path = tmp_path / "backend.json"
    before = os.umask(0)
    try:
        write_connection(path, listening)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_touch_is_not_believed(tmp_path, listening, mode):
    path = tmp_path / "backend.json"
    write_connection(path, listening)
    path.chmod(mode)
    with pytest.raises(BackendError, match="open to other users"):
        read_connection(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"address": 1}', b"\xff\xfe"])
def test_a_damaged_file_is_told(tmp_path, content):
    path = tmp_path / "backend.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BackendError, match="cannot be read"):
        read_connection(path)


def test_a_backend_takes_back_only_its_own_announcement(tmp_path, listening):
    path = tmp_path / "backend.json"
    write_connection(path, listening)
    remove_connection(path, msgspec.structs.replace(listening, secret_key=new_keys().secret))
    assert path.exists()
    remove_connection(path, listening)
    assert not path.exists()
    remove_connection(path, listening)


def test_the_secret_shows_nowhere(listening):
    shown = io.StringIO()
    rich.print(listening, [listening], file=shown)
    for text in (repr(listening), str(listening), f"{[listening]}", shown.getvalue()):
        assert listening.address in text and listening.secret_key not in text


@pytest.mark.parametrize("protocol", [4, PROTOCOL_VERSION + 1])
def test_a_file_of_another_release_is_read_so_that_its_version_can_be_told(tmp_path, protocol):
    path = tmp_path / "backend.json"
    other = {"address": "tcp://127.0.0.1:5000", "token": "0" * 64, "pid": 3, "protocol": protocol, "news": [1]}
    path.write_bytes(msgspec.json.encode(other))
    path.chmod(0o600)
    assert read_connection(path).protocol == protocol


def test_a_backend_elsewhere_is_described_by_its_address_and_two_keys(tmp_path):
    mine, theirs = new_keys("me"), new_keys()
    write_key_file(tmp_path / "me.key", mine)
    made = remote_connection("render1:5000", theirs.public, tmp_path / "me.key")
    assert made == Connection("tcp://render1:5000", theirs.public, mine.secret, pid=0)
    write_connection(tmp_path / "render1.json", made)
    assert find_backend(tmp_path / "render1.json") == made
    for server_key in ("", "x", theirs.public + "x"):
        with pytest.raises(AccessError, match="backend's key"):
            remote_connection("render1", server_key, tmp_path / "me.key")
    with pytest.raises(BackendError, match="is no address"):
        remote_connection("http://render1/", theirs.public, tmp_path / "me.key")


def test_which_processes_live(ended_process):
    assert process_alive(os.getpid())
    assert not process_alive(ended_process)
    assert not process_alive(2**40)


def test_the_start_command_names_file_and_parent():
    command = start_command("/env/bin/python", Path("/tmp/c.json"), 42)
    assert command == [
        "/env/bin/python",
        "-m",
        "emogene",
        "serve",
        "--connection-file",
        "/tmp/c.json",
        "--parent",
        "42",
    ]
    assert "--parent" not in start_command("python", Path("c.json"))


def test_the_started_python_does_not_load_blenders_modules(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/blender")
    monkeypatch.setenv("EMOGENE_CACHE", "/chosen")
    assert "PYTHONPATH" not in start_environment() and start_environment()["EMOGENE_CACHE"] == "/chosen"
    assert user_cache_dir() == Path("/chosen")

"""The extension's session with a backend for other computers, found by a connection file with keys."""

import time

import pytest
from emogene_addon.core.session import Phase, Session
from emogene_addon.emogene_proto.connection import remote_connection, write_connection
from emogene_addon.emogene_proto.keys import new_keys, write_key_file
from running_backend import RunningBackend

ADA = new_keys("Ada")


@pytest.fixture(scope="module")
def backend(tmp_path_factory, tiny_actor):
    folder = tmp_path_factory.mktemp("remote")
    (folder / "authorized").write_text(f"{ADA.public} {ADA.name}\n")
    (folder / "authorized").chmod(0o600)
    options = {"authorized_keys": str(folder / "authorized"), "server_key": str(folder / "server.key")}
    with RunningBackend(folder, tiny_actor.parent, **options) as running:
        yield running


@pytest.fixture
def session():
    made = Session("test")
    yield made
    made.end()


def connect(session, backend, folder, keys):
    """Press Connect with a connection file for this pair of keys."""
    write_key_file(folder / "client.key", keys)
    elsewhere = remote_connection(backend.connection.address, backend.connection.server_key, folder / "client.key")
    write_connection(folder / "render1.json", elsewhere)
    session.connect(folder / "render1.json")
    deadline = time.monotonic() + 60
    while session.phase is Phase.CONNECTING:
        assert time.monotonic() < deadline
        session.pump()
        time.sleep(0.01)


def test_an_allowed_key_connects(session, backend, tmp_path):
    connect(session, backend, tmp_path, ADA)
    assert session.phase is Phase.READY and "pack" in session.welcome.actors
    session.stop()
    assert session.phase is Phase.OFF and backend.process.poll() is None


def test_an_unknown_key_is_told_what_to_do(session, backend, tmp_path):
    connect(session, backend, tmp_path, new_keys())
    assert session.phase is Phase.LOST and session.problem.code == "key_refused"
    assert "emogene keys show" in session.problem.hint

"""The extension's session with a backend for other computers, found by a connection file with keys."""

import time

import pytest
from emogene_addon.core.backend_check import ConnectionCheck
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


def way_to(backend, folder, keys):
    """From address, the backend's key and a key file, as the preferences have them."""
    write_key_file(folder / "client.key", keys)
    return remote_connection(backend.connection.address, backend.connection.server_key, folder / "client.key")


def connect(session, backend, folder, keys):
    """Press Connect with a connection file for this pair of keys."""
    write_connection(folder / "render1.json", way_to(backend, folder, keys))
    session.connect(folder / "render1.json")
    deadline = time.monotonic() + 60
    while session.phase is Phase.CONNECTING:
        assert time.monotonic() < deadline
        session.pump()
        time.sleep(0.01)


def answer_of(connection):
    """The answer of the preferences' test."""
    check = ConnectionCheck(connection, "test")
    deadline = time.monotonic() + 60
    try:
        while (answer := check.step()) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        check.end()
    return answer


def test_an_allowed_key_connects(session, backend, tmp_path):
    connect(session, backend, tmp_path, ADA)
    assert session.phase is Phase.READY and "pack" in session.welcome.actors
    session.stop()
    assert session.phase is Phase.OFF and backend.process.poll() is None


def test_an_unknown_key_is_told_what_to_do(session, backend, tmp_path):
    connect(session, backend, tmp_path, new_keys())
    assert session.phase is Phase.LOST and session.problem.code == "key_refused"
    assert "emogene keys show" in session.problem.hint


def test_the_preferences_test_says_what_answers(backend, tmp_path):
    answer = answer_of(way_to(backend, tmp_path, new_keys("Ada", for_shell=False)))
    assert not answer.works and "key" in answer.text and answer.hint
    (tmp_path / "client.key").unlink()
    answer = answer_of(way_to(backend, tmp_path, ADA))
    assert answer.works and answer.text.startswith("EmoGene ") and "actors: bundled, pack" in answer.text


def test_of_a_backend_elsewhere_nothing_is_cleaned_from_here(session, backend, tmp_path):
    connect(session, backend, tmp_path, ADA)
    assert session.elsewhere
    session.release_memory()
    deadline = time.monotonic() + 10
    while session.upkeep.note == "Releasing memory":
        assert time.monotonic() < deadline
        session.pump()
    assert "own user" in session.upkeep.note

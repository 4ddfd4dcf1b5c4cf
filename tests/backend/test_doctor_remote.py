"""Each way in which a connection to a backend elsewhere fails is told by its step, and what to do."""

import contextlib
import socket

import msgspec
import pytest
import zmq
from running_backend import RunningBackend

from emogene import cli, doctor_remote
from emogene.doctor_remote import examine_remote
from emogene_proto.connection import remote_connection
from emogene_proto.errors import AccessError, BackendError
from emogene_proto.keys import new_keys, write_key_file

ADA = new_keys("Ada")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A folder with Ada's key, and one that nobody has allowed."""
    folder = tmp_path_factory.mktemp("keys")
    write_key_file(folder / "ada.key", ADA)
    write_key_file(folder / "unknown.key", new_keys())
    (folder / "authorized").write_text(f"{ADA.public} Ada\n")
    (folder / "authorized").chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def backend(keys, tmp_path_factory, tiny_actor):
    options = {"authorized_keys": str(keys / "authorized"), "server_key": str(keys / "server.key")}
    with RunningBackend(tmp_path_factory.mktemp("remote"), tiny_actor.parent, **options) as running:
        yield running


def steps(address, server_key, key_file):
    """Names of the steps that worked, and the last check."""
    checks = list(examine_remote(address, server_key, key_file))
    assert all(check.works for check in checks[:-1])
    return [check.name for check in checks if check.works], checks[-1]


def test_a_connection_that_works(backend, keys):
    worked, last = steps(backend.connection.address, backend.connection.server_key, keys / "ada.key")
    assert worked == ["name", "port", "encryption", "backend's key", "this key", "protocol", "backend"]
    assert "pack" in last.detail


def test_a_key_that_is_not_allowed(backend, keys):
    worked, last = steps(backend.connection.address, backend.connection.server_key, keys / "unknown.key")
    assert worked[-1] == "backend's key" and last.name == "this key" and "keys show" in last.mend


def test_another_backends_key(backend, keys):
    worked, last = steps(backend.connection.address, new_keys().public, keys / "ada.key")
    assert worked[-1] == "encryption" and last.name == "backend's key" and "log" in last.mend


def test_another_protocol_version(backend, keys, monkeypatch):
    def of_version_4(*given):
        return msgspec.structs.replace(remote_connection(*given), protocol=4)

    monkeypatch.setattr("emogene_proto.client.PROTOCOL_VERSION", 4)
    monkeypatch.setattr(doctor_remote, "remote_connection", of_version_4)
    worked, last = steps(backend.connection.address, backend.connection.server_key, keys / "ada.key")
    assert worked[-1] == "this key" and last.name == "protocol" and last.mend == "Update the add-on."


def test_a_port_where_nothing_listens(keys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        worked, last = steps(f"127.0.0.1:{unused.getsockname()[1]}", ADA.public, keys / "ada.key")
    assert worked == ["name"] and last.name == "port" and "emogene serve --bind" in last.mend


def test_a_port_behind_a_firewall(keys, monkeypatch):
    """A listener whose queue is full leaves who comes next without an answer, as a firewall does."""
    monkeypatch.setattr(doctor_remote, "PORT_SECONDS", 0.5)
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        worked, last = steps(f"127.0.0.1:{full.getsockname()[1]}", ADA.public, keys / "ada.key")
    assert worked == ["name"] and last.name == "port" and "firewall" in last.mend


def test_a_name_that_nobody_knows(keys):
    worked, last = steps("no-such-host.invalid", ADA.public, keys / "ada.key")
    assert worked == [] and last.name == "name" and "number" in last.mend


def test_another_program_at_the_port(keys, monkeypatch):
    monkeypatch.setattr(doctor_remote, "GREETING_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        worked, last = steps(f"127.0.0.1:{silent.getsockname()[1]}", ADA.public, keys / "ada.key")
    assert worked[-1] == "port" and last.name == "encryption" and "another program" in last.mend


def test_a_backend_of_before_there_were_keys(keys):
    with zmq.Context() as context, context.socket(zmq.ROUTER) as older:
        port = older.bind_to_random_port("tcp://127.0.0.1")
        worked, last = steps(f"127.0.0.1:{port}", ADA.public, keys / "ada.key")
    assert worked[-1] == "port" and last.name == "encryption" and "Update the backend" in last.mend


def test_what_is_no_address_or_no_key_is_told_before_anything_is_tried(keys):
    with pytest.raises(BackendError, match="is no address"):
        list(examine_remote("http://x", ADA.public, keys / "ada.key"))
    with pytest.raises(AccessError, match="backend's key"):
        list(examine_remote("x", "short", keys / "ada.key"))
    with pytest.raises(AccessError, match="no key file"):
        list(examine_remote("x", ADA.public, keys / "none.key"))


def test_the_command_says_it_a_line_a_step_and_ends_with_3(backend, keys, capsys):
    command = ["doctor", "--remote", backend.connection.address, "--server-key", backend.connection.server_key, "--key"]
    assert cli.run([*command, str(keys / "ada.key")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 7 and all(line.startswith(" ok ") for line in said)
    assert cli.run([*command, str(keys / "unknown.key")]) == 3
    said = capsys.readouterr().out.splitlines()
    assert said[-2].startswith(" NO  this key") and "keys show" in said[-1]
    assert cli.run(["doctor", "--remote", "x"]) == 2
    assert cli.run(["doctor", "--server-key", "x"]) == 2

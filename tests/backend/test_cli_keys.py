"""`emogene keys` and what `emogene serve` says of keys, as their users call them."""

import pytest

from emogene import cli
from emogene.service.authorized_keys import read_authorized_keys
from emogene_proto.connection import read_connection
from emogene_proto.keys import new_keys, read_key_file


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOGENE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))


def said(capsys, *arguments):
    """What a command that works prints on stdout."""
    assert cli.run([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out.strip()


def test_the_line_of_a_new_key_is_one_for_the_backends_file(tmp_path, capsys):
    line = said(capsys, "keys", "new", "--name", "Ada's laptop")
    (tmp_path / "authorized").write_text(f"{line}\n")
    (tmp_path / "authorized").chmod(0o600)
    keys = read_key_file(tmp_path / "config" / "client.key")
    assert read_authorized_keys(tmp_path / "authorized") == {keys.public: "Ada's laptop"}
    assert said(capsys, "keys", "show") == line


def test_the_secret_is_printed_nowhere(tmp_path, capsys):
    for command in (["new", "--out", str(tmp_path / "a.key")], ["show", str(tmp_path / "a.key")]):
        assert cli.run(["keys", *command]) == 0
        printed = capsys.readouterr()
        assert read_key_file(tmp_path / "a.key").secret not in printed.out + printed.err


def test_a_key_that_is_there_is_kept(tmp_path, capsys):
    first = said(capsys, "keys", "new")
    assert cli.run(["keys", "new"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert said(capsys, "keys", "show") == first
    assert said(capsys, "keys", "new", "--out", tmp_path / "second.key") != first


def test_a_missing_key_is_told(capsys):
    assert cli.run(["keys", "show"]) == 2
    assert "emogene keys new" in capsys.readouterr().err


def test_a_connection_file_for_a_backend_elsewhere(tmp_path, capsys):
    said(capsys, "keys", "new")
    theirs, out = new_keys().public, tmp_path / "render1.json"
    command = ["keys", "connection", "--remote", "render1", "--server-key", theirs, "--out", str(out)]
    said(capsys, *command)
    made = read_connection(out)
    assert (made.address, made.server_key, made.pid) == ("tcp://render1:5555", theirs, 0)
    assert cli.run(command) == 2


def test_without_keys_no_address_beyond_this_computer(capsys):
    assert cli.run(["serve", "--bind", "tcp://0.0.0.0:5555"]) == 2
    refusal = capsys.readouterr().err
    assert "emogene keys new" in refusal and "emogene serve --bind tcp://0.0.0.0:5555 --authorized-keys FILE" in refusal


def test_files_of_keys_that_are_not_there_are_told(tmp_path, capsys):
    assert cli.run(["serve", "--bind", "tcp://0.0.0.0:0", "--authorized-keys", str(tmp_path / "none")]) == 2
    assert "There is no file" in capsys.readouterr().err

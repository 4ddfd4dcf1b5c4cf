"""Where the backend's Python is found, without the artist saying so."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from emogene_addon.core.find_python import find_python
from emogene_addon.emogene_proto.backend_note import leave_note, note_file, noted_python
from emogene_addon.emogene_proto.errors import BackendError

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX scripts and file modes")


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("EMOGENE_CONFIG", str(tmp_path / "config"))
    for name in ("UV_TOOL_DIR", "PIPX_HOME", "XDG_DATA_HOME", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def find(tmp_path):
    """Looks in a home and beside an add-on that have nothing."""
    return lambda chosen="": find_python(chosen, home=tmp_path / "home", addon=tmp_path / "checkout" / "blender_addon")


def environment(folder: Path) -> Path:
    """An environment with a Python and the emogene program; returns the Python."""
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "emogene"):
        (folder / "bin" / name).write_text("")
        (folder / "bin" / name).chmod(0o755)
    return folder / "bin" / "python"


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_the_chosen_python_is_taken(find, tmp_path):
    python = environment(tmp_path / "venv")
    assert find(str(python)) == python


def test_of_a_chosen_program_its_python_is_taken(find, tmp_path):
    python = environment(tmp_path / "venv")
    assert find(str(tmp_path / "venv" / "bin" / "emogene")) == python


def test_of_a_chosen_environment_or_checkout_its_python_is_taken(find, tmp_path):
    python = environment(tmp_path / "project" / ".venv")
    assert find(str(tmp_path / "project")) == find(str(tmp_path / "project" / ".venv")) == python


def test_an_add_on_in_a_checkout_takes_what_was_set_up_there(find, tmp_path):
    python = environment(tmp_path / "checkout" / ".venv")
    with pytest.raises(BackendError):
        find()
    (tmp_path / "checkout" / "run.py").touch()
    (tmp_path / "checkout" / "backend" / "emogene").mkdir(parents=True)
    assert find() == python


def test_the_python_that_was_set_up_last_is_remembered(find):
    leave_note()
    assert find() == Path(sys.executable)


@POSIX
def test_a_note_that_others_could_have_written_is_passed_over(find):
    leave_note()
    note_file().chmod(0o644)
    with pytest.raises(BackendError):
        find()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"python": 3}', b'{"python": "python"}'])
def test_a_note_that_names_no_program_is_passed_over(content):
    leave_note()
    note_file().write_bytes(content)
    assert noted_python() is None


def test_a_note_of_a_python_that_is_gone_is_passed_over(monkeypatch, tmp_path):
    copied = environment(tmp_path / "venv")
    monkeypatch.setattr(sys, "executable", str(copied))
    leave_note()
    assert noted_python() == copied
    shutil.rmtree(tmp_path / "venv")
    assert noted_python() is None


def test_a_python_that_has_emogene_by_pythonpath_only_is_not_noted(monkeypatch):
    from emogene_addon.emogene_proto import backend_note

    monkeypatch.setenv("PYTHONPATH", str(Path(backend_note.__file__).parents[1]))
    leave_note()
    assert noted_python() is None


def test_where_the_note_cannot_be_written_nothing_is_noted(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EMOGENE_CONFIG", str(tmp_path / "file" / "config"))
    leave_note()
    assert noted_python() is None


@POSIX
def test_a_program_on_path_is_followed_to_its_environment(find, tmp_path):
    python = environment(tmp_path / "venv")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "emogene").symlink_to(tmp_path / "venv" / "bin" / "emogene")
    assert find() == python


@POSIX
@pytest.mark.parametrize("first", ["#!{}\n", "#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n' '''\n"])
def test_of_a_program_its_own_first_lines_say_what_runs_it(find, tmp_path, first):
    """As pip writes it for a system's Python, beside which there may be others; the second where paths are long."""
    python = script(tmp_path / "with space" / "python3.11", "")
    script(tmp_path / "bin" / "python", "")
    script(tmp_path / "bin" / "emogene", first.format(python))
    assert find() == python


@POSIX
def test_a_program_that_a_desktop_has_not_on_its_path_is_found(find, tmp_path):
    python = environment(tmp_path / "venv")
    script(tmp_path / "home" / ".local" / "bin" / "emogene", f"#!{python}\n")
    assert find() == python


@pytest.mark.parametrize(
    "place",
    [
        ".local/share/uv/tools",
        "AppData/Roaming/uv/tools",
        ".local/share/pipx/venvs",
        ".local/pipx/venvs",
        "Library/Application Support/pipx/venvs",
        "AppData/Local/pipx/pipx/venvs",
        "pipx/venvs",
    ],
)
def test_environments_of_uv_and_pipx_are_found(find, tmp_path, place):
    python = environment(tmp_path / "home" / place / "emogene")
    assert find() == python


def test_uv_and_pipx_in_chosen_places_are_found(find, monkeypatch, tmp_path):
    python = environment(tmp_path / "pipx" / "venvs" / "emogene")
    monkeypatch.setenv("PIPX_HOME", str(tmp_path / "pipx"))
    assert find() == python
    python = environment(tmp_path / "uv" / "emogene")
    monkeypatch.setenv("UV_TOOL_DIR", str(tmp_path / "uv"))
    assert find() == python


@pytest.mark.parametrize("chosen", ["", "/no/such/python"])
def test_where_none_is_the_hint_says_where_to_set_it(find, chosen):
    with pytest.raises(BackendError) as caught:
        find(chosen)
    assert "preferences" in caught.value.hint

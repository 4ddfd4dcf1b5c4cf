"""Where the backend's Python is found, and what is said when it ended."""

import os
import time
from pathlib import Path

import pytest
from emogene_addon.core.backend_process import BackendProcess, find_python
from emogene_addon.emogene_proto.errors import BackendError


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("UV_TOOL_DIR", "PIPX_HOME"):
        monkeypatch.delenv(name, raising=False)


def environment(folder: Path) -> Path:
    """An environment with a Python and the emogene program; returns the Python."""
    (folder / "bin").mkdir(parents=True)
    for name in ("python", "emogene"):
        (folder / "bin" / name).write_text("")
        (folder / "bin" / name).chmod(0o755)
    return folder / "bin" / "python"


def test_the_chosen_python_is_taken(tmp_path):
    python = environment(tmp_path / "venv")
    assert find_python(str(python)) == python


def test_of_a_chosen_program_its_python_is_taken(tmp_path):
    python = environment(tmp_path / "venv")
    assert find_python(str(tmp_path / "venv" / "bin" / "emogene")) == python


def test_a_program_on_path_is_followed_to_its_environment(tmp_path):
    python = environment(tmp_path / "venv")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "emogene").symlink_to(tmp_path / "venv" / "bin" / "emogene")
    assert find_python("") == python


@pytest.mark.parametrize("place", [".local/share/uv/tools", ".local/share/pipx/venvs"])
def test_environments_of_uv_and_pipx_are_found(tmp_path, place):
    python = environment(tmp_path / "home" / place / "emogene")
    assert find_python("", home=tmp_path / "home") == python


@pytest.mark.parametrize("chosen", ["", "/no/such/python"])
def test_where_none_is_the_hint_says_where_to_set_it(tmp_path, chosen):
    with pytest.raises(BackendError) as caught:
        find_python(chosen, home=tmp_path)
    assert "preferences" in caught.value.hint


POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX scripts")


@POSIX
@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("2026-01-02 03:04:05,678 emogene.service INFO ended", "The backend ended by itself."),
        ("2026-01-02 03:04:05,678 emogene.worker.output WARNING Killed.", "The backend ended by itself: Killed."),
        ("MemoryError: it had INFO in it", "The backend ended by itself: MemoryError: it had INFO in it."),
    ],
)
def test_a_backend_that_ended_is_told_with_the_last_line_that_says_more_than_its_doings(tmp_path, printed, told):
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\necho '{printed}' >&2\necho '2026-01-02 03:04:05,900 emogene DEBUG x' >&2\nexit 1\n")
    script.chmod(0o755)
    process = BackendProcess(script, tmp_path / "backend.json", tmp_path / "backend.log")
    while not process.ended():
        time.sleep(0.01)
    assert process.why_ended().message == told

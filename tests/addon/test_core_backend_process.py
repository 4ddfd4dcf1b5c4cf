"""How a backend is started, and what is said when it ended."""

import os
import time

import pytest
from emogene_addon.core.backend_process import BackendProcess, ServeOptions

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


@POSIX
def test_what_the_preferences_say_of_it_is_handed_over(tmp_path):
    script = tmp_path / "python"
    script.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    script.chmod(0o755)
    options = ServeOptions(tmp_path / "my actors", tmp_path / "cache", 2.5)
    process = BackendProcess(script, tmp_path / "backend.json", tmp_path / "backend.log", options)
    while not process.ended():
        time.sleep(0.01)
    said = (tmp_path / "backend.log").read_text()
    assert f"|--actors|{tmp_path}/my actors|--cache|{tmp_path}/cache|--frame-quota|2.5|" in said
    assert ServeOptions().words() == []

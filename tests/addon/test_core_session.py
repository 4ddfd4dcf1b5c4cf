"""The session with a real backend in a process of its own, without Blender: start, work, stop, lose."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from emogene_addon.core.backend_process import ServeOptions
from emogene_addon.core.bringing import KnownFiles, file_state
from emogene_addon.core.character_key import CharacterKey
from emogene_addon.core.frame_job import FrameJob
from emogene_addon.core.happenings import Finished, FramePictured, FrameSaved, Planned
from emogene_addon.core.jobs import Job, RenderTo
from emogene_addon.core.live import Live
from emogene_addon.core.render_note import read_note
from emogene_addon.core.session import Phase, Session
from emogene_addon.emogene_proto.errors import BackendError
from emogene_addon.emogene_proto.shot import AudioRef, Shot
from pumping import pump_until

WHOSE = CharacterKey(7, 1)
SECONDS = 0.5
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and scripts")


def having(shot: Shot, sha256: str) -> KnownFiles:
    """The backend has the voice, as it thinks."""
    known = KnownFiles()
    path = Path(shot.audio.path)
    known.remember(path, file_state(path), sha256)
    return known


@pytest.fixture(scope="module")
def actors(tiny_actor, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("actors")
    (folder / "tiny").symlink_to(tiny_actor)
    return folder


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))
    made = Session("test")
    yield made
    made.end()


@pytest.fixture
def shot(tmp_path) -> Shot:
    path = tmp_path / "voice.wav"
    hum = 0.3 * np.sin(2 * np.pi * 150 * np.arange(int(SECONDS * 16_000)) / 16_000)
    soundfile.write(path, hum, 16_000)
    return Shot(AudioRef(path=str(path)), actor="tiny", width=32, height=32)


def start(session: Session, tmp_path: Path, actors: Path) -> None:
    session.start(Path(sys.executable), tmp_path / "backend.json", tmp_path / "backend.log", ServeOptions(actors))
    pump_until(session, lambda: session.phase is Phase.READY or session.problem)
    assert session.problem is None, session.problem


def test_from_starting_to_stopping(session, shot, actors, tmp_path):
    session.start(Path(sys.executable), tmp_path / "backend.json", tmp_path / "backend.log", ServeOptions(actors))
    assert session.phase is Phase.STARTING
    pump_until(session, lambda: session.phase is Phase.READY)
    assert "tiny" in session.welcome.actors

    session.run(Job(WHOSE, shot, KnownFiles(), RenderTo(tmp_path / "frames", 1, None)))
    with pytest.raises(BackendError, match="busy"):
        session.run(Job(WHOSE, shot, KnownFiles()))
    happenings = pump_until(session, lambda: session.job is None)
    assert isinstance(happenings[0], Planned) and len(happenings[0].plan) == 12
    assert sorted(h.number for h in happenings if isinstance(h, FrameSaved)) == list(range(1, 13))
    assert happenings[-1] == Finished(WHOSE, rendered=True, cancelled=False, problem=None)
    assert len(list((tmp_path / "frames").glob("frame_*.png"))) == 12

    session.stop()
    assert session.phase is Phase.STOPPING
    pump_until(session, lambda: session.phase is Phase.OFF, 10)
    assert not (tmp_path / "backend.json").exists()
    with pytest.raises(BackendError, match="No backend"):
        session.run(Job(WHOSE, shot, KnownFiles()))


def test_files_that_the_backend_has_lost_are_brought_once_more(session, shot, actors, tmp_path):
    start(session, tmp_path, actors)
    session.run(Job(WHOSE, shot, session.files))
    pump_until(session, lambda: session.job is None)

    def clean_the_cache() -> None:
        (brought,) = (tmp_path / "cache").rglob(session.files.sha256(Path(shot.audio.path)) + "*")
        brought.unlink()

    clean_the_cache()
    session.run(Job(WHOSE, shot, session.files, RenderTo(tmp_path / "frames", 1, 2)))
    happenings = pump_until(session, lambda: session.job is None)
    assert happenings[-1] == Finished(WHOSE, rendered=True, cancelled=False, problem=None)
    assert len(list((tmp_path / "frames").glob("frame_*.png"))) == 2

    clean_the_cache()
    session.run_aside("picture", FrameJob(WHOSE, shot, shot.frame_start, session.files))
    happenings = pump_until(session, lambda: not session.asides)
    assert isinstance(happenings[0], FramePictured) and session.problem is None


def test_a_render_stopped_with_its_backend_does_not_come_back(session, shot, actors, tmp_path):
    start(session, tmp_path, actors)
    long = msgspec.structs.replace(shot, width=512, height=512)
    session.run(Job(WHOSE, long, KnownFiles(), RenderTo(tmp_path / "frames", 1, None)))
    pump_until(session, lambda: session.job.stage == "rendering" and session.job.done > 0)
    assert read_note(tmp_path / "frames") is not None
    session.stop()
    assert read_note(tmp_path / "frames") is None
    pump_until(session, lambda: session.phase is Phase.OFF, 10)
    with contextlib.closing(sqlite3.connect(tmp_path / "cache" / "service" / "jobs" / "jobs.sqlite")) as kept:
        assert kept.execute("SELECT state FROM jobs ORDER BY created DESC LIMIT 1").fetchone() == ("cancelled",)


def test_a_backend_that_runs_already_is_used_and_left_running(session, actors, tmp_path):
    start(session, tmp_path, actors)
    other = Session("other")
    other.start(Path("/no/such/python"), tmp_path / "backend.json", tmp_path / "other.log")
    pump_until(other, lambda: other.phase is Phase.READY)
    assert not other.started_here
    other.stop()
    assert other.phase is Phase.OFF
    session.pump()
    assert session.phase is Phase.READY


def test_whose_backend_was_started_a_moment_too_late_uses_the_other_ones(session, actors, tmp_path):
    """Two Blenders press Start at once: one backend is refused, and its Blender works with the other."""
    starting = Session("another Blender")
    where = (Path(sys.executable), tmp_path / "backend.json", tmp_path / "backend.log", ServeOptions(actors))
    starting.start(*where)
    session.start(*where)
    try:
        end = time.monotonic() + 60
        while session.phase is not Phase.READY or starting.phase is not Phase.READY:
            assert time.monotonic() < end, (session.problem, starting.problem)
            session.pump()
            starting.pump()
            time.sleep(0.002)
        while session.started_here and starting.started_here:
            assert time.monotonic() < end
            session.pump()
            starting.pump()
            time.sleep(0.002)
        late = starting if session.started_here else session
        assert late.phase is Phase.READY and late.problem is None
    finally:
        starting.end()


def test_a_killed_backend_is_told_and_can_be_started_again(session, shot, actors, tmp_path):
    start(session, tmp_path, actors)
    session.run(Job(WHOSE, shot, KnownFiles()))
    os.kill(session._process.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    happenings = pump_until(session, lambda: session.phase is Phase.LOST, 10)
    assert session.problem is not None and session.problem.hint
    assert session.job is None
    assert isinstance(happenings[-1], Finished) and happenings[-1].problem is session.problem
    start(session, tmp_path, actors)
    assert session.problem is None


@POSIX
def test_pump_never_waits_for_a_backend_that_hangs(session, shot, actors, tmp_path):
    start(session, tmp_path, actors)
    os.kill(session._process.pid, signal.SIGSTOP)
    try:
        session.run(Job(WHOSE, shot, KnownFiles()))
        began = time.process_time()
        for _ in range(50):
            session.pump(0.005)
        assert time.process_time() - began < 50 * 0.01
        assert session.phase is Phase.READY, "a silent backend may only be slow"
    finally:
        os.kill(session._process.pid, signal.SIGCONT)


@POSIX
def test_a_program_that_is_no_backend_is_told_with_its_last_words(session, tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'No module named emogene' >&2\nexit 1\n")
    script.chmod(0o755)
    session.start(script, tmp_path / "backend.json", tmp_path / "backend.log")
    pump_until(session, lambda: session.phase is Phase.LOST, 10)
    assert session.problem.message == "The backend ended by itself: No module named emogene."
    assert str(tmp_path / "backend.log") in session.problem.hint


@POSIX
def test_the_backends_own_error_is_told_with_its_hint(session, tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho 'Error: Something is wrong.' >&2\necho 'Hint: Mend it.' >&2\nexit 3\n")
    script.chmod(0o755)
    session.start(script, tmp_path / "backend.json", tmp_path / "backend.log")
    pump_until(session, lambda: session.phase is Phase.LOST, 10)
    assert session.problem.message == "The backend ended by itself: Something is wrong."
    assert session.problem.hint.startswith("Mend it; ")


def test_connecting_where_nothing_runs(session, tmp_path):
    with pytest.raises(BackendError, match="No backend is running"):
        session.connect(tmp_path / "backend.json")
    assert session.phase is Phase.OFF


def test_the_addons_end_ends_its_backend(session, actors, tmp_path):
    start(session, tmp_path, actors)
    process: subprocess.Popen = session._process._process
    session.end()
    assert process.poll() is not None


def test_a_stream_shows_the_frame_at_the_playhead_beside_a_render_and_ends_when_hidden(session, shot, actors, tmp_path):
    start(session, tmp_path, actors)
    with pytest.raises(BackendError):
        Session("other").show(Live(WHOSE, shot, (32, 24), KnownFiles()))
    session.show(Live(WHOSE, shot, (32, 24), KnownFiles()))

    def seen(frame: int):
        session.tell_playhead(frame, False)
        picture = session.live.shown(frame, False) if session.live else None
        return picture if picture and picture.frame == frame else None

    pump_until(session, lambda: seen(5) or session.problem)
    assert session.problem is None
    first = seen(5)
    assert (first.width, first.height) == (32, 24) and len(bytes(first.rgba)) == 32 * 24 * 4
    assert max(bytes(first.rgba)[3::4]) > 100

    session.run(Job(WHOSE, shot, KnownFiles(), RenderTo(tmp_path / "frames", 1, 3)))
    pump_until(session, lambda: session.job is None and seen(9))
    session.hide()
    session.hide()
    assert session.live is None
    pump_until(session, lambda: not session._client._open)

    session.show(live := Live(WHOSE, shot, (32, 24), having(shot, "0" * 64)))
    pump_until(session, lambda: live.stage == "live" or live.over)
    assert session.problem is None and not live.over, "a voice that the backend has not is brought after all"
    session.show(Live(WHOSE, shot, (32, 24), KnownFiles()))
    session.end()
    assert session.live is None or session.live.over

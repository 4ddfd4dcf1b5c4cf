"""The way to a real backend: how it is, its memory and frames, started again, hung, killed, left with a render."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from emogene_addon.core.backend_process import ServeOptions
from emogene_addon.core.bringing import KnownFiles
from emogene_addon.core.character_key import CharacterKey
from emogene_addon.core.connection_words import backend_lines, connection_text, offer_text
from emogene_addon.core.jobs import Job, RenderTo
from emogene_addon.core.session import Phase, Session
from emogene_addon.emogene_proto.connection import Connection, read_connection
from emogene_addon.emogene_proto.errors import BackendError
from emogene_addon.emogene_proto.shot import AudioRef, Shot
from pumping import pump_until
from running_backend import RunningBackend, write_voice

from emogene_proto.connection import process_alive

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


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
def where(tmp_path, actors):
    """What `start` and `restart` take."""
    return Path(sys.executable), tmp_path / "backend.json", tmp_path / "backend.log", ServeOptions(actors)


def ready(session: Session) -> None:
    pump_until(session, lambda: session.problem or (session.welcome is not None and session.welcome.ready))
    assert session.problem is None, session.problem


def a_render(folder: Path, size: int = 512) -> Job:
    """Of 24 frames; large ones take their time."""
    voice = write_voice(folder / "voice.wav")
    shot = Shot(AudioRef(path=str(voice)), actor="tiny", width=size, height=size)
    return Job(CharacterKey(1, 1), shot, KnownFiles(), RenderTo(folder / "frames", 1, None))


def test_it_says_how_it_is_and_gives_memory_and_frames_back(session, where, tmp_path):
    session.start(*where)
    assert connection_text(session)[0] == "Backend is starting"
    ready(session)
    assert connection_text(session)[0].startswith("Ready: ")
    assert offer_text(session).endswith("; actors: bundled, tiny")
    session.run(a_render(tmp_path, 32))
    pump_until(session, lambda: session.job is None)
    pump_until(session, lambda: session.upkeep.status and session.upkeep.status.frame_bytes > 0, 20)
    before = session.upkeep.status
    assert dict(backend_lines(session))["Queue"] == "empty" and before.memory_bytes > 50e6

    session.release_memory()
    pump_until(session, lambda: session.upkeep.note.startswith("Memory: "), 20)
    assert session.upkeep.status.memory_bytes < 0.7 * before.memory_bytes, session.upkeep.note
    assert "MB before" in session.upkeep.note or "GB before" in session.upkeep.note

    session.clear_frames()
    pump_until(session, lambda: session.upkeep.status.frame_bytes == 0, 20)
    assert "of frames are removed" in session.upkeep.note
    assert len(list((tmp_path / "frames").glob("frame_*.png"))) == 24, "the artist's own stay"


def test_the_cache_and_its_size_are_the_chosen_ones(session, where, actors, tmp_path):
    session.start(*where[:3], ServeOptions(actors, tmp_path / "elsewhere", 1.5))
    ready(session)
    pump_until(session, lambda: session.upkeep.status, 10)
    assert session.upkeep.status.frame_quota_bytes == 1.5 * 2**30
    assert (tmp_path / "elsewhere" / "service" / "frames").is_dir()


def test_started_again_it_goes_on_with_its_renders(session, where, tmp_path):
    session.start(*where)
    ready(session)
    session.run(a_render(tmp_path))
    pump_until(session, lambda: session.job.stage == "rendering" and session.job.done > 0)
    assert connection_text(session)[0].startswith("Rendering ")
    first = session._process.pid
    session.restart(*where)
    assert session.phase is Phase.STOPPING
    pump_until(session, lambda: session.phase is Phase.READY)
    assert session.job is None and session.problem is None
    assert session._process.pid != first and not process_alive(first)
    pump_until(session, lambda: session.upkeep.status, 10)
    assert session.upkeep.status.jobs_waiting == 1
    assert connection_text(session)[0].startswith("Busy: 1 job")


def test_one_that_was_not_started_here_is_started_again_here(session, where, actors, tmp_path):
    with RunningBackend(tmp_path, actors) as other:
        session.connect(tmp_path / "backend.json")
        ready(session)
        assert not session.started_here and not session.elsewhere
        session.restart(*where)
        pump_until(session, lambda: session.phase is Phase.READY)
        assert session.started_here and other.process.wait(20) == 0


@POSIX
def test_a_hung_one_is_told_of_ends_nothing_and_can_be_started_again(session, where):
    session.start(*where)
    ready(session)
    hung = session._process.pid
    os.kill(hung, signal.SIGSTOP)
    try:
        pump_until(session, lambda: session.upkeep.silent_seconds, 10)
        assert connection_text(session) == ("Not answering for 3 s", "ERROR")
        assert session.phase is Phase.READY and session.problem is None
        os.kill(hung, signal.SIGCONT)
        pump_until(session, lambda: not session.upkeep.silent_seconds, 10)
        os.kill(hung, signal.SIGSTOP)
        pump_until(session, lambda: session.upkeep.silent_seconds, 10)
        longest = 0.0
        session.restart(*where)
        end = time.monotonic() + 60
        while session.phase is not Phase.READY:
            assert time.monotonic() < end and session.problem is None
            before = time.thread_time()
            session.pump()
            longest = max(longest, time.thread_time() - before)
            time.sleep(0.002)
        assert session._process.pid != hung and not process_alive(hung)
        assert longest < 0.05, "nothing waits for it"
    finally:
        if process_alive(hung):
            os.kill(hung, signal.SIGCONT)


@POSIX
def test_a_hung_one_can_be_stopped_without_waiting_for_it(session, where):
    session.start(*where)
    ready(session)
    os.kill(session._process.pid, signal.SIGSTOP)
    began = time.monotonic()
    session.stop()
    assert time.monotonic() - began < 0.1
    assert session.phase is Phase.STOPPING
    pump_until(session, lambda: session.phase is Phase.OFF, 20)
    assert session.problem is None and not session.started_here


@POSIX
def test_a_killed_one_is_noticed_at_once_also_where_it_was_not_started_here(session, where, actors, tmp_path):
    with RunningBackend(tmp_path, actors) as other:
        session.connect(tmp_path / "backend.json")
        ready(session)
        os.kill(other.process.pid, signal.SIGKILL)
        pump_until(session, lambda: session.phase is Phase.LOST, 2)
        assert connection_text(session) == ("Backend is lost", "ERROR") and session.problem.hint
        other.process.wait()
    session.restart(*where)
    ready(session)
    os.kill(session._process.pid, signal.SIGKILL)
    pump_until(session, lambda: session.phase is Phase.LOST and not session.started_here, 2)
    assert "ended by itself" in session.problem.message


def test_one_that_was_started_while_the_last_comes_to_no_end_takes_its_place(session, where, tmp_path):
    session.start(*where)
    ready(session)
    (tmp_path / "backend.json").unlink()
    first = session._process.pid
    session.start(*where)
    assert session.phase is Phase.STOPPING
    pump_until(session, lambda: session.phase is Phase.READY)
    assert session._process.pid != first


def test_two_backends_never_fight_for_a_port(session, where, actors, tmp_path):
    with RunningBackend(tmp_path / "other", actors) as other:
        session.start(*where)
        ready(session)
        assert read_connection(tmp_path / "backend.json").address != other.connection.address


def test_left_with_a_render_it_goes_on_only_if_it_may(session, where, tmp_path):
    session.start(*where)
    ready(session)
    session.run(a_render(tmp_path))
    pump_until(session, lambda: session.job.stage == "rendering" and session.job.done > 0)
    process = session._process._process
    session.end(finish_jobs=True)
    assert process.poll() is None and session.phase is Phase.OFF
    session.connect(tmp_path / "backend.json")
    ready(session)
    pump_until(session, lambda: session.upkeep.status, 10)
    session.restart(*where)
    pump_until(session, lambda: session.phase is Phase.READY)
    assert process.wait(20) == 0
    pump_until(session, lambda: session.upkeep.status and session.upkeep.status.jobs_waiting, 10)
    second = session._process._process
    session.end(finish_jobs=False)
    assert second.poll() is not None


def test_without_a_job_it_ends_with_blender_in_any_case(session, where):
    session.start(*where)
    ready(session)
    process = session._process._process
    session.end(finish_jobs=True)
    assert process.poll() is not None


def test_one_on_another_computer_is_not_started_again_from_here(session, where):
    elsewhere = Connection("tcp://192.0.2.1:5555", "a" * 40, "b" * 40)
    session.connect_to(elsewhere)
    assert session.elsewhere
    with pytest.raises(BackendError, match="another computer"):
        session.restart(*where)

"""A render that is found again, with a real backend and a new session in place of a restarted Blender."""

import functools
import itertools
import time
from pathlib import Path

import pumping
import pytest
from emogene_addon.core.bringing import KnownFiles
from emogene_addon.core.character_key import CharacterKey
from emogene_addon.core.happenings import Finished, FrameSaved, TakenUp
from emogene_addon.core.jobs import Job, RenderTo
from emogene_addon.core.render_note import FILE_NAME, NotedRender, RenderedRange, RenderNote, read_note
from emogene_addon.core.session import Phase, Session
from emogene_addon.core.strips import frame_file
from emogene_addon.core.taken_up import TakenUpJob
from emogene_addon.emogene_proto.shot import AudioRef, Shot
from running_backend import GATED_WORKER, RunningBackend, ask, write_voice

from emogene_proto.messages import Cancel

WHOSE = CharacterKey(7, 1)
FRAMES = 12
START = 101
"""The timeline's frame of number 1."""
_takes = itertools.count()
"""Each render another one, so that no frame is there already."""

pump_until = functools.partial(pumping.pump_until, seconds=120.0)


@pytest.fixture(scope="module")
def backend(tiny_actor, tmp_path_factory):
    actors = tmp_path_factory.mktemp("actors")
    (actors / "tiny").symlink_to(tiny_actor)
    with RunningBackend(tmp_path_factory.mktemp("backend"), actors, worker_command=GATED_WORKER) as running:
        yield running


@pytest.fixture
def connected(backend):
    """Makes sessions that are connected to the backend."""
    made = []

    def connect() -> Session:
        session = Session("test")
        made.append(session)
        session.connect(backend.connection_file)
        pump_until(session, lambda: session.phase is Phase.READY)
        return session

    yield connect
    backend.release()
    for session in made:
        session.end()


def interrupted(backend: RunningBackend, session: Session, folder: Path, saved: int = 5) -> TakenUpJob:
    """Begin a render, leave it after so many frames; returns what takes it up again. The backend waits meanwhile."""
    voice = write_voice(folder.parent / "voice.wav", FRAMES / 24)
    shot = Shot(AudioRef(path=str(voice)), frame_start=START, actor="tiny", width=32, height=32, seed=next(_takes))
    backend.hold()
    backend.let(saved)
    session.run(Job(WHOSE, shot, KnownFiles(), RenderTo(folder, 1, None)))
    pump_until(session, lambda: session.job.stage == "rendering" and session.job.done == saved)
    session.end()
    found = read_note(folder)
    assert len(found.saved) == saved
    return TakenUpJob(WHOSE, folder, found)


def test_what_was_missing_comes_and_each_frame_once(backend, connected, tmp_path):
    folder = tmp_path / "frames"
    job = interrupted(backend, connected(), folder)
    held = job._found.saved
    before = {path: path.stat().st_mtime_ns for path in folder.glob("frame_*")}
    session = connected()
    session.run(job)
    assert (job.stage, job.fraction, job.seconds_left) == ("taking up the last render", 0.0, None)
    happenings = pump_until(session, lambda: job.stage == "rendering")
    assert happenings[0] == TakenUp(WHOSE, held, folder, START, "png", FRAMES)
    assert (job.done, job.total) == (5, FRAMES)
    backend.let(2)
    happenings = pump_until(session, lambda: job.done == 7)
    assert job.seconds_left is not None
    assert len(read_note(folder).saved) == 7, "it may be interrupted again"
    backend.release()
    happenings += pump_until(session, lambda: session.job is None)
    came = [happening.number for happening in happenings if isinstance(happening, FrameSaved)]
    assert sorted([*held, *came]) == list(range(1, FRAMES + 1))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert happenings[-1] == Finished(WHOSE, rendered=True, cancelled=False, problem=None)
    assert sorted(path.name for path in folder.iterdir()) == [frame_file(n, "png") for n in range(1, FRAMES + 1)]


def test_what_was_finished_meanwhile_comes_too_but_not_what_was_thrown_away(backend, connected, tmp_path):
    folder = tmp_path / "frames"
    first = interrupted(backend, connected(), folder)
    gone = first._found.saved[0]
    (folder / frame_file(gone, "png")).unlink()
    backend.release()
    session = connected()
    job = TakenUpJob(WHOSE, folder, read_note(folder))
    session.run(job)
    happenings = pump_until(session, lambda: session.job is None)
    assert gone in [happening.number for happening in happenings if isinstance(happening, FrameSaved)]
    assert job.done == FRAMES and len(list(folder.iterdir())) == FRAMES


def test_a_lost_connection_leaves_the_note_and_another_one_goes_on(backend, connected, tmp_path):
    folder = tmp_path / "frames"
    job = interrupted(backend, connected(), folder)
    session = connected()
    session.run(job)
    pump_until(session, lambda: job.stage == "rendering")
    backend.kill()
    pump_until(session, lambda: session.phase is Phase.LOST)
    assert job.over and read_note(folder).render == job._found.render
    backend.release()
    backend.start()
    session.connect(backend.connection_file)
    pump_until(session, lambda: session.phase is Phase.READY)
    session.run(TakenUpJob(WHOSE, folder, read_note(folder)))
    pump_until(session, lambda: session.job is None)
    assert session.problem is None and len(list(folder.iterdir())) == FRAMES


@pytest.mark.parametrize("stage", ["taking up the last render", "rendering"])
def test_cancelled_before_or_after_the_backend_answered(backend, connected, tmp_path, stage):
    folder = tmp_path / "frames"
    job = interrupted(backend, connected(), folder)
    session = connected()
    session.run(job)
    pump_until(session, lambda: job.stage == stage)
    session.cancel()
    assert not (folder / FILE_NAME).exists()
    happenings = pump_until(session, lambda: session.job is None)
    assert happenings[-1] == Finished(WHOSE, rendered=True, cancelled=True, problem=None)
    assert session.problem is None and len(list(folder.iterdir())) == 5


def test_a_job_that_was_cancelled_meanwhile_is_over_with_its_note(backend, connected, tmp_path):
    job = interrupted(backend, connected(), tmp_path / "frames")
    ask(backend.connect(), Cancel(job=job._found.render.job))
    session = connected()
    session.run(job)
    happenings = pump_until(session, lambda: session.job is None)
    assert happenings[-1] == Finished(WHOSE, rendered=True, cancelled=True, problem=None)
    assert read_note(tmp_path / "frames") is None


@pytest.mark.parametrize(("age_days", "stays"), [(0, True), (29, True), (31, False)])
def test_a_job_of_another_backend_is_no_problem_and_its_note_stays_for_a_month(connected, tmp_path, age_days, stays):
    render = NotedRender("0123456789ab", time.time() - age_days * 86400, RenderedRange(1, 9, 9, START))
    note = RenderNote(tmp_path)
    note.begin(render)
    note.leave()
    session = connected()
    session.run(TakenUpJob(WHOSE, tmp_path, read_note(tmp_path)))
    happenings = pump_until(session, lambda: session.job is None)
    assert happenings == [Finished(WHOSE, rendered=True, cancelled=False, problem=None)]
    assert session.problem is None and session.phase is Phase.READY
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME] * stays


def test_a_second_blender_with_the_same_file_leaves_a_running_render_alone(backend, connected, tmp_path):
    folder = tmp_path / "frames"
    first, second = connected(), connected()
    job = interrupted(backend, first, folder)
    first = connected()
    first.run(job)
    pump_until(first, lambda: job.stage == "rendering")
    second.run(TakenUpJob(WHOSE, folder, read_note(folder)))
    assert pump_until(second, lambda: second.job is None) == [Finished(WHOSE, True, cancelled=False, problem=None)]
    backend.release()
    pump_until(first, lambda: first.job is None)
    assert job.done == FRAMES and first.problem is None and second.problem is None

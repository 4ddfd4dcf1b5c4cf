"""Several renderers, renderers that die or hang, and what a backend tells of itself."""

import contextlib
import os
import signal
import sys
import time

import psutil
import pytest
from running_backend import GATED_WORKER, RunningBackend, answers, ask, listen, of_type, small_shot, upload

from emogene_proto.messages import (
    Accepted,
    Cancel,
    Cleaned,
    CleanJobs,
    Done,
    Failed,
    FrameDone,
    FrameFailed,
    GetStatus,
    JobStatus,
    ListJobs,
    ReleaseMemory,
    RenderRange,
    RetryJob,
    Status,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals end a process at once on Windows")


@pytest.fixture(scope="module")
def pair(tmp_path_factory, tiny_actor, voice):
    """A backend with two gated workers that has the voice."""
    folder = tmp_path_factory.mktemp("pair")
    with RunningBackend(folder, tiny_actor.parent, worker_command=GATED_WORKER, workers=2) as running:
        client = running.connect()
        upload(client, voice)
        listen(client, lambda _: all(worker.doing == "idle" for worker in status(client).workers))
        client.close()
        yield running


@pytest.fixture
def client(pair):
    connected = pair.connect("Blender under test")
    yield connected
    connected.close()
    pair.release()


def status(client) -> Status:
    return ask(client, GetStatus())[-1].event


def info(client, job):
    return ask(client, JobStatus(job=job))[-1].event.jobs[0]


def begin(client, shot, last=8):
    """Start a render; its request and its job."""
    request = client.send(RenderRange(shot=shot, first=1, last=last, credit=100))
    received = listen(client, lambda received: of_type(received, Accepted))
    return request, of_type(received, Accepted)[0].job


def until_rendering(client, pair_count=2) -> Status:
    """The status when so many workers have a frame."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = status(client)
        if sum(worker.doing == "rendering" for worker in told.workers) == pair_count:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_two_workers_render_one_job_and_the_bytes_are_those_of_one(pair, client, voice, backend):
    pair.hold()
    shot = small_shot(voice, seed=31)
    request, _ = begin(client, shot)
    told = until_rendering(client)
    assert len({worker.pid for worker in told.workers}) == 2
    pair.release()
    split = {event.frame: bytes(parts[0]) for event, parts in answers(client, request) if isinstance(event, FrameDone)}
    alone = backend.connect()
    upload(alone, voice)
    whole = ask(alone, RenderRange(shot=shot, first=1, last=8, credit=100))
    alone.close()
    assert split == {event.frame: bytes(parts[0]) for event, parts in whole if isinstance(event, FrameDone)}


@posix
def test_a_frame_over_which_workers_die_fails_alone_and_can_be_tried_again(pair, client, voice):
    """One worker is killed whenever it holds the gate's frame, three times; the others' frames go on."""
    pair.hold()
    request, job = begin(client, small_shot(voice, seed=32), last=2)
    watcher, killed = pair.connect(), 0
    while info(watcher, job).failed == 0:
        for worker in status(watcher).workers:
            if worker.doing == "rendering":
                with contextlib.suppress(ProcessLookupError):  # it has just been noticed, and the next one begins
                    os.kill(worker.pid, signal.SIGKILL)
                    killed += 1
        time.sleep(0.05)
    pair.release()
    received = answers(client, request)
    failed, done = of_type(received, FrameFailed), of_type(received, FrameDone)
    assert failed and failed[0].code == "died" and failed[0].hint
    assert received[-1].event.code == "frames_failed" and killed >= 3
    assert sorted([event.frame for event in failed] + [event.frame for event in done]) == [1, 2]
    assert sum(worker.restarts for worker in status(client).workers) >= 3
    watcher.close()

    ask(client, RetryJob(job=job))
    deadline = time.monotonic() + 60
    while info(client, job).state != "done":
        assert time.monotonic() < deadline, info(client, job)
        time.sleep(0.05)
    assert info(client, job).failed == 0 and info(client, job).done == 2


@posix
def test_a_cancelled_frame_frees_its_memory_within_two_seconds(pair, client, voice):
    """The worker cannot come off its frame by itself here, so it is ended."""
    pair.hold()
    request, job = begin(client, small_shot(voice, seed=33), last=1)
    told = until_rendering(client, 1)
    (pid,) = [worker.pid for worker in told.workers if worker.doing == "rendering"]
    client.send(Cancel(job=job))
    began = time.monotonic()
    assert answers(client, request)[-1].event.code == "cancelled"
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() - began < 10
        time.sleep(0.02)
    # Two seconds on an idle computer; tests run on busy ones.
    assert time.monotonic() - began < 4


def test_memory_is_released_and_workers_wake_for_the_next_job(pair, client, voice):
    listen(client, lambda _: all(worker.doing == "idle" for worker in status(client).workers))
    before = status(client).memory_bytes
    assert isinstance(ask(client, ReleaseMemory())[-1].event, Done)
    asleep = status(client)
    assert {worker.doing for worker in asleep.workers} == {"asleep"} and asleep.memory_bytes < before / 2
    received = ask(client, RenderRange(shot=small_shot(voice, seed=34), first=1, last=2, credit=9))
    assert len(of_type(received, FrameDone)) == 2


def test_a_list_tells_who_asked_and_cleaning_forgets_what_ended(pair, client, voice):
    received = ask(client, RenderRange(shot=small_shot(voice, seed=35), first=1, last=3, credit=9))
    job = of_type(received, Accepted)[0].job
    told = info(client, job)
    assert (told.state, told.done, told.client, told.priority) == ("done", 3, "Blender under test", "preview")
    assert told.created <= told.started <= told.ended and told.render_seconds > 0 and told.bytes > 0
    assert ask(client, ListJobs(limit=1))[-1].event.jobs[0].job == job
    assert ask(client, ListJobs(active=True))[-1].event.jobs == ()
    pair.hold()
    request, going = begin(client, small_shot(voice, seed=36))
    cleaned = ask(client, CleanJobs())[-1].event
    assert isinstance(cleaned, Cleaned) and cleaned.jobs >= 1
    assert [one.job for one in ask(client, ListJobs())[-1].event.jobs] == [going]
    assert isinstance(ask(client, JobStatus(job=job))[-1].event, Failed)
    pair.release()
    assert isinstance(answers(client, request)[-1].event, Done)


@posix
def test_a_worker_that_hangs_is_ended_and_its_frame_rendered_by_the_next(tmp_path, tiny_actor, voice):
    options = {"worker_command": GATED_WORKER, "hang_seconds": 5.0}
    with RunningBackend(tmp_path, tiny_actor.parent, **options) as backend:
        client = backend.connect()
        upload(client, voice)
        ask(client, RenderRange(shot=small_shot(voice, seed=37), first=1, last=1))
        backend.hold()
        request, _ = begin(client, small_shot(voice, seed=37), last=3)
        told = until_rendering(backend.connect(), 1)
        os.kill(told.workers[0].pid, signal.SIGSTOP)
        backend.release()
        received = answers(client, request)
        assert len(of_type(received, FrameDone)) == 3 and status(client).workers[0].restarts == 1


@posix
def test_a_frame_damaged_in_the_store_is_rendered_again(pair, client, voice):
    shot = small_shot(voice, seed=38)
    whole = ask(client, RenderRange(shot=shot, first=1, last=2, credit=9))
    sent = {event.frame: (event.key, bytes(parts[0])) for event, parts in whole if isinstance(event, FrameDone)}
    (path,) = (pair.folder / "cache").rglob(f"{sent[1][0]}*")
    path.write_bytes(path.read_bytes()[:60] + b"?" + path.read_bytes()[61:])  # only its checksum tells
    again = ask(client, RenderRange(shot=shot, first=1, last=2, credit=9))
    assert {e.frame: (e.key, bytes(parts[0])) for e, parts in again if isinstance(e, FrameDone)} == sent

"""What is rendered when: credit, cancelling, what goes first, and answers while work goes on."""

import time

import pytest
from running_backend import answers, ask, listen, of_type, small_shot

from emogene_proto.messages import (
    Accepted,
    Cancel,
    Done,
    FrameDone,
    JobStatus,
    ListJobs,
    PlanShot,
    Progress,
    RenderFrame,
    RenderRange,
    ShotPlanned,
)


@pytest.fixture
def client(gated):
    connected = gated.connect()
    yield connected
    connected.close()


def begin(client, shot, **options):
    """Start a render of all 24 frames; its request and its job."""
    request = client.send(RenderRange(shot=shot, first=1, last=24, **options))
    received = listen(client, lambda received: of_type(received, Accepted))
    return request, of_type(received, Accepted)[0].job


def frames_until(client, count):
    """The next `count` frames that come."""
    received = listen(client, lambda received: len(of_type(received, FrameDone)) >= count)
    return [event.frame for event in of_type(received, FrameDone)]


def state_of(client, job):
    """The job's state, and the frames that came while asking."""
    request = client.send(JobStatus(job=job))
    received = listen(client, lambda received: any(event.id == request for event, _ in received))
    info = next(event for event, _ in received if event.id == request).jobs[0]
    return info, [event.frame for event in of_type(received, FrameDone)]


def wait_for(client, job, state):
    """Ask until the job is in this state; the frames that came meanwhile."""
    came = []
    while True:
        info, frames = state_of(client, job)
        came += frames
        if info.state == state:
            return came


def test_no_frame_comes_beyond_the_credit(gated, client, voice):
    gated.release()
    request, job = begin(client, small_shot(voice, seed=1), credit=3)
    first = wait_for(client, job, "done")
    assert len(first) == 3 and client.is_open(request)
    client.add_credit(request, 2)
    first += frames_until(client, 2)
    assert len(set(first)) == 5
    assert state_of(client, job)[1] == []
    client.add_credit(request, 100)
    rest = answers(client, request)
    assert sorted(first + [event.frame for event in of_type(rest, FrameDone)]) == list(range(1, 25))
    assert isinstance(rest[-1].event, Done)


def test_progress_tells_how_far_a_render_is(gated, client, voice):
    request, job = begin(client, small_shot(voice, seed=2), credit=0)
    gated.let(5)
    listen(client, lambda received: any(event.done == 5 for event in of_type(received, Progress)))
    client.send(Cancel(job=job))
    assert answers(client, request)[-1].event.code == "cancelled"


def test_cancel_stops_within_a_frame_and_keeps_what_is_finished(gated, client, voice):
    shot = small_shot(voice, seed=3)
    request, job = begin(client, shot, credit=100)
    gated.let(3)
    assert sorted(frames_until(client, 3)) == [1, 2, 3]
    client.send(Cancel(job=job))
    assert answers(client, request)[-1].event.code == "cancelled"
    gated.release()
    assert state_of(client, job)[0].state == "cancelled"
    again = ask(client, RenderRange(shot=shot, first=1, last=4))
    info, _ = state_of(client, of_type(again, Accepted)[0].job)
    assert info.reused in (3, 4)


def test_a_cancelled_job_that_waits_never_begins(gated, client, voice):
    busy, busy_job = begin(client, small_shot(voice, seed=4))
    waiting, waiting_job = begin(client, small_shot(voice, seed=5))
    client.send(Cancel(job=waiting_job))
    assert answers(client, waiting)[-1].event.code == "cancelled"
    client.send(Cancel(job=busy_job))
    answers(client, busy)
    gated.release()
    assert ask(client, RenderFrame(shot=small_shot(voice, seed=6), frame=1))
    assert state_of(client, waiting_job)[0].done == 0


def test_the_frame_at_the_playhead_and_plans_go_before_renders(gated, client, voice):
    render, job = begin(client, small_shot(voice, seed=7), credit=100)
    gated.let(1)
    frames_until(client, 1)
    plan = client.send(PlanShot(shot=small_shot(voice, seed=8)))
    frame = client.send(RenderFrame(shot=small_shot(voice, seed=7), frame=20))
    gated.let(2)  # the one at work, then the one on demand
    received = listen(client, lambda received: not client.is_open(plan) and not client.is_open(frame))
    order = [event.id for event, _ in received if isinstance(event, FrameDone | ShotPlanned)]
    assert order.index(frame) < order.index(plan)
    assert [event.frame for event in of_type(received, FrameDone) if event.id == render] in ([2], [2, 3])
    client.send(Cancel(job=job))
    answers(client, render)


def test_a_silent_client_costs_its_job_nothing(gated, client, voice):
    gated.release()
    request, job = begin(client, small_shot(voice, seed=9), credit=100)
    other = gated.connect("another")
    wait_for(other, job, "done")
    other.close()
    silent = answers(client, request)
    assert len(of_type(silent, FrameDone)) == 24 and isinstance(silent[-1].event, Done)


def test_the_backend_answers_while_it_renders(backend, voice):
    client = backend.connect()
    answers(client, client.upload(voice))
    request, job = begin(client, small_shot(voice, engine="torch", width=64, height=64, seed=10), credit=100)
    frames_until(client, 1)
    delays = []
    for number in range(5):
        started = time.perf_counter()
        backend.connect(f"newcomer {number}").close()
        delays.append(time.perf_counter() - started)
    client.send(Cancel(job=job))
    answers(client, request)
    client.close()
    assert sorted(delays)[2] < 0.1


def test_jobs_are_listed_newest_first(gated, client, voice):
    first, first_job = begin(client, small_shot(voice, seed=11))
    second, second_job = begin(client, small_shot(voice, seed=12))
    listed = [info.job for info in ask(client, ListJobs())[0].event.jobs]
    assert listed.index(second_job) < listed.index(first_job)
    for request, job in ((first, first_job), (second, second_job)):
        client.send(Cancel(job=job))
        answers(client, request)

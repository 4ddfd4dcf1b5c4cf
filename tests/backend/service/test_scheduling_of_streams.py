"""What goes before what where somebody plays a stream: decided by the scheduler alone."""

import pytest
from scheduler_bench import SHA256, SHOT, Bench

from emogene.service.job_queue import PATIENCE_SECONDS
from emogene.service.jobs import Job
from emogene.service.live_stream import SILENT_SECONDS
from emogene.service.tasks import LiveRendered, Prepare, Prepared, Render, Rendered, RenderLive
from emogene_proto.shot import AudioRef, CameraKey, Shot

LOOK = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path) as made:
        yield made


def test_a_playing_stream_goes_before_renders_and_holds_them_also_while_it_waits(bench):
    stream, _ = bench.submit("stream"), bench.submit("render")
    stream.live.pacer.tell(1.0, True, 0)
    for _ in range(20):
        if (task := bench.next()) is None:
            break
        assert isinstance(task, RenderLive)
        bench.answer(LiveRendered(task=task.task), b"pixels")
    assert task is None, "enough is ahead, and the render waits"
    assert bench.scheduler.wait_seconds() > 0
    stream.live.pacer.tell(20.0, False, 0)
    assert isinstance(task := bench.next(), RenderLive), "the one picture of a playhead that stands"
    bench.answer(LiveRendered(task=task.task), b"pixels")
    assert isinstance(bench.next(), Render)


def test_frames_on_demand_and_plans_go_before_a_stream(bench):
    stream = bench.submit("stream")
    stream.live.pacer.tell(1.0, True, 0)
    bench.scheduler.submit(Job("plan", SHOT, 0, 0))
    assert isinstance(task := bench.next(), Prepare)
    bench.answer(Prepared(task=task.task, plan="plan", frames=48))
    bench.scheduler.submit(Job("frame", SHOT, 7, 7))
    assert isinstance(task := bench.next(), Prepare)
    bench.answer(Prepared(task=task.task, plan="plan", frames=48), bytes(32 * 48))
    assert isinstance(task := bench.next(), Render) and task.row == 6
    bench.answer(Rendered(task=task.task, seconds=0.1, size=9))
    assert isinstance(bench.next(), RenderLive)


def test_two_streams_take_turns(bench):
    streams = [bench.submit("stream") for _ in range(2)]
    for stream in streams:
        stream.live.pacer.tell(1.0, True, 0)
    turns = []
    for _ in range(6):
        task = bench.next()
        bench.answer(LiveRendered(task=task.task), b"pixels")
        turns.append(max(streams, key=lambda stream: stream.live.turn))
    assert turns[0] is not turns[1] and turns[:2] * 3 == turns


def test_a_stream_sends_the_worker_no_more_of_the_shot_than_a_picture_needs(bench):
    cameras = tuple(CameraKey(LOOK, 50.0 + row, 36.0) for row in range(48))
    stream = bench.submit("stream", Shot(AudioRef(SHA256), emotions=SHOT.emotions, camera_track=cameras))
    stream.live.pacer.tell(5.0, False, 0)
    task = bench.next()
    assert task.row == 4 and task.shot.camera == cameras[4]
    assert task.shot.emotions == () and task.shot.camera_track == ()


def test_the_newest_pictures_wait_for_a_client_that_does_not_read(bench):
    stream = bench.submit("stream")
    for frame in range(1, 6):
        stream.live.pacer.tell(frame, False, 0)
        task = bench.next()
        bench.answer(LiveRendered(task=task.task), bytes([frame]))
    assert [picture.rgba for picture in stream.live.pictures] == [bytes([4]), bytes([5])]


def test_a_stream_is_over_when_cancelled_or_when_nobody_tells_of_its_playhead(bench):
    cancelled, silent = bench.submit("stream"), bench.submit("stream")
    bench.scheduler.cancel(cancelled)
    assert cancelled.state == "done"
    bench.now += SILENT_SECONDS + 1
    assert bench.next() is None
    assert silent.state == "done" and not bench.scheduler.busy()


def test_a_stream_does_not_keep_the_backend_from_ending(bench):
    bench.submit("stream")
    assert not bench.scheduler.busy()
    bench.submit("render")
    assert bench.scheduler.busy()


def test_a_picture_lost_with_its_worker_is_made_again_but_not_for_ever(bench):
    stream = bench.submit("stream")
    stream.live.pacer.tell(3.0, False, 0)
    assert isinstance(bench.next(), RenderLive)
    for _ in range(2):
        bench.scheduler.worker_died(bench.worker)
        assert isinstance(bench.next(), RenderLive)
    bench.scheduler.worker_died(bench.worker)
    assert stream.state == "failed"


def test_a_frame_that_is_superseded_while_its_shot_is_planned_ends_with_the_plan_kept(bench):
    job = Job("frame", SHOT, 1, 1)
    bench.scheduler.submit(job)
    assert isinstance(task := bench.next(), Prepare)
    bench.scheduler.supersede(job)
    assert not job.ended and len(bench.sent) == 1, "planning is not stopped"
    bench.answer(Prepared(task=task.task, plan="plan", frames=48), bytes(32 * 48))
    assert job.state == "failed" and job.failure.code == "superseded"


def test_a_stream_that_plays_for_ever_leaves_a_render_a_frame_now_and_then(bench):
    stream, render = bench.submit("stream"), bench.submit("render")
    rendered = []
    for _ in range(600):
        bench.now += 0.1
        stream.live.pacer.tell(1.0 + (24 * bench.now) % 40, True, 10_000)
        task = bench.next()
        if isinstance(task, RenderLive):
            bench.answer(LiveRendered(task=task.task), b"pixels")
            stream.live.pictures.clear()
        elif isinstance(task, Render):
            rendered.append(bench.now)
            bench.answer(Rendered(task=task.task, seconds=0.1, size=9))
    assert len(render.finished) == len(rendered) == 2
    assert rendered[1] - rendered[0] >= PATIENCE_SECONDS

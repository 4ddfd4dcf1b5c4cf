"""What watchers of a job get, whatever happens to it meanwhile."""

from concurrent.futures import Future

import pytest
from scheduler_bench import Bench

from emogene.service.delivery import Delivery
from emogene.service.plans import PlanStore
from emogene.service.sessions import Watching
from emogene.service.tasks import Prepared, Rendered, TaskFailed
from emogene_proto.messages import Done, Failed, FrameDone, FrameFailed


class Reader:
    """A client that reads everything."""

    def __init__(self):
        self.events = []

    def offer(self, client, event, parts=()) -> bool:
        self.events.append(event)
        return True

    def send(self, client, event, parts=()) -> None:
        self.events.append(event)

    def has_room(self, client, size) -> bool:
        return True

    def frames(self) -> list[int]:
        return [event.frame for event in self.events if isinstance(event, FrameDone)]


class AtOnce:
    """A disk that takes no time."""

    def begin(self, work, *args):
        future = Future()
        try:
            future.set_result(work(*args))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path) as made:
        yield made


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def delivery(bench, reader, tmp_path):
    return Delivery(reader, bench.frames, PlanStore(tmp_path / "plans"), (), bench.scheduler.redo, AtOnce())


def work(bench, job, failing=()) -> None:
    """Until the job ends; frames in `failing` come to nothing."""
    while not job.ended:
        if (task := bench.next()) is None:
            assert job.ended
        elif task.row + 1 in failing:
            bench.answer(TaskFailed(task=task.task, code="memory", message="No memory.", hint="Buy some."))
        else:
            bench.frames.write(task.key, b"picture")
            bench.answer(Rendered(task=task.task, seconds=1.0, size=7))


def test_finished_frames_come_before_the_end_of_a_job_with_failed_ones(bench, delivery, reader):
    job = bench.submit("render", last=3)
    work(bench, job, failing=(2,))
    assert delivery.deliver(Watching(b"c", 1, job, 100))
    assert reader.frames() == [1, 3]
    assert [type(event) for event in reader.events[-2:]] == [FrameFailed, Failed]
    assert reader.events[-1].code == "frames_failed"


def test_who_watches_while_another_tries_again_gets_each_frame_once_and_the_end(bench, delivery, reader):
    job = bench.submit("render", last=4)
    watch = Watching(b"c", 1, job, credit=1, run=job.run)
    work(bench, job, failing=(1,))
    assert not delivery.deliver(watch) and reader.frames() == [2]
    keys, watch.credit = job.keys, 100
    bench.scheduler.again(job)
    bench.answer(Prepared(task=bench.next().task, plan="plan", frames=48), keys)
    work(bench, job)
    assert delivery.deliver(watch)
    assert sorted(reader.frames()) == [1, 2, 3, 4] and isinstance(reader.events[-1], Done)


def test_a_damaged_frame_is_sent_when_it_has_been_rendered_again(bench, delivery, reader):
    job = bench.submit("render", last=2)
    work(bench, job)
    path = bench.frames.path(job.key_of(1))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    watch = Watching(b"c", 1, job, 100)
    assert not delivery.deliver(watch) and reader.frames() == []
    work(bench, job)
    assert delivery.deliver(watch) and sorted(reader.frames()) == [1, 2]


def test_a_full_disk_ends_a_job_whose_frame_is_lost_and_nothing_else(bench, delivery, reader, monkeypatch):
    job = bench.submit("render", last=2)
    work(bench, job)
    bench.frames.path(job.key_of(2)).unlink()

    def full(job_id, keys):
        from emogene.service.array_folder import StoreError

        raise StoreError("Full.", "Make room.")

    monkeypatch.setattr(bench.live, "hold", full)
    watch = Watching(b"c", 1, job, 100)
    while not delivery.deliver(watch):
        assert len(reader.events) < 10
    assert job.state == "failed" and job.failure.code == "disk"

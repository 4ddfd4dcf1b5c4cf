"""What watchers of a job get, whatever happens to it meanwhile."""

import time
from concurrent.futures import Future

import numpy as np
import pytest
import zmq
from scheduler_bench import SHOT, Bench, keys_of

from emogene.service import delivery as delivery_module
from emogene.service.delivery import REFUSED_SECONDS, Delivery
from emogene.service.jobs import Job
from emogene.service.outbox import Outbox
from emogene.service.plans import ARRAYS, ROW_BYTES, PlanStore
from emogene.service.sessions import Watching
from emogene.service.tasks import Prepared, Rendered, TaskFailed
from emogene.values import Plan
from emogene_proto.messages import Done, Failed, FrameDone, FrameFailed, Progress, ShotPlanned
from emogene_proto.wire import decode_event


class Reader:
    """A client that reads everything."""

    def __init__(self):
        self.events = []
        self.parts = []
        self.reads = True

    def offer(self, client, event, parts=()) -> bool:
        if self.reads:
            self.events.append(event)
            self.parts += parts
        return self.reads

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
        do(future, work, args)
        return future


class Slow:
    """A disk that works when the test lets it."""

    def __init__(self):
        self.waiting = []
        self.begun = 0

    def begin(self, work, *args):
        self.begun += 1
        future = Future()
        self.waiting.append((future, work, args))
        return future

    def let(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            do(*each)


def do(future, work, args) -> None:
    try:
        future.set_result(work(*args))
    except Exception as error:
        future.set_exception(error)


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


@pytest.fixture
def disk():
    return Slow()


@pytest.fixture
def patient(bench, reader, disk, tmp_path):
    """Delivery from a slow disk."""
    return Delivery(reader, bench.frames, PlanStore(tmp_path / "plans"), (), bench.scheduler.redo, disk)


def test_while_a_frame_is_read_nothing_of_its_request_is_sent_and_others_go_on(bench, patient, reader, disk):
    first, second = (bench.submit("render", last=2) for _ in range(2))
    for job in (first, second):
        work(bench, job)
    slow, quick = Watching(b"c", 1, first, 100), Watching(b"c", 2, second, 100)
    assert not patient.deliver(slow) and disk.begun == 1
    begun, disk.waiting = disk.waiting, []
    while not patient.deliver(quick):
        disk.let()
    assert [event.id for event in reader.events if isinstance(event, FrameDone)] == [2, 2]
    assert not patient.deliver(slow) and reader.frames() == [1, 2]
    disk.waiting = begun
    while not patient.deliver(slow):
        disk.let()
    assert reader.frames() == [1, 2, 1, 2]


def test_what_a_client_has_no_room_for_is_not_kept_and_not_read_again_at_once(
    bench, patient, reader, disk, monkeypatch
):
    now = 100.0
    monkeypatch.setattr(delivery_module.time, "monotonic", lambda: now)
    job = bench.submit("render", last=1)
    work(bench, job)
    watch = Watching(b"c", 1, job, 100)
    reader.reads = False
    for _ in range(50):
        assert not patient.deliver(watch)
        disk.let()
    assert disk.begun == 1 and watch.reading is None
    reader.reads = True
    now += REFUSED_SECONDS
    while not patient.deliver(watch):
        disk.let()
    assert reader.frames() == [1] and disk.begun == 2


def test_a_frame_read_before_its_job_was_begun_anew_is_not_sent_for_the_new_one(bench, patient, reader, disk):
    job = bench.submit("render", last=2)
    work(bench, job, failing=(2,))
    watch = Watching(b"c", 1, job, 100, run=job.run)
    assert not patient.deliver(watch)
    bench.scheduler.again(job)
    disk.let()
    bench.answer(Prepared(task=bench.next().task, plan="plan", frames=48), keys_of("another plan"))
    while (task := bench.next()) is not None:
        bench.frames.write(task.key, b"new picture")
        bench.answer(Rendered(task=task.task, seconds=1.0, size=7))
    while not patient.deliver(watch):
        disk.let()
    assert sorted(reader.frames()) == [1, 2] and set(reader.parts) == {b"new picture"}


def test_two_who_read_a_damaged_frame_at_once_have_it_rendered_again_once(bench, patient, reader, disk):
    job = bench.submit("render", last=1)
    work(bench, job)
    path = bench.frames.path(job.key_of(1))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    watches = [Watching(b"c", number, job, 100) for number in (1, 2)]
    for watch in watches:
        assert not patient.deliver(watch)
    disk.let()
    for watch in watches:
        assert not patient.deliver(watch)
    assert job.lost == {1}
    work(bench, job)
    for watch in watches:
        while not patient.deliver(watch):
            disk.let()
        assert not job.lost, "it is not lost a second time"
    assert reader.frames() == [1, 1] and job.reused == 0


def test_two_large_plans_for_one_client_both_arrive(bench, disk, tmp_path):
    rows = 20 * 2**20 // ROW_BYTES
    store = PlanStore(tmp_path / "plans")
    arrays = {name: np.zeros((rows, *row), np.float32) for name, row in ARRAYS.items()}
    store.write("plan", Plan(**arrays, fps=24.0, frame_start=1))
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router, context.socket(zmq.DEALER) as dealer:
        router.linger = dealer.linger = 0
        router.router_mandatory = True
        dealer.connect(f"tcp://127.0.0.1:{router.bind_to_random_port('tcp://127.0.0.1')}")
        dealer.send(b"here")
        client, outbox = router.recv_multipart()[0], Outbox(router)
        patient = Delivery(outbox, bench.frames, store, (), bench.scheduler.redo, disk)
        watches = []
        for number in (1, 2):
            job = Job("plan", SHOT, 0, 0, state="done", plan="plan", frame_count=rows, ended_at=1.0)
            watches.append(Watching(client, number, job, 0))
        for watch in watches:  # both find room, and are read
            assert not patient.deliver(watch)
        assert disk.begun == 2
        arrived, deadline = [], time.monotonic() + 60
        while len(arrived) < 4:
            assert time.monotonic() < deadline
            disk.let()
            outbox.flush()
            watches = [watch for watch in watches if not patient.deliver(watch)]
            while dealer.poll(10):
                event, parts = decode_event(dealer.recv_multipart())
                if not isinstance(event, Progress):
                    arrived.append((type(event), event.id, sum(map(len, parts))))
        assert not outbox.take_gone() and not watches
    told = {request: [(kind, size) for kind, each, size in arrived if each == request] for request in (1, 2)}
    assert told[1] == told[2] == [(ShotPlanned, rows * ROW_BYTES), (Done, 0)]

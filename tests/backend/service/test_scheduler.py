"""What the scheduler makes of jobs: who goes first, what is tried again, what fails alone, what is kept."""

import contextlib
import itertools
import time

import msgspec
import pytest
from scheduler_bench import FRAMES, SHA256, SHOT, Bench, keys_of

from emogene.service import job_limits, job_list, outcomes, worker_pool
from emogene.service.job_list import JobList
from emogene.service.job_queue import PATIENCE_FRAMES, PATIENCE_SECONDS
from emogene.service.job_store import JobStore
from emogene.service.jobs import Job, frame_names
from emogene.service.limits import LimitError
from emogene.service.live_frames import LiveFrames
from emogene.service.tasks import (
    BEGUN,
    Prepare,
    Prepared,
    Release,
    Render,
    Rendered,
    RenderLive,
    Stage,
    Stop,
    TaskFailed,
)
from emogene_proto.errors import BackendError
from emogene_proto.messages import JobInfo
from emogene_proto.shot import AudioRef, Shot
from emogene_proto.shot_document import shot_hash


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path) as made:
        yield made


@pytest.fixture
def make(tmp_path):
    """Benches over the same folder."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(Bench(tmp_path, **options))


def rendered(task, seconds=1.0) -> Rendered:
    return Rendered(task=task.task, seconds=seconds, size=10)


def finish(bench, job) -> list[int]:
    """Render until nothing is left; the rows in their order."""
    first = len(bench.sent)
    while not job.ended:
        bench.scheduler.step()
        for assignment in list(bench.worker.tasks):
            bench.answer(Rendered(task=assignment.task, seconds=1.0, size=10))
    return [task.row for task in bench.sent[first:]]


def test_plans_of_jobs_that_go_on_are_needed_and_those_of_ended_ones_are_not(bench):
    render = bench.submit("render")
    assert isinstance(bench.next(), Render)
    for seed in (1, 2):
        bench.answer(rendered(bench.task))
        bench.scheduler.submit(Job("plan", Shot(AudioRef(SHA256), seed=seed), 0, 0))
        assert isinstance(task := bench.next(), Prepare) and task.needed == ("plan",)
        bench.answer(Prepared(task=task.task, plan=f"plan {seed}", frames=2))
        assert isinstance(bench.next(), Render)
    bench.scheduler.cancel(render)
    bench.answer(rendered(next(task for task in reversed(bench.sent) if isinstance(task, Render))))
    bench.scheduler.submit(Job("plan", Shot(AudioRef(SHA256), seed=3), 0, 0))
    assert bench.next().needed == ()


def test_a_list_of_jobs_hashes_each_shot_once(monkeypatch):
    hashed = []
    monkeypatch.setattr("emogene.service.jobs.shot_hash", lambda shot: hashed.append(shot) or shot_hash(shot))
    job = Job("render", Shot(AudioRef(SHA256)), 1, 2)
    assert job.info().shot_sha256 == job.info().shot_sha256 == shot_hash(job.shot)
    assert len(hashed) == 1


def test_previews_go_before_finals(bench):
    final = bench.submit("render", msgspec.structs.replace(SHOT, quality="final"), last=2)
    preview = bench.submit("render", last=2)
    for job in (preview, preview, final, final):
        assert bench.next().shot.quality == job.shot.quality
        bench.answer(rendered(bench.task))
    assert preview.state == final.state == "done"


def test_clients_take_turns_and_one_who_asks_for_much_does_not_hold_up_the_others(bench):
    greedy = [bench.submit("render", owner="greedy") for _ in range(5)]
    modest = bench.submit("render", owner="modest", last=4)
    order = []
    while not modest.ended:
        task = bench.next()
        order.append("modest" if task.key == modest.key_of(task.row + 1) else "greedy")
        bench.answer(rendered(task))
    assert order.count("greedy") <= 4 + 2, "as much as the other had, and a turn"
    assert not any(job.ended for job in greedy)


def test_further_frames_wait_at_a_worker_only_where_frames_are_quick(bench):
    job = bench.submit("render")
    bench.answer(rendered(bench.next(), seconds=2.0))
    assert bench.next() is not None and bench.next() is None
    for seconds, most in ((0.3, 2), (0.05, 3)):
        job.run_seconds = seconds
        while bench.next() is not None:
            pass
        assert len(bench.worker.tasks) == most


def test_what_waits_behind_the_task_at_hand_is_taken_back_for_the_playhead(bench):
    job = bench.submit("render")
    bench.answer(rendered(bench.next(), seconds=0.3))
    bench.next()
    at_hand, behind = bench.worker.tasks
    on_demand = bench.submit("frame", last=1)
    assert bench.task == Stop(task=behind.task) and bench.next() is None
    bench.answer(Rendered(task=at_hand.task, seconds=0.01, size=10))
    bench.answer(TaskFailed(task=behind.task, code="cancelled", message="", hint=""))
    assert bench.next().key == on_demand.key_of(1)
    assert job.pending[0] == behind.frame and not job.attempts


def test_several_workers_share_a_render_and_each_frame_is_rendered_once(make):
    bench = make(workers=3)
    job = bench.submit("render")
    given = []
    while not job.ended:
        bench.scheduler.step()
        assert len({assignment.frame for worker in bench.pool.workers for assignment in worker.tasks}) >= min(
            3, FRAMES - len(given)
        )
        for worker in bench.pool.workers:
            if worker.tasks:
                task = worker.process.sent[-1]
                given.append(task.row)
                bench.answer(rendered(task), worker=worker)
    assert sorted(given) == list(range(FRAMES)) and sorted(job.finished) == list(range(1, FRAMES + 1))


def test_a_worker_that_dies_costs_its_frame_an_attempt_and_the_one_behind_it_nothing(bench):
    job = bench.submit("render", last=5)
    bench.answer(rendered(bench.next(), seconds=0.3))
    assert bench.next().row == 2 and bench.next() is None and len(bench.worker.tasks) == 2
    bench.scheduler.worker_died(bench.worker)
    assert job.attempts == {2: 1} and not job.working
    assert sorted(finish(bench, job)) == [1, 2, 3, 4] and job.state == "done"


@pytest.mark.parametrize("code", ["died", "memory", "internal"])
def test_a_frame_is_tried_three_times_then_fails_alone_with_its_reason(bench, code):
    job = bench.submit("render", last=4)
    tries = 0
    while not job.ended:
        task = bench.next()
        if task.row != 1:
            bench.answer(rendered(task))
        elif tries := tries + 1:
            if code == "died":
                bench.scheduler.worker_died(bench.worker)
            else:
                bench.answer(TaskFailed(task=task.task, code=code, message="No memory.", hint="Buy some."))
    assert tries == 3 and sorted(job.finished) == [1, 3, 4]
    assert job.state == "failed" and list(job.failed) == [2] and job.failed[2].code == code
    assert job.failure.code == "frames_failed" and "Frame 2 could not" in job.failure.message


def test_a_full_disk_fails_the_job_and_not_each_of_its_frames(bench):
    job = bench.submit("render")
    bench.answer(TaskFailed(task=bench.next().task, code="disk", message="Full.", hint="Make room."))
    assert job.state == "failed" and job.failure.code == "disk" and bench.next() is None


def test_planning_is_tried_again_when_its_worker_dies_but_not_for_ever(bench):
    job = Job("render", SHOT, 1, 4)
    bench.scheduler.submit(job)
    for _ in range(3):
        assert isinstance(bench.next(), Prepare)
        bench.scheduler.worker_died(bench.worker)
    assert bench.next() is None and job.state == "failed" and job.failure.code == "died"


def test_cancelling_gives_up_what_workers_have_and_what_they_keep(bench):
    job = bench.submit("render")
    bench.next()
    bench.scheduler.cancel(job)
    assert [type(task) for task in bench.sent[-2:]] == [Stop, Release]
    assert bench.next() is None and job.state == "cancelled"
    bench.worker.check(900.0)
    assert not bench.worker.process.killed
    bench.worker._given_up = dict.fromkeys(bench.worker._given_up, -1000000000.0)  # it does not come off its task
    bench.worker.check(900.0)
    assert bench.worker.process.killed


def test_a_worker_that_says_nothing_is_ended_only_while_it_has_work(bench):
    bench.submit("render")
    bench.worker.process.heard = -1e9
    bench.worker.check(900.0)
    assert not bench.worker.process.killed
    bench.next()
    bench.worker.process.heard = -1e9
    bench.worker.check(900.0)
    assert bench.worker.process.killed


def test_a_worker_that_never_gets_ready_is_ended_too(bench):
    process = bench.worker.process
    process.ready, process.heard = False, time.monotonic()
    bench.worker.check(900.0)
    assert not process.killed
    process.heard -= 901.0
    bench.worker.check(900.0)
    assert process.killed


def test_one_of_several_workers_that_could_not_be_started_is_tried_again_and_more_seldom(make, monkeypatch):
    bench = make(workers=2)
    now = time.monotonic()
    monkeypatch.setattr(worker_pool.time, "monotonic", lambda: now)
    process, tries = bench.worker.process, []
    process.restart = lambda: tries.append(now)
    bench.worker.try_again()
    process.ready, process.problem = False, "The renderer does not start."
    for _ in range(2000):
        now += 1.0
        bench.worker.try_again()
    assert [round(later - earlier) for earlier, later in itertools.pairwise(tries)][:5] == [61, 121, 241, 481, 601]


def test_what_workers_have_of_a_cancelled_job_counts_no_more_when_it_is_tried_again(bench):
    job = bench.submit("render", last=4)
    late = bench.next()
    bench.scheduler.cancel(job)
    bench.scheduler.again(job)
    bench.answer(rendered(late))
    assert not job.finished and not job.ended
    assert isinstance(task := bench.next(), Prepare)
    bench.answer(Prepared(task=task.task, plan="plan", frames=FRAMES), keys_of(job.id))
    assert sorted(finish(bench, job)) == [0, 1, 2, 3] and job.state == "done"


def test_cancelled_planning_does_not_end_the_job_that_is_tried_again(bench):
    job = Job("render", SHOT, 1, 4)
    bench.scheduler.submit(job)
    late = bench.next()
    bench.scheduler.cancel(job)
    bench.scheduler.again(job)
    assert bench.next() is None and job.state == "submitted", "the worker is still at it"
    bench.answer(TaskFailed(task=late.task, code="cancelled", message="", hint=""))
    assert isinstance(bench.next(), Prepare) and not job.ended


def test_a_job_whose_voice_is_gone_stays_as_it_was(bench, tmp_path):
    job = bench.submit("render", last=2)
    finish(bench, job)
    (tmp_path / "blobs" / SHA256).unlink()
    with pytest.raises(BackendError, match="audio"):
        bench.scheduler.again(job)
    assert job.state == "done" and job.finished == [1, 2]


def test_a_plan_that_somebody_removed_is_made_again_and_finished_frames_stay(bench):
    job = bench.submit("render", last=4)
    bench.answer(rendered(bench.next()))
    lost = bench.next()
    bench.answer(TaskFailed(task=lost.task, code="plan_lost", message="Gone.", hint="Again."))
    assert isinstance(task := bench.next(), Prepare)
    bench.answer(Prepared(task=task.task, plan="plan", frames=FRAMES), job.keys)
    assert sorted(finish(bench, job)) == [1, 2, 3] and job.state == "done"


def test_several_frames_that_meet_the_same_lost_plan_count_as_one_loss(bench):
    job = bench.submit("render", last=8)
    job.run_seconds, job.run_frames = 0.01, 1  # quick ones: several are at the worker
    bench.scheduler.step()
    held = [assignment.task for assignment in bench.worker.tasks]
    assert len(held) == 3
    for task in held[:2]:
        bench.answer(TaskFailed(task=task, code="plan_lost", message="Gone.", hint="Again."))
    bench.answer(TaskFailed(task=held[2], code="plan_lost", message="Gone.", hint="Again."))
    assert not job.ended and isinstance(task := bench.next(), Prepare)
    bench.answer(Prepared(task=task.task, plan="plan", frames=FRAMES), job.keys)
    assert sorted(finish(bench, job)) == list(range(8)) and job.state == "done"


def test_a_plan_that_is_lost_now_and_then_is_made_again_each_time_but_not_for_ever(bench):
    job = bench.submit("render", last=8)
    for _ in range(5):
        bench.answer(rendered(bench.next()))
        bench.answer(TaskFailed(task=bench.next().task, code="plan_lost", message="Gone.", hint="Again."))
        bench.answer(Prepared(task=bench.next().task, plan="plan", frames=FRAMES), job.keys)
    assert len(job.finished) == 5
    bench.answer(TaskFailed(task=bench.next().task, code="plan_lost", message="Gone.", hint="Again."))
    bench.answer(Prepared(task=bench.next().task, plan="plan", frames=FRAMES), job.keys)
    assert not job.ended, "two losses in a row"
    bench.answer(TaskFailed(task=bench.next().task, code="plan_lost", message="Gone.", hint="Again."))
    assert job.state == "failed" and job.failure.code == "plan_lost"


def test_a_stream_whose_plan_is_lost_goes_on_when_it_is_there_again(bench):
    stream = bench.submit("stream")
    stream.live.pacer.tell(5.0, False, 0)
    bench.answer(TaskFailed(task=bench.next().task, code="plan_lost", message="Gone.", hint="Again."))
    bench.answer(Prepared(task=bench.next().task, plan="plan", frames=FRAMES))
    assert isinstance(task := bench.next(), RenderLive) and task.row == 4


def test_jobs_that_are_tried_again_count_against_their_owner(bench, monkeypatch):
    monkeypatch.setattr(job_limits, "CLIENT_JOBS", 2)
    jobs = [bench.submit("render", owner="Ada") for _ in range(2)]
    for job in jobs:
        bench.scheduler.cancel(job)
    third = bench.submit("render", owner="Ada")
    bench.scheduler.again(jobs[0])
    with pytest.raises(LimitError, match="of yours"):
        bench.scheduler.again(jobs[1])
    assert jobs[1].state == "cancelled" and not third.ended


def test_a_full_backend_leaves_a_job_that_is_to_be_tried_again_as_it_was(bench, monkeypatch):
    job = bench.submit("render")
    bench.scheduler.cancel(job)
    monkeypatch.setattr(job_list, "ACTIVE_JOBS", 1)
    bench.submit("render", owner="Bob")
    with pytest.raises(BackendError, match="are waiting"):
        bench.scheduler.again(job)
    assert job.state == "cancelled" and not bench.live.holds(job.id)


def test_what_a_frame_takes_is_told_by_this_run_alone(bench):
    job = bench.submit("render", last=8)
    for _ in range(4):
        task = bench.next()
        bench.frames.write(task.key, b"a frame")
        bench.answer(rendered(task, seconds=100.0))
    bench.scheduler.cancel(job)
    bench.scheduler.again(job)
    assert job.frame_seconds == 0.0 and job.render_seconds == 400.0
    bench.answer(Prepared(task=bench.next().task, plan="plan", frames=FRAMES), job.keys or keys_of(job.id))
    bench.answer(rendered(bench.next(), seconds=2.0))
    assert job.reused == 4 and job.frame_seconds == 2.0


def test_a_frame_that_a_dying_worker_had_written_is_not_called_reused(bench):
    job = bench.submit("render", last=2)
    bench.frames.write(bench.next().key, b"a frame")
    bench.scheduler.worker_died(bench.worker)
    assert finish(bench, job) == [1] and job.reused == 0 and job.finished == [1, 2]


def test_the_frame_that_was_begun_last_is_to_blame_for_a_workers_end(bench):
    job = bench.submit("render", last=3)
    job.run_seconds, job.run_frames = 0.01, 1  # quick ones: several are at the worker
    bench.next()
    written, killer = list(bench.worker.tasks)[:2]
    for task in (written, killer):
        bench.answer(Stage(task=task.task, fraction=0.0, stage=BEGUN))
    bench.scheduler.worker_died(bench.worker)
    assert job.attempts == {killer.frame: 1} and list(job.pending) == [1, 2, 3]


def test_frames_of_an_unfinished_render_stay_held_while_it_waits_after_a_restart(tmp_path):
    path = tmp_path / "jobs.sqlite"
    with LiveFrames(tmp_path / "live", "jobs") as live:
        jobs = JobList(JobStore(path), live)
        job = Job("render", SHOT, 1, 2)
        jobs.add(job)
        outcomes.prepared(jobs, job, Prepared(task=0, plan="plan", frames=FRAMES), keys_of(job.id))
    store = JobStore(path)
    with LiveFrames(tmp_path / "live", "jobs", [each.id for each in store.unfinished()]) as live:
        jobs = JobList(store, live)
        assert live.held().mask(keys_of(job.id)[:64]) == [True, True]
        jobs.end(jobs.get(job.id), "cancelled")
        assert live.held().mask(keys_of(job.id)[:64]) == [False, False]


def test_renders_wait_while_no_renderer_can_be_started_and_frames_on_demand_do_not(bench):
    bench.pool.problem = "The renderer does not start."
    bench.worker.process.ready = False
    render, frame = bench.submit("render"), bench.submit("frame", last=1)
    bench.next()
    assert frame.state == "failed" and not render.ended
    bench.now += 10 * PATIENCE_SECONDS
    later = bench.submit("frame", last=1)
    bench.next()
    assert later.state == "failed", "whatever patience the render has: it could not begin either"
    bench.pool.problem, bench.worker.process.ready = "", True
    assert bench.next() is not None


def test_each_owner_has_a_turn_with_frames_on_demand(bench):
    ada = [bench.submit("frame", first=number, last=number, owner="ada") for number in range(1, 6)]
    bob = bench.submit("frame", first=9, last=9, owner="bob")
    order = []
    while not bob.ended:
        task = bench.next()
        order.append(task.key)
        bench.answer(rendered(task))
    assert len(order) <= 2 and not all(job.ended for job in ada)


def test_a_damaged_frame_is_rendered_again_also_after_the_job_was_done(bench):
    job = bench.submit("render", last=2)
    finish(bench, job)
    assert job.state == "done"
    bench.scheduler.redo(job, 1)
    bench.scheduler.redo(job, 1)
    assert job.info().done == 1 and job.state == "rendering"
    assert finish(bench, job) == [0]
    assert job.state == "done" and job.finished == [1, 2] and not job.lost


def test_an_unfinished_render_goes_on_in_the_next_backend_and_reuses_its_frames(make, tmp_path):
    path = tmp_path / "jobs.sqlite"
    bench = make(store=JobStore(path))
    job = bench.submit("render", last=3)
    bench.frames.write(job.key_of(1), b"a frame")
    bench.live.close()

    again = make(store=JobStore(path))
    assert isinstance(task := again.next(), Prepare)
    again.answer(Prepared(task=task.task, plan="plan", frames=FRAMES), job.keys)
    back = again.scheduler.jobs.get(job.id)
    assert back.shot == SHOT and finish(again, back) == [1, 2]
    assert again.scheduler.jobs.infos(10)[0] == again.scheduler.jobs.info(job.id)
    told = msgspec.msgpack.decode(bytes(again.scheduler.jobs.info(job.id)), type=JobInfo)
    assert told.state == "done" and told.done == 3 and told.ended >= told.started >= told.created


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([7], "7"),
        ([8, 7], "7, 8"),
        ([1, 2, 3, 9], "1 to 3 and 9"),
        ([-2, 5, 7], "-2, 5 and 7"),
        (list(range(0, 40, 2)), "0, 2, 4, 6, 8, 10, 12, 14 and 12 more"),
    ],
)
def test_frames_in_words(frames, words):
    assert frame_names(frames) == words


@pytest.mark.parametrize("seconds, wait", [(1.0, PATIENCE_SECONDS), (10.0, 10.0 * PATIENCE_FRAMES)])
def test_finals_get_a_tenth_of_a_worker_where_previews_never_end(bench, seconds, wait):
    final = bench.submit("render", msgspec.structs.replace(SHOT, quality="final"), owner="film")
    preview, ended = bench.submit("render", owner="artist"), []
    for _ in range(100):
        if preview.ended:
            preview = bench.submit("render", owner="artist")
        task = bench.next()
        bench.now += seconds
        if task.key in {final.key_of(frame) for frame in range(1, FRAMES + 1)}:
            ended.append(bench.now)
        bench.answer(Rendered(task=task.task, seconds=seconds, size=9))
    gaps = [later - earlier - seconds for earlier, later in itertools.pairwise([50.0, *ended])]
    assert gaps[0] == PATIENCE_SECONDS, "nobody knew yet how long its frames take"
    assert len(gaps) > 1 and all(wait <= gap <= wait + 2 * seconds for gap in gaps[1:])

"""Jobs on disk: they come back as they were, and nothing that happens to the file stops a backend."""

import sqlite3
import time

import msgspec
import pytest

from emogene.service.job_store import JobStore
from emogene.service.jobs import Job
from emogene_proto.errors import AudioError, RenderError
from emogene_proto.messages import JobInfo
from emogene_proto.shot import AudioRef, EmotionKey, Shot

SHOT = Shot(AudioRef("a" * 64))


def job(number: int, state="submitted", kind="render", ended=0.0) -> Job:
    return Job(
        kind, SHOT, 1, 9, created=float(number), state=state, ended_at=ended, client="Blender", owner="Blender 1"
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "jobs" / "jobs.sqlite"


def saved(path, *jobs) -> None:
    store = JobStore(path)
    for each in jobs:
        store.save(each)
    store.close()


def infos(store, limit=100) -> list[JobInfo]:
    return [msgspec.msgpack.decode(info, type=JobInfo) for _, info in store.infos(limit)]


def test_unfinished_jobs_come_back_as_submitted_oldest_first(path):
    rendering, plan, done = job(2, "rendering"), job(1, kind="plan"), job(3, "done", ended=4.0)
    saved(path, rendering, plan, done)
    back = JobStore(path).unfinished()
    assert [(one.id, one.state) for one in back] == [(plan.id, "submitted"), (rendering.id, "submitted")]
    assert (back[1].first, back[1].last, back[1].shot, back[1].owner) == (1, 9, SHOT, "Blender 1")


def test_a_frame_on_demand_does_not_go_on_after_a_restart(path):
    saved(path, job(1, kind="frame"))
    (back,) = JobStore(path).unfinished()
    assert back.state == "failed" and back.failure.code == "restarted"


def test_what_ended_keeps_its_history(path):
    failed = job(1, "failed", ended=9.0)
    failed.failure, failed.failed = AudioError("No sound.", "Sing."), {7: RenderError("Dark.", "Light it.")}
    failed.finished, failed.reused, failed.render_seconds, failed.file_bytes = [1, 2], 1, 3.5, 1000
    saved(path, failed)
    store = JobStore(path)
    back = store.job(failed.id)
    assert (back.failure.code, back.failure.hint, back.failed[7].message) == ("bad_audio", "Sing.", "Dark.")
    (info,) = infos(store)
    assert info == failed.info() and (info.done, info.failed, info.bytes, info.ended) == (2, 1, 1000, 9.0)


def test_streams_are_not_kept(path):
    saved(path, job(1, kind="stream"))
    assert infos(JobStore(path)) == []


def test_lists_are_newest_first_and_as_long_as_asked(path):
    saved(path, *(job(number, "done", ended=number + 0.5) for number in range(5)), job(9))
    store = JobStore(path)
    assert [info.created for info in infos(store, limit=3)] == [9.0, 4.0, 3.0]
    assert [info.created for info in [job for job in infos(store) if not job.ended]] == [9.0]


def test_cleaning_forgets_by_age_and_number_and_never_what_goes_on(path):
    now = time.time()
    jobs = [job(number, "done", ended=now - 100.0 * (5 - number)) for number in range(5)]
    saved(path, job(-1, "rendering"), *jobs)
    store = JobStore(path)
    assert store.clean(250.0, keep=4) == 1
    assert store.clean(250.0, keep=0) == 2
    assert [info.created for info in infos(store)] == [4.0, 3.0, -1.0]
    assert store.clean(0.0, keep=0) == 2 and len(store.unfinished()) == 1
    shots = store._base.execute("SELECT count(*) FROM shots").fetchone()[0]
    assert shots == 1, "the shot of the job that goes on"


def test_shots_of_jobs_that_ended_take_no_more_than_their_share(path):
    shots = [Shot(AudioRef("a" * 64), emotions=(EmotionKey(0.0, "happy"),) * 500, seed=seed) for seed in range(20)]
    size = len(msgspec.msgpack.encode(shots[0]))
    store = JobStore(path, kept_shot_bytes=8 * size)
    going = Job("render", shots[0], 1, 9, created=0.0)
    store.save(going)
    for number, shot in enumerate(shots[1:], 1):
        state = {"created": float(number), "state": "done", "ended_at": 100.0 + number}
        store.save(Job("render", shot, 1, 9, **state))
        kept = store._base.execute("SELECT sum(length(shot)) FROM shots").fetchone()[0]
        assert kept <= 8 * size + 100
    left = [info.created for info in infos(store)]
    assert left[0] == 19.0 and left == sorted(left, reverse=True) and left[-1] == 0.0
    assert len(left) >= 6 and store.unfinished()[0].shot == shots[0], "what goes on is never forgotten"


def test_a_damaged_database_is_put_aside_and_begun_anew(path, caplog):
    saved(path, job(1))
    path.write_bytes(b"no database" * 1000)
    store = JobStore(path)
    assert store.unfinished() == [] and "damaged" in caplog.text
    store.save(job(2))
    assert len(store.unfinished()) == 1
    assert len(list(path.parent.glob("jobs.damaged-*"))) >= 1


def test_one_of_another_release_is_put_aside(path):
    saved(path, job(1))
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 99")
    base.close()
    assert JobStore(path).unfinished() == []
    assert list(path.parent.glob("jobs.damaged-*"))


def test_a_job_that_cannot_be_read_costs_only_itself(path, caplog):
    kept, lost = job(1), job(2)
    saved(path, kept, lost)
    base = sqlite3.connect(path)
    base.execute("UPDATE jobs SET info = ? WHERE id = ?", (b"?", lost.id))
    base.commit()
    base.close()
    assert [one.id for one in JobStore(path).unfinished()] == [kept.id]
    assert lost.id in caplog.text


def test_a_disk_that_cannot_be_written_costs_only_the_memory(path, caplog):
    store = JobStore(path)
    store._base.execute("PRAGMA query_only = ON")
    store.save(job(1))
    assert "cannot be kept" in caplog.text and infos(store) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path, caplog):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "jobs.sqlite").mkdir()
    store = JobStore(tmp_path / "jobs" / "jobs.sqlite")
    store.save(job(1))
    assert len(store.unfinished()) == 1 and "cannot be kept" in caplog.text

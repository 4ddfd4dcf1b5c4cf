"""What the worker is told: beside its task, which plans other jobs still need."""

from emogene.service.blobs import BlobStore
from emogene.service.frame_store import FrameStore
from emogene.service.jobs import Job
from emogene.service.scheduler import Scheduler
from emogene.service.tasks import Prepare, Prepared
from emogene_proto.shot import AudioRef, Shot
from emogene_proto.shot_document import shot_hash

SHA256 = "a" * 64


class Worker:
    """Takes what it is sent and does nothing."""

    ready, problem = True, ""

    def __init__(self):
        self.sent = []

    def send(self, task):
        self.sent.append(task)

    def restart(self):
        pass


def test_plans_of_jobs_that_go_on_are_needed_and_those_of_ended_ones_are_not(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / SHA256).write_bytes(b"sound")
    worker = Worker()
    scheduler = Scheduler(worker, FrameStore(tmp_path / "frames"), BlobStore(tmp_path / "blobs"), None)
    render = Job("render", Shot(AudioRef(SHA256)), 1, 2)
    scheduler.submit(render)
    scheduler.step()
    scheduler.handle(Prepared(task=1, plan="wanted", frames=2), bytes(64))
    for seed in (1, 2):
        scheduler.submit(Job("plan", Shot(AudioRef(SHA256), seed=seed), 0, 0))
        scheduler.step()
        assert isinstance(worker.sent[-1], Prepare) and worker.sent[-1].needed == ("wanted",)
        scheduler.handle(Prepared(task=worker.sent[-1].task, plan=f"plan {seed}", frames=2), b"")
    scheduler.cancel(render)
    scheduler.submit(Job("plan", Shot(AudioRef(SHA256), seed=3), 0, 0))
    scheduler.step()
    assert worker.sent[-1].needed == ()


def test_a_list_of_jobs_hashes_each_shot_once(monkeypatch):
    hashed = []
    monkeypatch.setattr("emogene.service.jobs.shot_hash", lambda shot: hashed.append(shot) or shot_hash(shot))
    job = Job("render", Shot(AudioRef(SHA256)), 1, 2)
    assert job.info().shot_sha256 == job.info().shot_sha256 == shot_hash(job.shot)
    assert len(hashed) == 1

"""Jobs: what clients asked for. They belong to the backend; renders are also kept in a folder over restarts."""

import logging
import secrets
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from emogene.service.live_stream import LiveStream
from emogene_proto.errors import EmoGeneError
from emogene_proto.messages import ENDED, JobInfo, JobKind, JobState
from emogene_proto.shot import Shot
from emogene_proto.shot_document import shot_hash

log = logging.getLogger("emogene.service")

Kind = JobKind
State = JobState


class JobRecord(msgspec.Struct, frozen=True):
    """A job as it lies in the folder."""

    job: str
    kind: Kind
    shot: Shot
    first: int
    last: int
    created: float
    state: State
    failure: tuple[str, str, str] | None = None


@dataclass(eq=False)
class Job:
    """One piece of work and how far it has come."""

    kind: Kind
    shot: Shot
    first: int
    last: int
    """Frames as numbered in Blender, both included; not used by plans."""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    created: float = field(default_factory=time.time)
    state: State = "submitted"
    failure: EmoGeneError | None = None
    stage: str = "queued"
    fraction: float = 0.0
    """How far a plan is, 0 to 1."""
    plan: str = ""
    """Key of the finished plan."""
    frame_count: int = 0
    """Rows of the finished plan."""
    keys: bytes = b""
    """32 bytes for each row of the plan; empty until the renderer is ready."""
    pending: deque[int] = field(default_factory=deque)
    """Frames still to be rendered or found in the store; filled when the shot is prepared."""
    finished: list[int] = field(default_factory=list)
    """Frames in the order in which they were finished."""
    reused: int = 0
    attempts: int = 0
    """How often a worker died over the task at hand."""
    live: LiveStream | None = None
    """What a stream is about; None for all others."""
    superseded: bool = False
    """A newer frame was asked for: where this one is not being rendered yet, it will not be."""

    @property
    def total(self) -> int:
        return self.last - self.first + 1 if self.kind in ("render", "frame") else 0

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def prepared(self) -> bool:
        return bool(self.plan) and (not self.needs_keys or bool(self.keys))

    @property
    def needs_keys(self) -> bool:
        """Whether its frames are looked up and kept in the store."""
        return self.kind in ("render", "frame")

    @cached_property
    def shot_sha256(self) -> str:
        """Of the shot's document: a shot of hours takes tenths of a second, and a list of jobs asks for all."""
        return shot_hash(self.shot)

    def key_of(self, frame: int) -> str:
        row = frame - self.shot.frame_start
        return self.keys[32 * row : 32 * row + 32].hex()

    def restart(self) -> None:
        """Back into the queue, to name its frames again; those in the store will be found there."""
        self.state, self.stage, self.failure = "submitted", "queued", None
        self.keys, self.plan, self.reused = b"", "", 0
        self.pending.clear()
        self.finished.clear()

    def info(self) -> JobInfo:
        return JobInfo(
            job=self.id,
            kind=self.kind,
            state=self.state,
            done=len(self.finished),
            total=self.total,
            reused=self.reused,
            first=self.first,
            last=self.last,
            actor=self.shot.actor,
            shot_sha256=self.shot_sha256,
            created=self.created,
            failure=self.failure.message if self.failure else "",
        )


class JobFolder:
    """Keeps renders as small JSON files, so that a restarted backend goes on with them."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, job: Job) -> None:
        """Write a job's state; plans and single frames are quick to ask again and are not kept.

        A full disk costs the memory of this job over a restart, which the log tells, and nothing else.
        """
        if job.kind != "render":
            return
        failure = (job.failure.code, job.failure.message, job.failure.hint) if job.failure else None
        record = JobRecord(job.id, job.kind, job.shot, job.first, job.last, job.created, job.state, failure)
        temporary = self._path(job.id).with_suffix(".tmp")
        try:
            temporary.write_bytes(msgspec.json.encode(record))
            temporary.replace(self._path(job.id))
        except OSError as error:
            log.error("job %s cannot be kept: %s", job.id, error, extra={"job": job.id})

    def load(self) -> list[Job]:
        """All kept jobs, oldest first; unfinished ones are queued. Files that cannot be read are removed."""
        jobs = []
        for path in self._folder.glob("*.json"):
            try:
                record = msgspec.json.decode(path.read_bytes(), type=JobRecord)
            except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
                path.unlink(missing_ok=True)
                continue
            jobs.append(_from_record(record))
        return sorted(jobs, key=lambda job: job.created)

    def forget(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._path(job.id).unlink(missing_ok=True)

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.json"


def _from_record(record: JobRecord) -> Job:
    job = Job(record.kind, record.shot, record.first, record.last, id=record.job, created=record.created)
    if record.failure:
        code, message, hint = record.failure
        job.failure = EmoGeneError(message, hint, code)
    if record.state in ENDED:
        job.state = record.state
    return job

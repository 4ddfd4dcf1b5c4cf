"""Jobs on disk: an SQLite database, so that a restarted backend goes on with them and knows its history."""

import itertools
import logging
import sqlite3
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from emogene.service.jobs import KEPT_KINDS, Job
from emogene_proto.errors import EmoGeneError
from emogene_proto.messages import ENDED, JobInfo
from emogene_proto.shot import Shot

log = logging.getLogger("emogene.service")

KEPT_JOBS = 20_000
"""Jobs that ended; beyond, the oldest are forgotten."""
KEPT_SECONDS = 30 * 24 * 3600.0
KEPT_SHOT_BYTES = 2 * 2**30
"""Of the shots of jobs that ended; beyond, the jobs that ended first are forgotten until a quarter is free."""
_VERSION = 1
_SCHEMA = """
CREATE TABLE shots (sha256 TEXT PRIMARY KEY, shot BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    created REAL NOT NULL,
    ended REAL NOT NULL,
    shot TEXT NOT NULL REFERENCES shots (sha256),
    state TEXT NOT NULL,
    owner TEXT NOT NULL,
    info BLOB NOT NULL,
    failure BLOB NOT NULL,
    failed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX jobs_by_creation ON jobs (created);
CREATE INDEX jobs_by_end ON jobs (ended);
CREATE INDEX jobs_by_shot ON jobs (shot);
"""
_KNOWN = "SELECT id, owner, info FROM jobs ORDER BY created"
_Failure = tuple[str, str, str]
_info = msgspec.msgpack.Decoder(JobInfo)
_shot = msgspec.msgpack.Decoder(Shot)
_failure = msgspec.msgpack.Decoder(_Failure | None)
_failed = msgspec.msgpack.Decoder(dict[int, _Failure])


class _Known(NamedTuple):
    """What lists of jobs need, in memory."""

    job: str
    owner: str
    info: bytes
    """A JobInfo, encoded."""


class JobStore:
    """A database of jobs. Where it cannot be used the log says so, and jobs are remembered as long as the process."""

    def __init__(self, path: Path | None, kept_shot_bytes: int = KEPT_SHOT_BYTES):
        """`path` None keeps jobs in memory only. A damaged database is put aside and begun anew."""
        self._path = path
        self._base = self._open()
        # In memory, too: a list of ten thousand jobs is to be there at once.
        self._kept_shot_bytes = kept_shot_bytes
        self._shot_bytes = self._count_shot_bytes()
        self._known = {job.job: job for job in map(_Known._make, self._rows(_KNOWN))}

    def save(self, job: Job) -> None:
        """Write a job's state; streams are nothing to keep."""
        if job.kind == "stream":
            return
        failed = {frame: _triple(error) for frame, error in job.failed.items()}
        why = _triple(job.failure) if job.failure else None
        blobs = tuple(msgspec.msgpack.encode(part) for part in (job.info(), why, failed))
        row = (job.id, job.created, job.ended_at, job.shot_sha256, job.state, job.owner, *blobs)
        # A power cut costs no render that was accepted; waiting for the disk at each frame on demand would be felt.
        self._base.execute(f"PRAGMA synchronous = {'FULL' if job.kind == 'render' else 'NORMAL'}")
        self._make_room(job)
        with self._transaction("kept") as base:
            known = base.execute("SELECT 1 FROM shots WHERE sha256 = ?", (job.shot_sha256,)).fetchone()
            if known is None:
                base.execute("INSERT INTO shots VALUES (?, ?)", (job.shot_sha256, msgspec.msgpack.encode(job.shot)))
                self._shot_bytes += job.shot_bytes
            base.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._known[job.id] = _Known(job.id, job.owner, blobs[0])

    def unfinished(self) -> list[Job]:
        """The jobs that have not ended, oldest first, as they were submitted."""
        rows = self._rows("SELECT id FROM jobs WHERE ended = 0 ORDER BY created")
        return [job for (job_id,) in rows if (job := self.job(job_id)) is not None]

    def job(self, job_id: str) -> Job | None:
        """One job; None if it is not here."""
        rows = self._rows(
            "SELECT info, failure, failed, owner, shots.shot FROM jobs "
            "JOIN shots ON shots.sha256 = jobs.shot WHERE id = ?",
            (job_id,),
        )
        try:
            return _job(*rows[0]) if rows else None
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:  # written by another release
            log.error("job %s cannot be read: %s", job_id, error, extra={"job": job_id})
            return None

    def infos(self, limit: int, owner: str | None = None) -> list[tuple[str, bytes]]:
        """Ids and encoded JobInfos, newest first; with `owner` of its jobs only."""
        newest = reversed(self._known.values())
        wanted = ((job.job, job.info) for job in newest if owner is None or job.owner == owner)
        return list(itertools.islice(wanted, limit))

    def info(self, job_id: str) -> bytes | None:
        """One job's encoded JobInfo; None if it is not here."""
        known = self._known.get(job_id)
        return known.info if known is not None else None

    def owner(self, job_id: str) -> str | None:
        """Whose a job is; None if it is not here."""
        known = self._known.get(job_id)
        return known.owner if known is not None else None

    def clean(self, older_than_seconds: float, keep: int) -> int:
        """Forget jobs that ended so long ago, but not the newest `keep` of them; returns how many."""
        before = time.time() - older_than_seconds
        with self._transaction("cleaned") as base:
            gone = base.execute(
                "DELETE FROM jobs WHERE ended > 0 AND ended <= ? AND id NOT IN "
                "(SELECT id FROM jobs WHERE ended > 0 ORDER BY created DESC LIMIT ?)",
                (before, keep),
            ).rowcount
            self._forgotten(base, gone)
            return gone
        return 0

    def forget_old(self) -> None:
        """What is beyond KEPT_SECONDS or KEPT_JOBS."""
        self.clean(KEPT_SECONDS, 0)
        self.clean(0.0, KEPT_JOBS)

    def _make_room(self, job: Job) -> None:
        """Forget the jobs that ended first where shots with long animations fill the disk."""
        if self._shot_bytes + job.shot_bytes <= self._kept_shot_bytes:
            return
        excess = self._shot_bytes + job.shot_bytes - 3 * self._kept_shot_bytes // 4
        with self._transaction("cleaned") as base:
            rows = base.execute(
                "SELECT jobs.id, jobs.shot, length(shots.shot) FROM jobs JOIN shots ON shots.sha256 = jobs.shot "
                "WHERE ended > 0 AND id != ? ORDER BY ended",
                (job.id,),
            ).fetchall()
            gone, shots = [], set()
            for job_id, shot, size in rows:
                if excess <= 0:
                    break
                gone.append((job_id,))
                excess -= 0 if shot in shots else size
                shots.add(shot)
            base.executemany("DELETE FROM jobs WHERE id = ?", gone)
            self._forgotten(base, len(gone))
            log.info("%d old jobs are forgotten: their shots took too much of the disk", len(gone))

    def _forgotten(self, base: sqlite3.Connection, gone: int) -> None:
        """Jobs were deleted: so are shots that nobody needs any more."""
        base.execute("DELETE FROM shots WHERE sha256 NOT IN (SELECT shot FROM jobs)")
        if gone:
            self._known = {job.job: job for job in map(_Known._make, base.execute(_KNOWN))}
            self._shot_bytes = self._count_shot_bytes()

    def _count_shot_bytes(self) -> int:
        return sum(size for (size,) in self._rows("SELECT length(shot) FROM shots"))

    def close(self) -> None:
        self._base.close()

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return _created(":memory:")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _created(str(self._path))
        except sqlite3.OperationalError as error:
            log.error("jobs cannot be kept in %s: %s", self._path, error)
            return _created(":memory:")
        except sqlite3.DatabaseError as error:
            aside = self._path.with_name(f"{self._path.stem}.damaged-{int(time.time())}")
            log.error("the jobs in %s cannot be read (%s); the file is kept as %s", self._path, error, aside.name)
            for suffix in ("", "-wal", "-shm"):
                there = self._path.with_name(self._path.name + suffix)
                if there.exists():
                    there.replace(aside.with_name(aside.name + suffix))
            return _created(str(self._path))

    def _transaction(self, what: str) -> "_Transaction":
        return _Transaction(self._base, what)

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._base.execute(query, values).fetchall()
        except sqlite3.Error as error:
            log.error("the list of jobs cannot be read: %s", error)
            return []


class _Transaction:
    """All or nothing; a full or damaged disk costs the memory of this change over a restart, which the log tells."""

    def __init__(self, base: sqlite3.Connection, what: str):
        self._base, self._what = base, what

    def __enter__(self) -> sqlite3.Connection:
        return self._base

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        try:
            if error is None:
                self._base.commit()
                return False
            self._base.rollback()
        except sqlite3.Error as failed:
            log.error("jobs cannot be %s: %s", self._what, failed)
            return True
        if isinstance(error, sqlite3.Error):
            log.error("jobs cannot be %s: %s", self._what, error)
            return True
        return False


def _created(path: str) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=5.0)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA foreign_keys = ON")
        version = base.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"version {version} is not known here")
        if version and base.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("it is damaged")
        if version == 0:
            base.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
    except BaseException:
        base.close()
        raise
    return base


def _triple(error: EmoGeneError) -> _Failure:
    return error.code, error.message, error.hint


def _job(info: bytes, failure: bytes, failed: bytes, owner: str, shot: bytes) -> Job:
    known, why = _info.decode(info), _failure.decode(failure)
    job = Job(
        known.kind, _shot.decode(shot), known.first, known.last, known.job, known.created, known.client, owner,
        started=known.started, render_seconds=known.render_seconds,
    )  # fmt: skip
    if known.state in ENDED:
        job.state, job.ended_at, job.file_bytes, job.reused = known.state, known.ended, known.bytes, known.reused
        job.failure = None if why is None else _error(why)
        job.failed = {frame: _error(told) for frame, told in _failed.decode(failed).items()}
    elif known.kind not in KEPT_KINDS:
        message, hint = "The backend was restarted before this frame was there.", "Ask for it again."
        job.state, job.failure, job.ended_at = "failed", EmoGeneError(message, hint, "restarted"), time.time()
    return job


def _error(told: _Failure) -> EmoGeneError:
    code, message, hint = told
    return EmoGeneError(message, hint, code)

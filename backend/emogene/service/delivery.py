"""Brings jobs' results to those who watch them."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar

from emogene.render.output.exr_place import placed_in_film
from emogene.render.output.rates import film_rate
from emogene.service.actors import covered_to, described, offered_actors
from emogene.service.frame_store import FrameMissing, FrameStore
from emogene.service.jobs import Job
from emogene.service.live_stream import LiveStream
from emogene.service.outbox import LARGE, Outbox
from emogene.service.plans import ARRAYS, ROW_BYTES, PlanStore
from emogene.service.sessions import Reading, Watching
from emogene.values import Plan
from emogene.view_warnings import view_warnings
from emogene_proto.coverage import coverage_warnings
from emogene_proto.messages import (
    LONGEST_TEXT,
    ArraySpec,
    Done,
    Failed,
    FrameDone,
    FrameFailed,
    Progress,
    ShotPlanned,
    StreamFrame,
)

PROGRESS_SECONDS = 0.2
REFUSED_SECONDS = 0.2
"""Nothing is read again for a client sooner than that after it had no room."""
T = TypeVar("T")


class Disk(Protocol):
    """Where files are read, see disk_work.py."""

    def begin(self, work: Callable[..., Any], *args: Any) -> "Future[Any]":
        """Do this soon."""
        ...


class Delivery:
    """Brings jobs' results to those who watch them, as far as their credit goes."""

    def __init__(
        self,
        outbox: Outbox,
        frames: FrameStore,
        plans: PlanStore,
        actor_folders: tuple[Path, ...],
        redo: Callable[[Job, int], None],
        disk: Disk,
    ):
        """`redo` is told of a finished frame that is damaged or gone."""
        self._disk = disk
        self._outbox = outbox
        self._redo = redo
        self._frames = frames
        self._plans = plans
        self._actor_folders = actor_folders

    def deliver(self, watch: Watching) -> bool:
        """Send what there is to send now; True when the request is over."""
        job = watch.job
        if watch.run != job.run:
            watch.run, watch.position, watch.failures = job.run, 0, 0
        if job.failure is not None and job.ended and (job.state == "cancelled" or not job.failed):
            self.fail(watch, job.failure.code, job.failure.message, job.failure.hint)
            return True
        if job.kind == "plan":
            if job.state == "done":
                return self._send_plan(watch)
        elif job.live is not None:
            self._send_live(watch, job.live)
        else:
            self._send_frames(watch)
            self._tell_failures(watch)
        if job.ended and watch.position == len(job.finished) and watch.failures == len(job.failed):
            if job.failure is not None:
                self.fail(watch, job.failure.code, job.failure.message, job.failure.hint)
            else:
                self._outbox.send(watch.client, Done(id=watch.request))
            return True
        self._tell_progress(watch)
        return False

    def _send_frames(self, watch: Watching) -> None:
        """Finished frames as far as credit goes, up to one that has to be rendered again."""
        job = watch.job
        while watch.position < len(job.finished):
            frame = job.finished[watch.position]
            if frame not in watch.have and frame not in watch.sent and frame not in job.failed:
                if frame in job.lost:
                    watch.reading = None  # it was begun before that was known
                    return
                if watch.credit == 0 or not self._send_frame(watch, frame):
                    return
                watch.credit -= 1
                watch.sent.add(frame)
            watch.position += 1

    def _send_frame(self, watch: Watching, frame: int) -> bool:
        job, key = watch.job, watch.job.key_of(frame)
        try:
            content = self._read(watch, key, self._frame, job, frame, key)
        except FrameMissing:
            self._redo(job, frame)
            return False
        if content is None:
            return False
        event = FrameDone(
            id=watch.request,
            job=job.id,
            frame=frame,
            key=key,
            form="exr" if job.shot.output == "exr" else "png",
            done=len(job.finished) - len(job.lost),
            total=job.total,
        )
        return self._offered(watch, event, [content])

    def _frame(self, job: Job, frame: int, key: str) -> bytes:
        """A finished frame as it is sent, in another thread than the rest."""
        content = self._frames.read(key)
        if job.shot.output != "exr":
            return content
        return placed_in_film(content, frame, film_rate(job.shot.fps), job.film)

    def _read(self, watch: Watching, key: str, work: Callable[..., T], *args: Any) -> T | None:
        """What `work` finds on the disk under a key; None while it is read, and while the client has no room for it.

        Raises:
            EmoGeneError: whatever `work` raises.
        """
        if watch.reading is None or watch.reading.key != key:
            if not self._may_read(watch):
                return None
            watch.reading = Reading(key, self._disk.begin(work, *args))
        if not watch.reading.result.done():
            return None
        result, watch.reading = watch.reading.result, None
        return result.result()

    def _offered(self, watch: Watching, event: FrameDone | ShotPlanned, parts: list[bytes]) -> bool:
        """Whether the client takes what was read for it; else that is read again later: it would wait in memory."""
        taken = self._outbox.offer(watch.client, event, parts)
        watch.refused, watch.refused_at = 0 if taken else sum(map(len, parts)), time.monotonic()
        return taken

    def _may_read(self, watch: Watching) -> bool:
        if not watch.refused:
            return True
        if time.monotonic() - watch.refused_at < REFUSED_SECONDS:
            return False
        return self._outbox.has_room(watch.client, watch.refused)

    def _tell_failures(self, watch: Watching) -> None:
        job = watch.job
        for frame, error in list(job.failed.items())[watch.failures :]:
            event = FrameFailed(
                id=watch.request, job=job.id, frame=frame, code=error.code, message=error.message, hint=error.hint
            )
            if not self._outbox.offer(watch.client, event):
                return
            watch.failures += 1

    def _send_live(self, watch: Watching, live: LiveStream) -> None:
        """The newest pictures of a stream, as far as the client reads."""
        asked = live.pacer.size.asked
        while live.pictures:
            wanted, rgba, seconds = live.pictures[0]
            width, height = wanted.size
            note = "" if wanted.size == asked else _smaller(asked, wanted.size)
            event = StreamFrame(
                id=watch.request,
                frame=wanted.frame,
                width=width,
                height=height,
                skipped=wanted.skipped,
                seconds=seconds,
                note=note,
            )
            if not self._outbox.offer(watch.client, event, [rgba]):
                return
            live.pictures.popleft()
            live.pacer.sent()

    def _send_plan(self, watch: Watching) -> bool:
        """True when it is sent. The client has to read something else first: a plan of hours waits on the disk."""
        job = watch.job
        if watch.reading is None and not self._reads_plan(watch):
            return False
        found = self._read(watch, job.plan, self._planned, job, watch.request)
        if found is None:
            return False
        event, parts = found
        if isinstance(event, Failed):
            self._outbox.send(watch.client, event)
            return True
        if not self._offered(watch, event, parts):  # something else came between
            return False
        self._outbox.send(watch.client, Done(id=watch.request))
        return True

    def _planned(self, job: Job, request: int) -> tuple[ShotPlanned | Failed, list[bytes]]:
        """A finished plan as it is sent, in another thread than the rest."""
        stored = self._plans.read(job.plan, job.shot)
        if stored is None:
            message = "The finished plan is no longer in the cache."
            return Failed(id=request, code="plan_lost", message=message, hint="Plan again."), []
        plan = stored.plan
        event = ShotPlanned(
            id=request,
            job=job.id,
            frames=len(plan),
            fps=plan.fps,
            frame_start=plan.frame_start,
            arrays=tuple(ArraySpec(name, (len(plan), *row)) for name, row in ARRAYS.items()),
            note=stored.note[:LONGEST_TEXT],
            warnings=self._warnings(job, plan),
        )
        return event, [getattr(plan, name).tobytes() for name in ARRAYS]

    def _reads_plan(self, watch: Watching) -> bool:
        """Whether the client has room for a plan; of a large one it is told first that it is there."""
        job, size = watch.job, ROW_BYTES * watch.job.frame_count
        if size < LARGE:
            return True
        there = Progress(id=watch.request, job=job.id, done=100, total=100, stage=job.stage, reused=job.reused)
        return self._outbox.has_room(watch.client, size) and self._outbox.offer(watch.client, there)

    def _warnings(self, job: Job, plan: Plan) -> tuple[str, ...]:
        pack = offered_actors(self._actor_folders).get(job.shot.actor)
        if pack is None:
            return ()
        known = described(pack)
        views = () if known is None else view_warnings(job.shot, known, plan)
        return (*coverage_warnings(job.shot, covered_to(pack)), *views)

    def _tell_progress(self, watch: Watching) -> None:
        job = watch.job
        if job.live is not None and job.prepared:
            return
        rendering = job.prepared and job.kind != "plan"
        done = len(job.finished) - len(job.lost)
        now = (done, job.total, "rendering") if rendering else (int(100 * job.fraction), 100, job.stage)
        if now == watch.told or time.monotonic() - watch.told_at < PROGRESS_SECONDS:
            return
        done, total, stage = now
        event = Progress(id=watch.request, job=job.id, done=done, total=total, stage=stage, reused=job.reused)
        if self._outbox.offer(watch.client, event):
            watch.told, watch.told_at = now, time.monotonic()

    def fail(self, watch: Watching, code: str, message: str, hint: str) -> None:
        """The request is over without its result."""
        self._outbox.send(watch.client, Failed(id=watch.request, code=code, message=message, hint=hint))


def _smaller(asked: tuple[int, int], shown: tuple[int, int]) -> str:
    """Why pictures of a stream are smaller than asked for."""
    return f"Shown at {shown[0]}x{shown[1]} to keep up: {asked[0]}x{asked[1]} takes this computer too long."

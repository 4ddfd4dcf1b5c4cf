"""What the backend does with each request."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from emogene.service.access import LOCAL, Owner
from emogene.service.actors import actor_path
from emogene.service.clients import Clients
from emogene.service.disk_work import DiskWork
from emogene.service.frame_set import FrameSet
from emogene.service.job_limits import check_room
from emogene.service.jobs import Job
from emogene.service.limits import WATCHES
from emogene.service.live_pacer import Pacer
from emogene.service.live_stream import LiveStream
from emogene.service.outbox import Outbox
from emogene.service.overview import Overview
from emogene.service.scheduler import Scheduler, missing_audio
from emogene.service.sessions import Session, Watching
from emogene.service.stores import Stores
from emogene.service.uploads import begin_upload, take_piece
from emogene_proto.errors import BackendError, EmoGeneError, ProtocolError, ShotError
from emogene_proto.messages import (
    LONGEST_TEXT,
    PROTOCOL_VERSION,
    Accepted,
    AnyRequest,
    Cancel,
    CleanJobs,
    Credit,
    Done,
    Failed,
    GetStatus,
    Hello,
    JobKind,
    JobStatus,
    ListJobs,
    PlanShot,
    ReleaseMemory,
    RenderFrame,
    RenderRange,
    RetryJob,
    Shutdown,
    StreamClock,
    StreamFrames,
    Upload,
    Uploaded,
    UploadPiece,
    Watch,
)
from emogene_proto.shot_check import check
from emogene_proto.wire import Buffer, decode_request, greeting, version_error

log = logging.getLogger("emogene.service")


@dataclass
class Requests:
    """The clients, and the parts of the backend that serve them."""

    outbox: Outbox
    clients: Clients
    scheduler: Scheduler
    stores: Stores
    overview: Overview
    disk: DiskWork
    actor_folders: tuple[Path, ...]
    shut_down: Callable[[bool], None]
    """Called with whether jobs are to be finished first."""

    def __post_init__(self):
        self.ending = False
        """The backend finishes its jobs and takes no more."""

    def handle(self, client: bytes, owner: Owner, parts: Sequence[Buffer]) -> None:
        """Answer one message of somebody with an allowed key. Whatever it holds, nothing is raised."""
        request_id = 0
        session = self.clients.sessions.get(client)
        if session is not None and session.misread.empty:
            return  # it floods, or is broken: to answer each mistake would cost more than it does
        try:
            request, raw = self._read(client, parts)
            request_id = request.id
            self._dispatch(client, owner, request, raw)
        except EmoGeneError as error:
            if session is not None and not session.misread.take(1.0 + sum(map(len, parts)) / 2**20):
                name = session.name
                log.warning(
                    "%s sends too many wrong messages and is not answered for a while", name, extra={"client": name}
                )
            request_id = request_id or _id_of(parts)
            message, hint = error.message[:LONGEST_TEXT], error.hint[:LONGEST_TEXT]
            self.outbox.send(client, Failed(id=request_id, code=error.code, message=message, hint=hint))
        except Exception:  # one bad request must not end the backend; the log has the traceback
            log.exception("a request failed", extra={"client": session.name} if session else None)
            message, hint = "The backend met an error of its own.", "Look into its log, and report it please."
            self.outbox.send(client, Failed(id=request_id, code="internal", message=message, hint=hint))

    def _read(self, client: bytes, parts: Sequence[Buffer]) -> tuple[AnyRequest, list[Buffer]]:
        """The request; Hello is judged here. What comes before it is skimmed, not read."""
        spoken = greeting(parts[0]) if parts else None
        if spoken is not None and spoken[0] != PROTOCOL_VERSION:
            raise version_error(spoken[0], "add-on", "backend")
        not_open = ProtocolError("The connection has not been opened.", "Connect again.", "refused")
        if spoken is None and client not in self.clients.sessions:
            raise not_open
        request, raw = decode_request(parts)
        if isinstance(request, Hello):
            # zmq's own identities begin with a zero byte and are never used twice; others could be taken over
            if client[:1] != b"\0":
                raise ProtocolError("The client chose its socket's identity.", "Leave that to ZeroMQ.", "refused")
        elif client not in self.clients.sessions:
            raise not_open
        return request, raw

    def _dispatch(self, client: bytes, owner: Owner, request: AnyRequest, raw: list[Buffer]) -> None:
        if isinstance(request, Hello):
            self.clients.hello(client, owner, request)
            return
        session = self.clients.sessions[client]
        session.heard = time.monotonic()
        if raw and not isinstance(request, UploadPiece):
            raise ProtocolError("A message has parts that do not belong to it.", "Update the add-on.")
        match request:
            case Upload():
                self.outbox.send(client, begin_upload(request, session, self.clients.sessions.values(), self.stores))
            case UploadPiece():
                if answer := take_piece(request, raw, session, self.stores):
                    self.outbox.send(client, answer)
                    if isinstance(answer, Uploaded):
                        self.disk.begin_sync(self.stores.blobs.sync, answer.sha256)
            case PlanShot():
                self._submit(client, session, request.id, session.job("plan", request.shot))
            case RenderRange():
                job = session.job("render", request.shot, request.first, request.last)
                self._submit(client, session, request.id, job, request.credit)
            case RenderFrame():
                job = session.job("frame", request.shot, request.frame, request.frame)
                self._submit(client, session, request.id, job, credit=1)
            case StreamFrames():
                self._stream(client, session, request)
            case StreamClock():
                watch = session.watches.get(request.to)
                if watch and watch.job.live:
                    watch.job.live.pacer.tell(request.frame, request.playing, request.received)
            case Watch():
                self._watch(client, session, request)
            case Credit():
                if watch := session.watches.get(request.to):
                    watch.credit += request.frames
            case Cancel():
                self.scheduler.cancel(self._own(session, request.job))
                self.outbox.send(client, Done(id=request.id))
            case ListJobs() | JobStatus() | RetryJob() | CleanJobs() | GetStatus() | ReleaseMemory():
                if isinstance(request, RetryJob):
                    self._check_owner(session, request.job)
                    self._check_not_ending()
                elif isinstance(request, JobStatus):
                    self._check_owner(session, request.job)
                elif isinstance(request, CleanJobs | ReleaseMemory):
                    _only_local(owner, "clean it")
                whose = None if owner.key == LOCAL else owner.key
                self.outbox.send(client, self.overview.answer(request, len(self.clients.sessions), whose))
            case Shutdown():
                _only_local(owner, "end it")
                self.outbox.send(client, Done(id=request.id))
                self.shut_down(request.finish_jobs)

    def _submit(self, client: bytes, session: Session, request_id: int, job: Job, credit: int = 0) -> None:
        check(job.shot)
        self._check_not_ending()
        if job.first > job.last:
            raise ShotError(f"Frames {job.first} to {job.last} are no range.", "Give the first frame first.")
        check_room(job, self.scheduler.jobs.active())
        if self.stores.blobs.recordings(job.shot) is None:
            raise missing_audio()
        if job.kind != "plan":
            self.stores.blobs.picture(job.shot)
        actor_path(job.shot.actor, self.actor_folders)
        self._check_new_watch(session, request_id)
        self._supersede(session, job.kind)
        self.scheduler.submit(job)
        self._begin_watch(session, Watching(client, request_id, job, credit, run=job.run))

    def _supersede(self, session: Session, kind: JobKind) -> None:
        """Of frames on demand and streams a client has one: earlier ones are not where its playhead is any more."""
        for watch in session.watches.values():
            if kind == "frame" == watch.job.kind:
                self.scheduler.supersede(watch.job)
        if kind == "stream":
            self.clients.end_streams(session)

    def _stream(self, client: bytes, session: Session, request: StreamFrames) -> None:
        shot, size = request.shot, (request.width, request.height)
        check(shot)  # its rate paces the stream
        pacer = Pacer(shot.fps, range(request.first, request.last + 1), size)
        job = session.job("stream", shot, request.first, request.last, LiveStream(pacer))
        self._submit(client, session, request.id, job)

    def _watch(self, client: bytes, session: Session, request: Watch) -> None:
        job = self._own(session, request.job)
        if job.live is not None:
            raise ProtocolError("A stream goes to the client that began it only.", "Begin another stream.")
        self._check_new_watch(session, request.id)
        if (job.state == "done" or job.failed) and job.ended and not job.prepared:
            # It ended before the backend was restarted: its frames are looked up again, and failed ones tried again.
            self._check_not_ending()
            self.scheduler.again(job)
        have = FrameSet(job.first, job.last, request.have)
        self._begin_watch(session, Watching(client, request.id, job, request.credit, have, run=job.run))

    def _own(self, session: Session, job_id: str) -> Job:
        """A job that this client may watch, stop and try again: its own, or any for the backend's own user.

        Raises:
            ProtocolError: there is none, or it is somebody else's.
        """
        self._check_owner(session, job_id)
        return self.scheduler.jobs.get(job_id)

    def _check_owner(self, session: Session, job_id: str) -> None:
        if session.owner.key not in (LOCAL, self.scheduler.jobs.owner(job_id)):
            raise ProtocolError("This job is somebody else's.", "Ask whoever runs the backend.", "refused")

    def _check_not_ending(self) -> None:
        if self.ending:
            raise BackendError("The backend is about to end.", "Start it again, then ask again.", code="ending")

    def _check_new_watch(self, session: Session, request_id: int) -> None:
        if request_id in session.watches:
            raise ProtocolError("Two requests have the same id.", "Update the add-on.")
        if len(session.watches) >= WATCHES:
            raise ProtocolError(f"More than {WATCHES} requests are open.", "Wait for some.", "busy")

    def _begin_watch(self, session: Session, watch: Watching) -> None:
        session.watches[watch.request] = watch
        self.outbox.send(watch.client, Accepted(id=watch.request, job=watch.job.id))


def _only_local(owner: Owner, what: str) -> None:
    if owner.key != LOCAL:
        message = f"Only this backend's own user may {what}."
        raise ProtocolError(message, "Ask whoever runs the backend.", "refused")


def _id_of(parts: Sequence[Buffer]) -> int:
    """The id in a message that cannot be read otherwise; 0 if there is none."""
    spoken = greeting(parts[0]) if parts else None
    return spoken[1] if spoken is not None and 0 <= spoken[1] < 2**53 else 0

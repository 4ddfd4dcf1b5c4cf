"""What a client asks. A request carries an `id` that its client chose; docs/protocol.md tells the conversation."""

from typing import Annotated

import msgspec

from .message_fields import Count, FrameNumber, Frames, JobId, RequestId, Seconds, Sha256, StreamSide, Text
from .shot import Shot


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """What a client asks. `Client.send` fills in the id."""

    id: RequestId = 0


class Hello(Request, frozen=True, tag="hello"):
    """First message of a connection. Answered by Welcome, or by Failed, after which nothing else is answered.

    In every version of the protocol this message has `type`, `id` and `protocol`, so that a refusal can be clear.
    """

    protocol: Count
    client: Text = ""
    """Who asks, for lists and the log, e.g. "Blender 5.0.1"."""
    parent: Count = 0
    """Process of this computer that takes a backend over whose own parent is gone: it ends after this one then."""


class Upload(Request, frozen=True, tag="upload"):
    """Bring a file to the backend, named by its content. Answered by Uploaded at once if the backend has it already,
    else by UploadReady; then pieces follow."""

    sha256: Sha256
    size: Count


class UploadPiece(Request, frozen=True, tag="upload_piece"):
    """One piece of the upload with the same id; its bytes are part 2. Answered by UploadProgress, at the end by
    Uploaded, or by Failed where the bytes do not have the promised hash."""

    offset: Count


class PlanShot(Request, frozen=True, tag="plan_shot"):
    """Ask for landmarks, weights, poses and gaze of a whole shot; goes before queued renders.
    Answered by Accepted, Progress, ShotPlanned with its arrays, Done."""

    shot: Shot


class RenderRange(Request, frozen=True, tag="render_range"):
    """Render frames `first` to `last`, both included, numbered as in Blender: the audio begins at `shot.frame_start`.
    Answered by Accepted, Progress, a FrameDone for each frame, Done."""

    shot: Shot
    first: FrameNumber
    last: FrameNumber
    credit: Frames = 8
    """So many frames may be sent before the client gives more with Credit."""


class RenderFrame(Request, frozen=True, tag="render_frame"):
    """Render one frame now, before everything queued. Answered by Accepted, FrameDone, Done.

    Of a client's only the newest counts: an older one that has not begun gets Failed, code "superseded"."""

    shot: Shot
    frame: FrameNumber


class Credit(Request, frozen=True, tag="credit"):
    """Allow `frames` more FrameDone events of request `to`. Not answered."""

    to: RequestId
    frames: Frames


class StreamFrames(Request, frozen=True, tag="stream_frames"):
    """Show frames `first` to `last` while they are played or scrubbed: tell where the playhead is with StreamClock.

    Answered by Accepted, Progress while the shot is planned, StreamFrame for each picture, and Done when its job is
    cancelled. A client has one stream: a new one ends the former. Streams end with their client, and are not kept.
    """

    shot: Shot
    first: FrameNumber
    last: FrameNumber
    width: StreamSide
    height: StreamSide


class StreamClock(Request, frozen=True, tag="stream_clock"):
    """Where the playhead of stream `to` is now; tell it some twenty times a second while it moves. Not answered."""

    to: RequestId
    frame: Annotated[float, msgspec.Meta(gt=-(2**31), lt=2**31)]
    """Numbered as in Blender; with a fraction between frames."""
    playing: bool
    """False where it stands: then one picture of this frame is wanted, and none in advance."""
    received: Count = 0
    """So many pictures of this stream the client has had; far more are not sent."""


class Cancel(Request, frozen=True, tag="cancel"):
    """Stop a job within one frame; finished frames stay. Answered by Done; who watches it gets Failed "cancelled"."""

    job: JobId


class Watch(Request, frozen=True, tag="watch"):
    """Receive a job's results again, e.g. after Blender was restarted. Answered as the request that made the job."""

    job: JobId
    credit: Frames = 8
    have: Annotated[tuple[FrameNumber, ...], msgspec.Meta(max_length=1_000_000)] = ()
    """Frames that the client holds already; they are not sent again."""


class ListJobs(Request, frozen=True, tag="list_jobs"):
    """Answered by Jobs, newest first."""

    active: bool = False
    """Only those that have not ended."""
    limit: Count = 10_000
    """So many at most."""


class JobStatus(Request, frozen=True, tag="job_status"):
    """Answered by Jobs with this one job."""

    job: JobId


class RetryJob(Request, frozen=True, tag="retry_job"):
    """Do a failed or cancelled job again: its finished frames stay, those that failed are rendered anew.
    Answered by Done; Watch brings the results."""

    job: JobId


class CleanJobs(Request, frozen=True, tag="clean_jobs"):
    """Forget jobs that ended; with `frame_bytes` let frames go, too. Answered by Cleaned."""

    older_than_seconds: Seconds = 0.0
    """Only those that ended so long ago."""
    keep: Count = 0
    """So many of the newest stay in any case."""
    frame_bytes: Count | None = None
    """Shrink the frame store to this size too; frames of jobs that have not ended stay."""


class GetStatus(Request, frozen=True, tag="get_status"):
    """How busy the backend is. Answered by Status."""


class ReleaseMemory(Request, frozen=True, tag="release_memory"):
    """Let go of plans, actors and compiled engines that are kept for the next job. Answered by Done."""


class Shutdown(Request, frozen=True, tag="shutdown"):
    """End the backend. Answered by Done."""

    finish_jobs: bool = False
    """First finish all jobs; otherwise unfinished renders go on when a backend starts again."""


AnyRequest = (
    Hello
    | Upload
    | UploadPiece
    | PlanShot
    | RenderRange
    | RenderFrame
    | StreamFrames
    | StreamClock
    | Credit
    | Cancel
    | Watch
    | ListJobs
    | JobStatus
    | RetryJob
    | CleanJobs
    | GetStatus
    | ReleaseMemory
    | Shutdown
)

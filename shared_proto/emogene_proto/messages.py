"""Every message of the protocol: requests go from a client to the backend, events come back.

A request carries an `id` that its client chose; every event that answers it carries the same `id`. A request is over
when an event of `LAST_EVENTS` with its id arrives. Arrays, audio and pictures never sit inside a message: they
follow it as raw parts (see wire.py). docs/protocol.md tells the conversation.
"""

from typing import Annotated, Literal

import msgspec

from .shot import Shot

PROTOCOL_VERSION = 4

RequestId = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
JobId = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{12}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, lt=2**40)]
FrameNumber = Annotated[int, msgspec.Meta(gt=-(2**31), lt=2**31)]
Frames = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
StreamSide = Annotated[int, msgspec.Meta(ge=16, le=1024)]
LONGEST_TEXT = 2000
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """What a client asks. `Client.send` fills in the id."""

    id: RequestId = 0


class Hello(Request, frozen=True, tag="hello"):
    """First message of a connection. Answered by Welcome, or by Failed, after which nothing else is answered.

    In every version of the protocol this message has `type`, `id` and `protocol`, so that a refusal can be clear.
    """

    protocol: Count
    token: Text
    """The secret from the connection file; it shows that the client belongs to the backend's own user."""
    client: Text = ""
    """Who asks, for the log, e.g. "Blender 5.0.1"."""


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
    have: tuple[FrameNumber, ...] = ()
    """Frames that the client holds already; they are not sent again."""


class ListJobs(Request, frozen=True, tag="list_jobs"):
    """Answered by Jobs, newest first."""


class JobStatus(Request, frozen=True, tag="job_status"):
    """Answered by Jobs with this one job."""

    job: JobId


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
    | Shutdown
)


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """What the backend answers; `id` is the request's."""

    id: RequestId


class ActorCoverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How strong an actor's emotions may be before they look wrong."""

    actor: Text
    """One of Welcome's `actors`."""
    covered_to: dict[Text, float]
    """For each emotion the intensity times strength, 0 to 2, up to which its faces are like those that the actor was
    pictured with; `coverage.coverage_warnings` compares a shot with it."""


class Welcome(Event, frozen=True, tag="welcome"):
    """The connection stands. Comes at once; comes again with `ready` true when the renderer has started.

    In every version of the protocol this message has `type`, `id` and `protocol`.
    """

    protocol: Count
    version: Text
    """The backend's own version."""
    ready: bool
    """False while the renderer still starts; requests are accepted and wait."""
    actors: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    device: Text = ""
    """What renders, for people, e.g. "CPU, 8 cores"."""
    memory_bytes: Count = 0
    coverage: tuple[ActorCoverage, ...] = ()
    """Of those actors whose packs tell it."""
    problem: Text = ""
    """Why nothing can be rendered, if so."""


class UploadReady(Event, frozen=True, tag="upload_ready"):
    """Send pieces of at most `piece_bytes`, in order, with at most `window` of them unanswered."""

    piece_bytes: Count
    window: Count


class UploadProgress(Event, frozen=True, tag="upload_progress"):
    """So many bytes have arrived."""

    received: Count
    size: Count


class Uploaded(Event, frozen=True, tag="uploaded"):
    """The backend has this content and has checked its hash."""

    sha256: Sha256


class Accepted(Event, frozen=True, tag="accepted"):
    """The request is now this job. It belongs to the backend: the connection may end, the job goes on."""

    job: JobId


class Progress(Event, frozen=True, tag="progress"):
    """How far a job is. Some steps may be left out; the last one is never late by more than a second."""

    job: JobId
    done: Count
    total: Count
    """0 while nobody knows."""
    stage: Text
    """queued, starting, planning, rendering, or a finer word for people."""


class ArraySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One array that follows as raw little-endian bytes, C order."""

    name: Text
    shape: tuple[Count, ...]
    dtype: Literal["float32"] = "float32"


class ShotPlanned(Event, frozen=True, tag="shot_planned"):
    """A planned shot of `frames` rows; row 0 is frame `frame_start`. One part follows for each of `arrays`, in order:
    landmarks (T, 68, 3) metres in the canonical head frame, weights (T, 8), poses (T, 4, 4) head to world,
    gaze (T, 2) radians."""

    job: JobId
    frames: Count
    fps: float
    frame_start: FrameNumber
    arrays: tuple[ArraySpec, ...]
    note: Text = ""
    """For the artist, where the recording is not all that it claims to be, e.g. it breaks off."""
    warnings: tuple[Text, ...] = ()
    """For the artist, of what will look wrong when it is rendered: a sentence for each emotion that the actor's
    pictures do not cover as strong as the shot has it."""


class FrameDone(Event, frozen=True, tag="frame_done"):
    """One finished frame; part 2 is its file. Frames may come in any order."""

    job: JobId
    frame: FrameNumber
    key: Sha256
    """Names the content: equal key, equal bytes."""
    done: Count
    total: Count
    form: Literal["png", "exr"] = "png"
    """The file's: the shot's `output`. PNG is 8-bit sRGB with straight alpha; EXR scene-linear half floats,
    premultiplied, and depth in metres."""


class StreamFrame(Event, frozen=True, tag="stream_frame"):
    """One picture of a stream; part 2 is its pixels, `height` rows of `width` times 4 bytes from the upper left: 8-bit
    sRGB with straight alpha, as in a PNG file. Numbers rise until the playhead is moved by hand."""

    frame: FrameNumber
    width: Count
    height: Count
    """Of this picture: smaller than asked for where larger ones would come too late."""
    skipped: Count
    """Frames left out since the last picture, because they would have come too late."""
    seconds: float
    """How long it took, from asking the renderer to having it."""
    note: Text = ""
    """For the artist, where the size was lowered to keep up."""


class JobInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One job, for lists."""

    job: JobId
    kind: Literal["plan", "render", "frame", "stream"]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: Count
    total: Count
    """Frames, 0 for plans and while nobody knows."""
    reused: Count
    """Frames that were there already and were not rendered again."""
    first: FrameNumber
    last: FrameNumber
    actor: Text
    shot_sha256: Sha256
    created: float
    """Seconds since 1970."""
    failure: Text = ""


class Jobs(Event, frozen=True, tag="jobs"):
    """Jobs that the backend knows, newest first."""

    jobs: tuple[JobInfo, ...]


class Done(Event, frozen=True, tag="done"):
    """The request is finished."""


class Failed(Event, frozen=True, tag="failed"):
    """The request is over without a result. Id 0 where the request could not be read."""

    code: Text
    message: str
    """One sentence for the artist."""
    hint: str
    """What to do next."""


AnyEvent = (
    Welcome
    | UploadReady
    | UploadProgress
    | Uploaded
    | Accepted
    | Progress
    | ShotPlanned
    | FrameDone
    | StreamFrame
    | Jobs
    | Done
    | Failed
)

LAST_EVENTS = (Done, Failed, Uploaded, Jobs)
"""After one of these a request is over."""

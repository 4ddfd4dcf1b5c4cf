"""What the backend answers. Every event carries the `id` of the request that it answers."""

from typing import Literal

import msgspec

from .message_fields import Count, FrameNumber, JobId, RequestId, Sha256, Text


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
    reused: Count = 0
    """Of those done, frames that were there already."""


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


class FrameFailed(Event, frozen=True, tag="frame_failed"):
    """One frame could not be rendered, tried several times; the others go on, and the job ends with Failed."""

    job: JobId
    frame: FrameNumber
    code: Text
    message: Text
    hint: Text


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


JobState = Literal["submitted", "planned", "rendering", "done", "failed", "cancelled"]
ENDED = ("done", "failed", "cancelled")
JobKind = Literal["plan", "render", "frame", "stream"]
Priority = Literal["on_demand", "preview", "final"]
"""What goes first: frames at the playhead, plans and streams; renders of quality draft and preview; final renders."""


class JobInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One job, for lists."""

    job: JobId
    kind: JobKind
    state: JobState
    done: Count
    total: Count
    """Frames, 0 for plans and while nobody knows."""
    reused: Count
    """Frames that were there already and were not rendered again, its own of before a restart among them."""
    first: FrameNumber
    last: FrameNumber
    actor: Text
    shot_sha256: Sha256
    created: float
    """Seconds since 1970, as `started` and `ended`."""
    started: float = 0.0
    """0 while it waits."""
    ended: float = 0.0
    """0 while it has not."""
    priority: Priority = "final"
    client: Text = ""
    """Who asked for it."""
    failed: Count = 0
    """Frames that could not be rendered."""
    render_seconds: float = 0.0
    """Spent by workers on its frames."""
    bytes: Count = 0
    """Of the files that were rendered for it since it was last begun; reused frames are not among them."""
    failure: Text = ""


class Jobs(Event, frozen=True, tag="jobs"):
    """Jobs that the backend knows, newest first."""

    jobs: tuple[JobInfo, ...]


class Cleaned(Event, frozen=True, tag="cleaned"):
    """So many jobs were forgotten. Frames of so many bytes go soon, as far as no job that goes on needs them."""

    jobs: Count
    bytes: Count


class WorkerInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One worker process."""

    pid: Count
    """0 while it is being started."""
    doing: Text
    """starting, idle, planning, rendering, live, or why it cannot start."""
    memory_bytes: Count
    """Resident; 0 where the system does not say."""
    restarts: Count
    """How often it ended and was started again, over a cancelled frame too."""


class Status(Event, frozen=True, tag="status"):
    """How busy the backend is."""

    frames_per_second: float
    """Rendered during the last ten seconds, by all workers."""
    frames_waiting: Count
    jobs_waiting: Count
    """Jobs that have not ended."""
    clients: Count
    memory_bytes: Count
    """Resident in the backend and its workers."""
    frame_bytes: Count
    """In the frame store; `frame_quota_bytes` is the most that is kept."""
    frame_quota_bytes: Count
    uptime_seconds: float
    workers: tuple[WorkerInfo, ...]


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
    | FrameFailed
    | StreamFrame
    | Jobs
    | Cleaned
    | Status
    | Done
    | Failed
)

LAST_EVENTS = (Done, Failed, Uploaded, Jobs, Cleaned, Status)
"""After one of these a request is over."""

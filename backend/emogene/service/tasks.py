"""What the server and its worker process say to each other, over a loopback socket of their own."""

from typing import Any

import msgspec

from emogene_proto.shot import Shot


class Task(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """Work for the worker, which does one task at a time."""

    task: int
    job: str = ""
    """For the log."""


class Prepare(Task, frozen=True, tag="prepare"):
    """Plan a shot unless its plan is stored. Answered by Prepared."""

    shot: Shot
    recordings: tuple[str, ...]
    """Where the files of `shot.recordings` lie."""
    with_keys: bool
    """Also start the renderer and name every frame's key."""
    needed: tuple[str, ...] = ()
    """Keys of the plans of other jobs, which must stay stored."""


class Render(Task, frozen=True, tag="render"):
    """Render one row of a plan into the frame store. Answered by Rendered."""

    shot: Shot
    plan: str
    row: int
    key: str


class RenderLive(Task, frozen=True, tag="render_live"):
    """Render one row of a plan at this size (width, height) for a stream. Answered by LiveRendered."""

    shot: Shot
    plan: str
    row: int
    size: tuple[int, int]


class Stop(Task, frozen=True, tag="stop"):
    """Give up a task, as soon as it can be; it still gets its answer."""


class Release(Task, frozen=True, tag="release"):
    """Let go of the plans and pictures that are kept for the next task. Not answered."""


class Ready(msgspec.Struct, frozen=True, tag="ready", tag_field="type"):
    """The worker has started."""

    token: str


BEGUN = "begun"


class Stage(Task, frozen=True, tag="stage"):
    """How far a task is; its first one says that it is BEGUN."""

    fraction: float
    stage: str


class Prepared(Task, frozen=True, tag="prepared"):
    """The plan is stored under `plan`. With keys, part 2 is 32 bytes a frame."""

    plan: str
    frames: int
    film: str = ""
    """The shot's hash as its pictures' files have it; with keys only."""


class Rendered(Task, frozen=True, tag="rendered"):
    """The frame is stored."""

    seconds: float
    """It took, with its file."""
    size: int
    """Bytes of the file."""


class LiveRendered(Task, frozen=True, tag="live_rendered"):
    """Part 2 is the picture: rows of 8-bit sRGB with straight alpha."""


class TaskFailed(Task, frozen=True, tag="task_failed"):
    """The task ended without result."""

    code: str
    message: str
    hint: str


ToWorker = Prepare | Render | RenderLive | Stop | Release
FromWorker = Ready | Stage | Prepared | Rendered | LiveRendered | TaskFailed

_encoder = msgspec.msgpack.Encoder()
_to_worker = msgspec.msgpack.Decoder(ToWorker)
_from_worker = msgspec.msgpack.Decoder(FromWorker)


def encode(message: ToWorker | FromWorker) -> bytes:
    return _encoder.encode(message)


def decode_to_worker(part: Any) -> ToWorker:
    return _to_worker.decode(part)


def decode_from_worker(part: Any) -> FromWorker:
    return _from_worker.decode(part)


class WorkerSetup(msgspec.Struct, frozen=True):
    """What a worker process is told on its standard input when it starts; its end of file tells it to leave."""

    address: str
    server_key: str
    """The server socket's public key, which only the worker is told: nobody else can begin a conversation with it."""
    token: str
    cache_folder: str
    actor_folders: tuple[str, ...]
    threads: int = 0
    """So many CPU threads; 0 is all."""

"""Jobs: what clients asked for, and how far each has come. They belong to the backend, not to a connection."""

import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from emogene.service.live_stream import LiveStream
from emogene_proto.errors import EmoGeneError
from emogene_proto.frame_runs import frame_runs
from emogene_proto.messages import ENDED, JobInfo, JobKind, JobState, Priority
from emogene_proto.shot import Shot
from emogene_proto.shot_document import shot_hash

KEPT_KINDS = ("plan", "render")
"""Those that go on when the backend was restarted; a frame at the playhead is asked for anew."""


@dataclass(eq=False)
class Job:
    """One piece of work and how far it has come."""

    kind: JobKind
    shot: Shot
    first: int
    last: int
    """Frames as numbered in Blender, both included; not used by plans."""
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    created: float = field(default_factory=time.time)
    client: str = ""
    """Who asked, for people."""
    owner: str = ""
    """Who asked, for fairness: jobs of one owner wait for each other."""
    state: JobState = "submitted"
    failure: EmoGeneError | None = None
    run: int = 0
    """How often it was begun anew: what workers still have of an earlier run counts no more."""
    started: float = 0.0
    ended_at: float = 0.0
    stage: str = "queued"
    fraction: float = 0.0
    """How far a plan is, 0 to 1."""
    preparing: bool = False
    """A worker plans it."""
    plan: str = ""
    """Key of the finished plan."""
    planned: int = 0
    """How often it was planned: its plan may be removed meanwhile."""
    frame_count: int = 0
    """Rows of the finished plan."""
    keys: bytes = b""
    """32 bytes for each row of the plan; empty until the renderer is ready."""
    film: str = ""
    """The shot's hash for its pictures' files."""
    pending: deque[int] = field(default_factory=deque)
    """Frames still to be rendered or found in the store; filled when the shot is prepared."""
    working: set[int] = field(default_factory=set)
    """Frames that workers have."""
    finished: list[int] = field(default_factory=list)
    """Frames in the order in which they were finished."""
    lost: set[int] = field(default_factory=set)
    """Finished frames whose files turned out damaged or gone; they are rendered again."""
    failed: dict[int, EmoGeneError] = field(default_factory=dict)
    """Frames that could not be rendered."""
    given_back: set[int] = field(default_factory=set)
    """Frames that a worker had when it died; it may have written them."""
    attempts: dict[int, int] = field(default_factory=dict)
    """How often a frame was given up, by its worker's end or an error; outcomes.py counts planning here, too."""
    reused: int = 0
    render_seconds: float = 0.0
    """Of all its runs."""
    run_seconds: float = 0.0
    run_frames: int = 0
    """Rendered in this run, in so many seconds."""
    file_bytes: int = 0
    """Of the frames that were rendered for it."""
    live: LiveStream | None = None
    """What a stream is about; None for all others."""
    superseded: bool = False
    """A newer frame was asked for: where this one is not being rendered yet, it will not be."""

    @property
    def total(self) -> int:
        return self.last - self.first + 1 if self.needs_keys else 0

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

    @property
    def priority(self) -> Priority:
        """What goes first: the playhead, then previews, then finals."""
        if self.kind != "render":
            return "on_demand"
        return "final" if self.shot.quality == "final" else "preview"

    @property
    def frame_seconds(self) -> float:
        """How long a frame of it took in the mean; 0 while nobody knows."""
        return self.run_seconds / self.run_frames if self.run_frames else 0.0

    def rendered_one(self, seconds: float) -> None:
        """A worker has rendered a frame of it, whatever becomes of that."""
        self.render_seconds += seconds
        self.run_seconds += seconds
        self.run_frames += 1

    @cached_property
    def shot_sha256(self) -> str:
        """Of the shot's document: a shot of hours takes tenths of a second, and a list of jobs asks for all."""
        return shot_hash(self.shot)

    @cached_property
    def shot_bytes(self) -> int:
        """Of the shot as encoded; in memory it takes about six times as much."""
        return len(msgspec.msgpack.encode(self.shot))

    def key_of(self, frame: int) -> str:
        row = frame - self.shot.frame_start
        return self.keys[32 * row : 32 * row + 32].hex()

    def needed(self) -> bytes:
        """32 bytes for each upload and each frame that must stay while it goes on."""
        picture = self.shot.background.picture
        uploads = dict.fromkeys(part.audio.sha256 for part in self.shot.recordings)
        if picture is not None:
            uploads[picture.sha256] = None
        row = self.first - self.shot.frame_start
        frames = self.keys[32 * row : 32 * (row + self.total)] if row >= 0 else b""
        return b"".join(bytes.fromhex(sha256) for sha256 in uploads if len(sha256) == 64) + frames

    def restart(self) -> None:
        """Back into the queue, to name its frames again; those in the store will be found there."""
        self.run += 1
        self.run_seconds, self.run_frames = 0.0, 0
        self.state, self.stage, self.failure, self.ended_at = "submitted", "queued", None, 0.0
        self.keys, self.plan, self.reused, self.preparing, self.file_bytes = b"", "", 0, False, 0
        for kept in (self.pending, self.working, self.finished, self.lost, self.failed, self.attempts, self.given_back):
            kept.clear()

    def info(self) -> JobInfo:
        return JobInfo(
            job=self.id,
            kind=self.kind,
            state=self.state,
            done=len(self.finished) - len(self.lost),
            total=self.total,
            reused=self.reused,
            first=self.first,
            last=self.last,
            actor=self.shot.actor,
            shot_sha256=self.shot_sha256,
            created=self.created,
            started=self.started,
            ended=self.ended_at,
            priority=self.priority,
            client=self.client,
            failed=len(self.failed),
            render_seconds=self.render_seconds,
            bytes=self.file_bytes,
            failure=self.failure.message if self.failure else "",
        )


def frame_names(frames: list[int], most: int = 8) -> str:
    """Frames in words: "7, 9 to 12 and 30"; after so many groups "and 12 more"."""
    groups = frame_runs(frames)
    words = [f"{a}" if a == b else f"{a} to {b}" if b > a + 1 else f"{a}, {b}" for a, b in groups[:most]]
    more = sum(b - a + 1 for a, b in groups[most:])
    if more:
        return f"{', '.join(words)} and {more} more"
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]

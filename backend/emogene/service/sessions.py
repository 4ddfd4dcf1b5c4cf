"""Clients that have said hello, and what each one watches."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from emogene.service.access import LOCAL, Owner
from emogene.service.blobs import IncomingBlob
from emogene.service.frame_set import FrameSet
from emogene.service.jobs import Job
from emogene.service.limits import BAD_MESSAGES, BAD_MESSAGES_A_SECOND, Tokens
from emogene.service.live_stream import LiveStream
from emogene_proto.messages import JobKind
from emogene_proto.shot import Shot


class Reading(NamedTuple):
    """What is being read from the disk for a client."""

    key: str
    """Of the frame or the plan."""
    result: Future[Any]


@dataclass
class Watching:
    """One request of a client whose answers are a job's results."""

    client: bytes
    request: int
    job: Job
    credit: int
    have: FrameSet = FrameSet()
    position: int = 0
    """So many of the job's finished frames are sent or skipped."""
    sent: set[int] = field(default_factory=set)
    run: int = 0
    """Of the job; when it is begun anew its frames are finished in another order."""
    told: tuple[int, int, str] = (0, 0, "queued")
    told_at: float = 0.0
    failures: int = 0
    """So many of the job's failed frames are told."""
    reading: Reading | None = None
    """What is sent to it next."""
    refused: int = 0
    """Bytes that its client had no room for when they had been read."""
    refused_at: float = 0.0


@dataclass
class Session:
    """One client."""

    name: str
    hello: int
    """Id of its Hello."""
    owner: Owner
    """Whose key it came with."""
    number: int = 0
    """Of the clients that this backend has had."""
    misread: Tokens = field(default_factory=lambda: Tokens(BAD_MESSAGES, BAD_MESSAGES_A_SECOND))
    """Of messages that cannot be read, or that ask for what is not there."""
    heard: float = field(default_factory=time.monotonic)
    watches: dict[int, Watching] = field(default_factory=dict)
    uploads: dict[int, IncomingBlob] = field(default_factory=dict)
    parent: int = 0
    """Process of this computer with which the backend would end, 0 for none."""

    @property
    def whose(self) -> str:
        """Who waits for whom: somebody on another computer has one turn, however many connections there are."""
        return f"{self.name} {self.number}" if self.owner.key == LOCAL else self.owner.key

    @property
    def reading(self) -> bool:
        """Whether something is on its way to it from the disk."""
        return any(watch.reading is not None for watch in self.watches.values())

    def job(self, kind: JobKind, shot: Shot, first: int = 0, last: int = 0, live: LiveStream | None = None) -> Job:
        """A job that this client asks for."""
        return Job(kind, shot, first, last, client=self.name, owner=self.whose, live=live)

    def discard_uploads(self) -> None:
        for upload in self.uploads.values():
            upload.discard()
        self.uploads.clear()

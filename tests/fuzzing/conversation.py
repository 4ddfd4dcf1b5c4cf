"""A real conversation as it went over the wire, and broken copies of it."""

import random
from collections.abc import Sequence
from pathlib import Path

from running_backend import answers, ask, listen, of_type

from emogene_proto.client import Client, ConnectionState
from emogene_proto.connection import Connection
from emogene_proto.messages import (
    Accepted,
    Cancel,
    CleanJobs,
    GetStatus,
    JobStatus,
    ListJobs,
    PlanShot,
    ReleaseMemory,
    RenderFrame,
    RenderRange,
    RetryJob,
    StreamClock,
    StreamFrame,
    StreamFrames,
    Watch,
)
from emogene_proto.shot import Shot
from emogene_proto.wire import Buffer

from .hostile import damaged
from .messages import harmless

Message = list[Buffer]


class RecordedClient(Client):
    """Keeps what it sends."""

    sent: list[Message]

    def _try_send(self, message: list[Buffer]) -> bool:
        gone = super()._try_send(message)
        if gone:
            self.sent.append([bytes(part) for part in message])
        return gone


def record(connection: Connection, voice: Path, shot: Shot) -> tuple[list[Message], str]:
    """A conversation with one of everything in it, and the id of its rendered job."""
    RecordedClient.sent = []
    client = RecordedClient(connection, "recorded")
    listen(client, lambda _: client.state is not ConnectionState.CONNECTING)
    answers(client, client.upload(voice))
    ask(client, PlanShot(shot=shot))
    job = of_type(ask(client, RenderRange(shot=shot, first=1, last=4, credit=9)), Accepted)[0].job
    ask(client, RenderFrame(shot=shot, frame=2))
    stream = client.send(StreamFrames(shot=shot, first=1, last=9, width=16, height=16))
    live = of_type(listen(client, lambda received: of_type(received, Accepted)), Accepted)[0].job
    client.send(StreamClock(to=stream, frame=1.0, playing=False))
    listen(client, lambda received: of_type(received, StreamFrame))
    for request in (
        *(Cancel(job=live), ListJobs(limit=9), JobStatus(job=job), GetStatus(), Watch(job=job, credit=9, have=(1,))),
        *(RetryJob(job=job), CleanJobs(older_than_seconds=1e9), ReleaseMemory()),
    ):
        ask(client, request)
    client.close()
    return RecordedClient.sent, job


def broken(conversation: Sequence[Message], chance: random.Random) -> list[Message]:
    """A copy with messages changed, lost, doubled, in another order, or without its end."""
    copy = [list(message) for message in conversation]
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(copy))
        how = chance.randrange(7)
        if how < 2:
            part = chance.randrange(len(copy[place]) or 1)
            copy[place][part : part + 1] = [damaged(bytes(part), chance) for part in copy[place][part : part + 1]]
        elif how == 2:
            del copy[place]
        elif how == 3:
            copy[place:place] = [list(copy[place])] * chance.choice((1, 1, 30))
        elif how == 4:
            chance.shuffle(copy)
        elif how == 5:
            copy[place] = copy[place] + [bytes(chance.randrange(50))]
        else:
            copy = copy[: place + 1]
        copy = copy or [[b""]]
    return [message for message in copy if message and harmless(message)]

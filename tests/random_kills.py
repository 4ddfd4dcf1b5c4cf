"""Renders whose backend and workers are killed at random moments, and what of their frames is wrong afterwards."""

import os
import random
import signal
import time
from collections.abc import Callable

from running_backend import RunningBackend, ask

from emogene_proto.client import Client, ConnectionState
from emogene_proto.messages import Accepted, Done, Failed, FrameDone, GetStatus, Progress, RenderRange, Status, Watch
from emogene_proto.shot import Shot

Frames = dict[int, bytes]
MOST_FRAMES, MOST_SECONDS = 15, 5.0
"""A kill comes after so many new frames at most; one in five after so many seconds, wherever that falls: while a worker
or the backend starts, or while the shot is planned."""
KILLS_A_RENDER = 8
PATIENCE_SECONDS = 180.0
"""A render that brings nothing for so long hangs."""


class Victim:
    """One render on a backend that is killed now and then; it counts the kills and what goes wrong."""

    def __init__(self, backend: RunningBackend, chance: random.Random):
        self._backend, self._chance = backend, chance
        self.kills = self.wrong = self.amid = 0
        self._new = 0
        """Frames since the last kill."""

    def render(self, shot: Shot, truth: Frames, kills_left: int) -> None:
        """Render the frames of `truth`, and kill at random moments until it is done or no kill is left.

        Raises:
            AssertionError: it failed, hangs, or the backend ended without being killed.
        """
        client = self._backend.connect()
        whole = RenderRange(shot=shot, first=1, last=len(truth), credit=1_000_000)
        request = client.send(whole)
        job, got = "", Frames()
        due, heard = self._next_kill(), time.monotonic()
        while True:
            client.wait(0.02)
            received = client.poll()
            if any(not isinstance(event, Progress) for event, _ in received):
                heard = time.monotonic()
            for event, parts in received:
                if isinstance(event, Accepted):
                    job = event.job
                elif isinstance(event, FrameDone):
                    self.wrong += event.frame in got  # doubled
                    self.wrong += bytes(parts[0]) != truth[event.frame]
                    got[event.frame] = bytes(parts[0])
                    self._new += 1
                elif event.id == request and isinstance(event, Done):
                    self.wrong += len(truth) - len(got)
                    client.close()
                    return
                elif event.id == request and isinstance(event, Failed) and event.code != "connection_lost":
                    raise AssertionError(f"the render failed: {event}")
            if time.monotonic() - heard > PATIENCE_SECONDS:
                raise AssertionError(f"the render hangs at {len(got)} of {len(truth)} frames")
            if client.state is not ConnectionState.READY:
                raise AssertionError(f"the backend ended by itself: {client.problem}")
            if self.kills < min(kills_left, KILLS_A_RENDER) and due():
                client, request = self._strike(client, request, job, got, whole)
                due, heard = self._next_kill(), time.monotonic()

    def _next_kill(self) -> Callable[[], bool]:
        """Says when it is time."""
        self._new = 0
        if self._chance.random() < 0.2:
            moment = time.monotonic() + self._chance.uniform(0.0, MOST_SECONDS)
            return lambda: time.monotonic() > moment
        frames = self._chance.randint(1, MOST_FRAMES)
        return lambda: self._new >= frames

    def _strike(self, client: Client, request: int, job: str, got: Frames, whole: RenderRange) -> tuple[Client, int]:
        """Kill a worker or the whole backend; after the latter connect and ask for the job again."""
        self.kills += 1
        self.amid += self._new > 0
        time.sleep(self._chance.uniform(0.0, 0.03))  # not always just when a frame has come
        if job and self._chance.random() < 0.5 and (pid := self._worker(client)):
            os.kill(pid, signal.SIGKILL)
            return client, request
        self._backend.kill()
        client.close()
        self._backend.start()
        client = self._backend.connect()
        if not job:  # killed before it was accepted
            return client, client.send(whole)
        return client, client.send(Watch(job=job, credit=1_000_000, have=tuple(got)))

    def _worker(self, client: Client) -> int:
        """The process of a worker, asked over a connection of its own."""
        other = self._backend.connect("watcher")
        event = ask(other, GetStatus())[-1].event
        other.close()
        pids = [worker.pid for worker in event.workers if worker.pid] if isinstance(event, Status) else []
        return self._chance.choice(pids) if pids else 0

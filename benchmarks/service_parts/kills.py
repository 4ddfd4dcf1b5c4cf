"""Backend and workers killed at random moments of renders: no frame may be lost, doubled, damaged or another one."""

import os
import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from emogene.evaluation.suite import Values
from emogene_proto.client import Client, ConnectionState
from emogene_proto.messages import Accepted, Done, Failed, FrameDone, GetStatus, RenderRange, Status, Watch
from emogene_proto.shot import Shot

from .bench import Frames, RunningBackend, answers, ask, backend_in_a_folder, rendered, shot_of, upload, voice_file

SECONDS, FRAMES, SIDE = 4.0, 96, 64
LONGEST_WAIT = 1.5
"""Seconds of rendering between two kills, at most."""


class Victim:
    """One render on a backend that is killed now and then; it counts what goes wrong."""

    def __init__(self, backend: RunningBackend, chance: random.Random):
        self._backend, self._chance = backend, chance
        self.kills = self.wrong = 0

    def render(self, shot: Shot, truth: Frames, kills_left: int) -> None:
        """Render, and kill at random moments until the render is done or no kill is left."""
        client = self._backend.connect()
        request = client.send(RenderRange(shot=shot, first=1, last=FRAMES, credit=1_000_000))
        job, got = "", Frames()
        next_kill = time.monotonic() + self._chance.uniform(0.05, LONGEST_WAIT)
        while True:
            client.wait(0.02)
            for event, parts in client.poll():
                if isinstance(event, Accepted):
                    job = event.job
                elif isinstance(event, FrameDone):
                    self.wrong += event.frame in got  # doubled
                    self.wrong += bytes(parts[0]) != truth[event.frame]
                    got[event.frame] = bytes(parts[0])
                elif event.id == request and isinstance(event, Done):
                    self.wrong += FRAMES - len(got)
                    client.close()
                    return
                elif event.id == request and isinstance(event, Failed) and event.code != "connection_lost":
                    raise AssertionError(f"the render failed: {event}")
            if client.state is not ConnectionState.READY or (self.kills < kills_left and time.monotonic() > next_kill):
                client, request = self._strike(client, request, job, got, shot)
                next_kill = time.monotonic() + self._chance.uniform(0.05, LONGEST_WAIT)

    def _strike(self, client: Client, request: int, job: str, got: Frames, shot: Shot) -> tuple[Client, int]:
        """Kill a worker or the whole backend; after the latter connect and ask for the job again."""
        self.kills += 1
        if job and self._chance.random() < 0.5 and (pid := self._worker(client)):
            os.kill(pid, signal.SIGKILL)
            return client, request
        self._backend.kill()
        client.close()
        self._backend.start()
        client = self._backend.connect()
        if not job:  # killed before it was accepted
            return client, client.send(RenderRange(shot=shot, first=1, last=FRAMES, credit=1_000_000))
        return client, client.send(Watch(job=job, credit=1_000_000, have=tuple(got)))

    def _worker(self, client: Client) -> int:
        """The process of a worker, asked over a connection of its own."""
        other = self._backend.connect("watcher")
        event = ask(other, GetStatus())[-1].event
        other.close()
        pids = [worker.pid for worker in event.workers if worker.pid] if isinstance(event, Status) else []
        return self._chance.choice(pids) if pids else 0


def measure(kills: int, tell: Callable[[str], None], seed: int = 0) -> Values:
    """`kills` and `frames_wrong`."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="emogene-bench-") as folder:
        voice = voice_file(Path(folder), SECONDS)
        done = wrong = number = 0
        while done < kills:
            with backend_in_a_folder(workers=2) as calm:
                client = calm.connect()
                shots = [shot_of(upload(client, voice), SIDE, number + i) for i in range(4)]
                truths = [rendered(client, shot, 1, FRAMES) for shot in shots]
            with backend_in_a_folder(workers=2) as backend:
                answers(client := backend.connect(), client.upload(voice))
                client.close()
                for shot, truth in zip(shots, truths, strict=True):
                    victim = Victim(backend, chance)
                    victim.render(shot, truth, kills - done)
                    done, wrong = done + victim.kills, wrong + victim.wrong
                    tell(f"{done} kills, {wrong} frames wrong")
            number += len(shots)
    return {"kills": float(done), "frames_wrong": float(wrong)}

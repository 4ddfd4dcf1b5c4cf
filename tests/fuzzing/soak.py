"""Many hostile cases against one backend, while a watcher asks whether it is still there."""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil
from running_backend import PATIENCE_SECONDS, RunningBackend, ask, small_shot, write_voice

from emogene_proto.messages import Cancel, GetStatus, ListJobs, ReleaseMemory

from . import watcher
from .clients import BadClients
from .connections import BareConnections
from .conversation import record
from .packs import Packs
from .shots import Shots

GROWTH_BYTES = 50 * 2**20
"""The backend may grow by no more than this after the warm-up."""
WARM_UP = 0.2
"""Share of the cases, 2,000 at most, after which its memory is taken as usual."""
TIDY_CASES = 250
"""After so many the jobs that cases left behind are cancelled: work that was accepted is no leak."""
_KINDS = (("message", 64), ("shot", 16), ("conversation", 8), ("connection", 7), ("pack", 4), ("nuisance", 1))


@dataclass
class Outcome:
    """What a soak found."""

    seed: int
    cases: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    """Each with the number of its case where it has one: `Soak(..., seed).case(number)` does it again."""
    longest_answer_seconds: float = 0.0
    grown_bytes: int = 0

    @property
    def count(self) -> int:
        return sum(self.cases.values())


class Soak:
    """Cases by their number."""

    def __init__(self, backend: RunningBackend, good_pack: Path, folder: Path, seed: int = 0):
        """`good_pack`: a folder, which the backend offers as "pack"."""
        self.seed = seed
        voice = write_voice(folder / "voice.wav")
        shot = small_shot(voice, "pack", width=16, height=16)
        conversation, job = record(backend.connection, voice, shot)
        self._clients = BadClients(backend.connection, shot, conversation, job)
        self._bare = BareConnections(backend.connection.address)
        self._packs = Packs(good_pack, folder)
        self._shots = Shots(shot, folder)

    def case(self, number: int) -> tuple[str, str]:
        """Do one; its kind, and what went wrong, or nothing."""
        chance = random.Random(f"{self.seed}/{number}")
        kind = chance.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
        if kind == "pack":
            return kind, self._packs.case(chance)
        if kind == "shot":
            return kind, self._shots.case(chance)
        if kind == "connection":
            self._bare.case(chance)
            return kind, ""
        {
            "message": self._clients.message,
            "conversation": self._clients.conversation,
            "nuisance": self._clients.nuisance,
        }[kind](chance)
        problems, self._clients.problems = self._clients.problems, []
        return kind, "; ".join(problems)

    def close(self) -> None:
        self._clients.close()
        self._bare.close()


def soak(
    backend: RunningBackend,
    good_pack: Path,
    folder: Path,
    cases: int,
    seed: int = 0,
    tell: Callable[[str], None] = print,
) -> Outcome:
    """Run so many cases. `folder` takes their files; EMOGENE_CACHE should lie in a folder of its own.

    Args:
        backend: offers `good_pack` as the actor "pack".
    """
    outcome, process = Outcome(seed), psutil.Process(backend.process.pid)
    one = Soak(backend, good_pack, folder, seed)
    watching = _start_watcher(backend)
    usual = 0
    try:
        for number in range(cases):
            kind, problem = one.case(number)
            outcome.cases[kind] += 1
            if problem:
                outcome.failures.append(f"case {number} ({kind}): {problem}")
            if backend.process.poll() is not None:
                outcome.failures.append(f"case {number} ({kind}): the backend ended with {backend.process.returncode}")
                break
            if number == int(min(WARM_UP * cases, 2000)):
                usual = process.memory_info().rss
            if number % TIDY_CASES == 0:
                tidy(backend)
            if number % 1000 == 999:
                tell(
                    f"{number + 1} cases, {len(outcome.failures)} failures, {process.memory_info().rss / 2**20:.0f} MB"
                )
    finally:
        one.close()
        _judge(outcome, watching)
    if backend.process.poll() is None:
        _judge_memory(outcome, backend, process, usual)
    log = backend.log()
    crashes = log.count("ended with status") - log.count("is ended: its task was cancelled")
    if crashes > 0:
        outcome.failures.append(f"{crashes} workers crashed")
    traces = log.count('"traceback"')
    if traces:
        outcome.failures.append(f"{traces} tracebacks in the backend's log")
    return outcome


def tidy(backend: RunningBackend) -> None:
    """Cancel every job that has not ended."""
    client = backend.connect("tidy")
    listed = ask(client, ListJobs(active=True))[-1].event
    for one in getattr(listed, "jobs", ()):
        ask(client, Cancel(job=one.job))
    client.close()
    backend.clients.remove(client)


def _start_watcher(backend: RunningBackend) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "fuzzing.watcher", str(backend.connection_file)]
    tests = str(Path(__file__).parents[1])
    path = os.pathsep.join([tests, *(part for part in (os.environ.get("PYTHONPATH"),) if part)])
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    )


def _judge(outcome: Outcome, watching: subprocess.Popen[str]) -> None:
    said, _ = watching.communicate(timeout=PATIENCE_SECONDS)
    seen = msgspec.json.decode(said, type=watcher.Watched) if said else watcher.Watched(problem="the watcher ended")
    outcome.longest_answer_seconds = seen.longest_seconds
    outcome.failures += ["an answer took more than a second"] * seen.hangs
    if seen.problem:
        outcome.failures.append(f"the watcher: {seen.problem}")


def _judge_memory(outcome: Outcome, backend: RunningBackend, process: psutil.Process, usual: int) -> None:
    """Once all bad clients are gone."""
    tidy(backend)
    client = backend.connect("judge")
    ask(client, ReleaseMemory())
    ask(client, GetStatus())
    client.close()
    outcome.grown_bytes = process.memory_info().rss - usual
    if outcome.grown_bytes > GROWTH_BYTES:
        outcome.failures.append(f"the backend grew by {outcome.grown_bytes / 2**20:.0f} MB")

"""Many hostile cases against one backend, while a watcher asks whether it is still there.

Judged are: answers, the backend's log, how long answers to others take, how much the backend has grown after all bad
clients have gone, and the most memory that a worker had at any time. Growth of workers is not: requests to release
memory are among the cases, and each ends all workers that have nothing to do.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from running_backend import RunningBackend, ask, small_shot, write_voice

from emogene_proto.messages import Cancel, CleanJobs, GetStatus, ListJobs, ReleaseMemory

from .backend_log import LogJudge
from .clients import BadClients
from .connections import BareConnections
from .conversation import record
from .packs import Packs
from .shots import Shots
from .watcher import Watch

GROWTH_BYTES = 50 * 2**20
"""The backend may grow by no more than this after the warm-up."""
WORKER_BYTES = 3 * 2**30
"""The most that a worker may have: 2 GiB for the largest frame, and what the actor, engine and plans take."""
WARM_UP = 0.2
"""Share of the cases, 2,000 at most, after which its memory is taken as usual."""
TIDY_CASES = 250
"""After so many the jobs that cases left behind are cancelled and forgotten: work that was accepted is no leak."""
WORK_CASES, WORK_SECONDS = 1000, 20.0
"""After so many the workers have so much time for what was accepted. While cases go on they hardly get to anything:
they are released before they have started."""
SETTLING_SECONDS = 5.0
"""Within this time the backend has noticed that clients have gone, and given back what they held."""
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
    worker_bytes: int = 0
    begun: int = 0
    """Jobs that a worker has begun."""

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

    def leave(self) -> None:
        """All bad clients go; the next case brings new ones."""
        self._clients.leave()
        self._bare.close()

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
    outcome, one = Outcome(seed), Soak(backend, good_pack, folder, seed)
    log, watch = LogJudge(backend.log_file), Watch(backend.connection_file)
    tell(f"{cases} cases of seed {seed}")
    try:
        _run(outcome, one, backend, log, cases, tell)
    finally:
        one.close()
        _judge_watched(outcome, watch)
        outcome.failures += log.new_problems()
        outcome.begun = log.begun
    return outcome


def _run(
    outcome: Outcome, one: Soak, backend: RunningBackend, log: LogJudge, cases: int, tell: Callable[[str], None]
) -> None:
    """The cases one after another, until the backend ends."""

    def failed(text: str) -> None:
        outcome.failures.append(text)
        tell(text)

    process, usual = psutil.Process(backend.process.pid), 0
    began = time.monotonic()
    for number in range(cases):
        kind, problem = one.case(number)
        outcome.cases[kind] += 1
        if problem:
            failed(f"case {number} ({kind}): {problem}")
        if backend.process.poll() is not None:
            failed(f"case {number} ({kind}): the backend ended with {backend.process.returncode}")
            return
        if number == int(min(WARM_UP * cases, 2000)):
            usual = resting_bytes(backend, one, process)
        if number % WORK_CASES == WORK_CASES - 1:
            one.leave()
            work_off(backend)
        if number % TIDY_CASES == TIDY_CASES - 1:
            tidy(backend)
            for found in log.new_problems():
                failed(f"by case {number}: {found}")
        if number % WORK_CASES == WORK_CASES - 1:
            minutes, megabytes = (time.monotonic() - began) / 60.0, process.memory_info().rss / 2**20
            tell(
                f"{number + 1} of {cases} cases in {minutes:.1f} min, {len(outcome.failures)} failures, "
                f"{log.begun} jobs begun, {megabytes:.0f} MB"
            )
    outcome.grown_bytes = resting_bytes(backend, one, process) - usual
    if outcome.grown_bytes > GROWTH_BYTES:
        failed(f"the backend grew by {outcome.grown_bytes / 2**20:.0f} MB")


def work_off(backend: RunningBackend) -> None:
    """Wait until no job is left, or the time for that is over."""
    client, until = backend.connect("patient"), time.monotonic() + WORK_SECONDS
    while time.monotonic() < until and getattr(ask(client, ListJobs(active=True))[-1].event, "jobs", ()):
        client.wait(0.2)
    client.close()
    backend.clients.remove(client)


def tidy(backend: RunningBackend) -> None:
    """Cancel every job that has not ended, and forget all but a few. Not if the backend has ended."""
    try:
        client = backend.connect("tidy")
    except AssertionError:
        if backend.process.poll() is None:
            raise
        return
    listed = ask(client, ListJobs(active=True))[-1].event
    for one in getattr(listed, "jobs", ()):
        ask(client, Cancel(job=one.job))
    ask(client, CleanJobs(keep=10))
    client.close()
    backend.clients.remove(client)


def resting_bytes(backend: RunningBackend, one: Soak, process: psutil.Process) -> int:
    """What the backend's own process has with all bad clients gone and no job left: the least within some seconds."""
    one.leave()
    tidy(backend)
    client = backend.connect("judge")
    ask(client, ReleaseMemory())
    least, until = process.memory_info().rss, time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < until:
        ask(client, GetStatus())
        client.wait(0.2)
        least = min(least, process.memory_info().rss)
    client.close()
    backend.clients.remove(client)
    return least


def _judge_watched(outcome: Outcome, watch: Watch) -> None:
    seen = watch.ended()
    outcome.longest_answer_seconds, outcome.worker_bytes = seen.longest_seconds, seen.worker_bytes
    outcome.failures += ["an answer took more than a second"] * seen.hangs
    if seen.worker_bytes > WORKER_BYTES:
        outcome.failures.append(f"a worker had {seen.worker_bytes / 2**20:.0f} MB")
    if seen.problem:
        outcome.failures.append(f"the watcher: {seen.problem}")

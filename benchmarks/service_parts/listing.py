"""Listing jobs with ten thousand in the store."""

import statistics
import time
from collections.abc import Callable

from emogene.evaluation.suite import Values
from emogene.service.job_store import JobStore
from emogene.service.jobs import Job
from emogene_proto.messages import ListJobs

from .bench import ask, backend_in_a_folder, shot_of

JOBS, TIMES = 10_000, 21


def measure(tell: Callable[[str], None]) -> Values:
    """`list_10000_ms`: from the request to the decoded list, median."""
    with backend_in_a_folder() as backend:
        backend.stop()
        tell(f"Writing {JOBS} jobs")
        store = JobStore(backend.folder / "cache" / "service" / "jobs" / "jobs.sqlite")
        now = time.time()
        for number in range(JOBS):
            shot, about = (
                shot_of("a" * 64, 512, number % 100),
                {"state": "done", "ended_at": now, "client": "Blender 5"},
            )
            store.save(Job("plan", shot, 1, 240, created=now - number, **about))
        store.close()
        backend.start()
        client = backend.connect()
        times = []
        for _ in range(TIMES):
            began = time.perf_counter()
            listed = ask(client, ListJobs())[-1].event
            times.append((time.perf_counter() - began) * 1e3)
            assert len(listed.jobs) == JOBS  # pyright: ignore[reportAttributeAccessIssue]
    return {"list_10000_ms": statistics.median(times)}

"""Hostile messages, conversations, connections, packs and shots against one backend, as many as asked, from a seed."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from emogene.evaluation.suite import Values

from .bench import RunningBackend

from fuzzing.soak import soak  # isort: skip  # bench.py says where it lies
from tiny_actor import build_tiny_actor  # isort: skip


def measure(cases: int, tell: Callable[[str], None], seed: int = 0) -> Values:
    """`fuzz_cases` and `fuzz_failures`: crashes, errors in the log, answers after more than a second, memory that is
    not given back, workers that take too much."""
    with tempfile.TemporaryDirectory(prefix="emogene-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for part in ("actors", "backend", "cases", "cache"):
            (folder / part).mkdir()
        pack = build_tiny_actor(folder / "actors")
        before = os.environ.get("EMOGENE_CACHE")
        os.environ["EMOGENE_CACHE"] = str(folder / "cache")
        try:
            with RunningBackend(folder / "backend", folder / "actors") as backend:
                outcome = soak(backend, pack, folder / "cases", cases, seed, tell)
        finally:
            os.environ.pop("EMOGENE_CACHE")
            if before is not None:
                os.environ["EMOGENE_CACHE"] = before
    for failure, times in Counter(outcome.failures).most_common(50):
        tell(f"{times} times: {failure}" if times > 1 else failure)
    kinds = ", ".join(f"{count} {kind}" for kind, count in outcome.cases.most_common())
    tell(
        f"seed {seed}: {kinds}; {outcome.begun} jobs begun; longest answer {outcome.longest_answer_seconds:.2f} s, "
        f"backend {outcome.grown_bytes / 2**20:+.0f} MB, a worker {outcome.worker_bytes / 2**20:.0f} MB"
    )
    return {"fuzz_cases": float(outcome.count), "fuzz_failures": float(len(outcome.failures))}

"""Measure what the service promises: nothing lost, nobody let in, nothing slow.

    python benchmarks/service.py [--json FILE] [--only NAME ...] [--quick]

All with real backends, workers and sockets, each with a cache of its own. Takes about an hour; --quick a few minutes,
with fewer kills, cases and clients, which reaches nothing.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from service_parts import crowd, fuzz, kills, listing, reuse, speed, strangers

from emogene.evaluation.figures import Evaluation, Figure, Input, print_evaluation, this_machine, write_evaluation
from emogene.evaluation.suite import Measured, Values

Tell = Callable[[str], None]

FIGURES = {
    "kills": Measured("", "higher", 100),
    "kills_amid_frames": Measured("", "higher"),
    "frames_wrong": Measured("", "lower", 0),
    "fuzz_cases": Measured("", "higher", 100_000),
    "fuzz_failures": Measured("", "lower", 0),
    "unauthorised_answers": Measured("", "lower", 0),
    "clients": Measured("", "higher", 200),
    "reused_ratio": Measured("", "higher", 1.0),
    "changed_frames": Measured("", "lower"),
    "worker_scaling": Measured("x", "higher", 1.8),
    "overhead_ratio": Measured("x", "lower", 1.1),
    "direct_ms": Measured("ms", "lower"),
    "list_10000_ms": Measured("ms", "lower", 50),
}
QUICK_KILLS, QUICK_CLIENTS, QUICK_CASES = 10, 20, 2000
FUZZ_CASES = 100_000


def parts(quick: bool, seed: int = 0) -> dict[str, tuple[Callable[[Tell], Values], str]]:
    """Each part by its name: what it measures, and what on."""
    killed, crowded, cases = (QUICK_KILLS, QUICK_CLIENTS, QUICK_CASES) if quick else (100, 200, FUZZ_CASES)
    return {
        "kills": (
            lambda tell: kills.measure(killed, tell),
            "renders of 192 frames at 96x96 by two workers, every other kill the whole backend's, SIGKILL",
        ),
        "fuzz": (
            lambda tell: fuzz.measure(cases, tell, seed),
            f"messages, broken conversations, connections, clients, packs and shots of seed {seed}, each its own case",
        ),
        "strangers": (
            strangers.measure,
            "all request types without encryption, with an unknown key, and with a wrong key of the server",
        ),
        "crowd": (lambda tell: crowd.measure(crowded, tell), "a shot of 1 s at 64x64 each, planned and rendered"),
        "reuse": (reuse.measure, "a shot of 60 s at 64x64, the second of three keys moved by a second"),
        "scaling": (speed.scaling, "118 frames of 256x256, one worker of one core and two of one core, by turns"),
        "overhead": (speed.overhead, "118 frames of 256x256 from request to last file, against rendering and encoding"),
        "listing": (listing.measure, "10,000 jobs that ended"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what the service promises.")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--only", nargs="*", choices=list(parts(True)), help="only these parts")
    parser.add_argument("--quick", action="store_true", help="fewer kills and clients")
    parser.add_argument("--seed", type=int, default=0, help="of the fuzzing; the same seed makes the same cases")
    asked = parser.parse_args()
    values: Values = dict.fromkeys(FIGURES)
    inputs = []
    for name, (measure, about) in parts(asked.quick, asked.seed).items():
        if asked.only and name not in asked.only:
            continue
        measured = measure(lambda text, name=name: print(f"{name}: {text}", file=sys.stderr))
        values |= measured
        inputs.append(Input(tuple(measured), f"{about}."))
    figures = tuple(Figure(name, values[name], one.unit, one.reach, one.better) for name, one in FIGURES.items())
    evaluation = Evaluation(figures, this_machine(), tuple(inputs))
    if asked.json:
        write_evaluation(asked.json, evaluation)
    print_evaluation(evaluation, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measure what the service promises: nothing lost, nobody let in, nothing slow.

    python benchmarks/service.py [--json FILE] [--only NAME ...] [--quick] [--seed N]

All with real backends, workers and sockets, each with a cache of its own. Takes 40 minutes of two idle cores; --quick
a quarter of that, with fewer kills, cases and clients, whose numbers then have no reach. Says on standard error how far
it is. Ends with status 1 where a figure misses its reach, or a part could not be measured.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from report import report
from service_parts import crowd, fuzz, kills, listing, reuse, speed, strangers

from emogene.evaluation.figures import Evaluation, Figure, Input, this_machine
from emogene.evaluation.suite import Measured, Values

Tell = Callable[[str], None]

KILLS, FUZZ_CASES, CLIENTS = 100, 100_000, 200
QUICK_KILLS, QUICK_CASES, QUICK_CLIENTS = 10, 2000, 20


@dataclass(frozen=True)
class Part:
    """Figures that are measured together."""

    figures: dict[str, Measured]
    measure: Callable[[Tell], Values]
    about: str
    """What they are measured on."""


def parts(quick: bool, seed: int) -> dict[str, Part]:
    """Each part by its name. The seed is that of hostile cases and of kills."""
    killed, cases, crowded = (QUICK_KILLS, QUICK_CASES, QUICK_CLIENTS) if quick else (KILLS, FUZZ_CASES, CLIENTS)
    return {
        "kills": Part(
            {
                "kills": Measured("", "higher", None if quick else KILLS),
                "kills_amid_frames": Measured("", "higher"),
                "frames_wrong": Measured("", "lower", 0),
            },
            partial(kills.measure, killed, seed=seed),
            f"renders of 192 frames at 96x96 by two workers; kill -9 of one of them or of the backend; seed {seed}",
        ),
        "fuzz": Part(
            {
                "fuzz_cases": Measured("", "higher", None if quick else FUZZ_CASES),
                "fuzz_failures": Measured("", "lower", 0),
            },
            partial(fuzz.measure, cases, seed=seed),
            f"messages, broken conversations, connections, clients, packs and shots of seed {seed}, each its own case",
        ),
        "strangers": Part(
            {"unauthorised_answers": Measured("", "lower", 0)},
            strangers.measure,
            "all request types without encryption, with an unknown key, and with a wrong key of the server; the same "
            "messages with the right keys are answered",
        ),
        "crowd": Part(
            {
                "clients": Measured("", "higher", None if quick else CLIENTS),
                "clients_wrong": Measured("", "lower", 0),
            },
            partial(crowd.measure, crowded),
            "a shot of 1 s at 64x64 each, planned and rendered, against the pipeline's own bytes",
        ),
        "reuse": Part(
            {
                "reused_ratio": Measured("", "higher", 1.0),
                "reuse_wrong": Measured("", "lower", 0),
                "changed_frames": Measured("", "lower"),
            },
            reuse.measure,
            "a shot of 60 s at 64x64, the second of three keys moved by a second; unchanged is what has the same "
            "landmarks, gaze and pose, wrong what has other bytes than the pipeline's own",
        ),
        "scaling": Part(
            {"worker_scaling": Measured("x", "higher", 1.8)},
            speed.scaling,
            "118 frames of 256x256, one worker of one core and two of one core, by turns",
        ),
        "overhead": Part(
            {"overhead_ratio": Measured("x", "lower", 1.1), "direct_ms": Measured("ms", "lower")},
            speed.overhead,
            "118 frames of 256x256 from request to last file, against rendering and encoding",
        ),
        "listing": Part(
            {"list_10000_ms": Measured("ms", "lower", 50)},
            listing.measure,
            "10,000 jobs that ended",
        ),
    }


def measured(chosen: dict[str, Part]) -> tuple[Values, list[Input], list[str]]:
    """The figures of these parts, what they were measured on, and the parts that could not be measured."""
    began = time.monotonic()
    values: Values = {}
    inputs, broken = [], []

    def tell(name: str, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - began), 60)
        print(f"{minutes:3d}:{seconds:02d} {name}: {text}", file=sys.stderr, flush=True)

    for name, part in chosen.items():
        tell(name, "begins")
        try:
            values |= part.measure(partial(tell, name))
            inputs.append(Input(tuple(part.figures), f"{part.about}."))
        except Exception:  # whatever one part meets does not cost the others' figures
            tell(name, traceback.format_exc())
            broken.append(name)
    return values, inputs, broken


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what the service promises.")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--only", nargs="*", choices=list(parts(True, 0)), help="only these parts")
    parser.add_argument("--quick", action="store_true", help="fewer kills, cases and clients")
    parser.add_argument("--seed", type=int, default=0, help="of kills and fuzzing; the same seed makes the same cases")
    asked = parser.parse_args()
    every = parts(asked.quick, asked.seed)
    values, inputs, broken = measured({name: every[name] for name in every if not asked.only or name in asked.only})
    wanted = {name: one for part in every.values() for name, one in part.figures.items()}
    figures = tuple(Figure(name, values.get(name), one.unit, one.reach, one.better) for name, one in wanted.items())
    status = report(Evaluation(figures, this_machine(), tuple(inputs)), asked.json)
    for name in broken:
        print(f"could not be measured: {name}", file=sys.stderr)
    return 1 if broken else status


if __name__ == "__main__":
    sys.exit(main())

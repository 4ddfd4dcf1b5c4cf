"""Measure how the add-on behaves in Blender: how long it holds it up, and how soon the artist sees what was changed.

    python benchmarks/addon.py [--json FILE] [--only PART ...] [--side PIXELS]

With the bpy wheel of Blender 5.0, each part in a Blender of its own: the extension is built and installed from its zip,
starts its backend, and works as with a window, whose loop is imitated, see addon_parts/in_blender/window.py. Takes five
minutes of two idle cores. Says on standard error what the longest calls were. Ends with status 1 where a figure misses
its reach.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from addon_parts.blender import Blenders
from addon_parts.slow_way import BYTES_A_SECOND, DELAY_SECONDS, slow_way
from report import report
from service_parts.bench import backend_in_a_folder

from emogene.evaluation.figures import Evaluation, Figure, Input, this_machine
from emogene.evaluation.suite import Measured, Values

FRAMES, BAKED_FRAMES = 720, 1500
SITUATIONS = ("healthy", "reused", "large", "slow", "hung", "killed")

FIGURES: dict[str, dict[str, Measured]] = {
    "ticks": {
        "longest_tick_ms": Measured("ms", "lower", 10.0),
        **{f"longest_tick_{situation}_ms": Measured("ms", "lower") for situation in SITUATIONS},
        "idle_tick_ms": Measured("ms", "lower"),
        "idle_tick_300_markers_ms": Measured("ms", "lower"),
    },
    "bake": {
        "bake_seconds_1500": Measured("s", "lower", 1.0),
        "bake_again_seconds_1500": Measured("s", "lower"),
        "bake_in_window_seconds_1500": Measured("s", "lower"),
    },
    "answers": {
        "marker_to_empties_seconds": Measured("s", "lower", 0.5),
        "marker_noticed_seconds": Measured("s", "lower"),
        "marker_planned_seconds": Measured("s", "lower"),
        "marker_keyed_seconds": Measured("s", "lower"),
        "first_frame_seconds": Measured("s", "lower", 0.3),
    },
}
"""By part."""


def ticks(blenders: Blenders, side: int) -> Values:
    """The longest call in each situation, and what a tick costs in which nothing is to be done."""
    slowly = blenders.folder / "slow.json"
    with backend_in_a_folder() as backend, slow_way(backend.connection_file, slowly):
        found = blenders.run("ticks.py", frames=FRAMES, side=side, slow_connection=str(slowly))
    for situation, said in found["told"].items():
        print(f"{situation}: {said}", file=sys.stderr)
    usual, most = found["reference"]
    print(f"work of {usual:.1f} ms that is always the same took up to {most:.1f} ms here", file=sys.stderr)
    longest: dict[str, float] = found["longest"]
    return {
        "longest_tick_ms": max(longest.values()),
        **{f"longest_tick_{situation}_ms": longest[situation] for situation in SITUATIONS},
        "idle_tick_ms": found["idle_ms"],
        "idle_tick_300_markers_ms": found["idle_many_ms"],
    }


def bake(blenders: Blenders, _side: int) -> Values:
    """Medians of several times."""
    found = blenders.run("bake.py", frames=BAKED_FRAMES)
    fresh, again, windowed = (statistics.median(found[name]) for name in ("fresh", "again", "windowed"))
    return {
        "bake_seconds_1500": fresh,
        "bake_again_seconds_1500": again,
        "bake_in_window_seconds_1500": windowed,
    }


def answers(blenders: Blenders, _side: int) -> Values:
    """Medians of several markers and frames."""
    found = blenders.run("answers.py", frames=FRAMES)
    parts = {name: statistics.median(each[name] for each in found["rounds"]) for name in found["rounds"][0]}
    return {
        "marker_to_empties_seconds": parts["whole"],
        "marker_noticed_seconds": parts["noticed"],
        "marker_planned_seconds": parts["planned"],
        "marker_keyed_seconds": parts["keyed"],
        "first_frame_seconds": statistics.median(found["pictures"]),
    }


PARTS: dict[str, Callable[[Blenders, int], Values]] = {"ticks": ticks, "bake": bake, "answers": answers}


def inputs(side: int) -> dict[str, Input]:
    """What each part is measured on."""
    voice = f"the demo's voice again and again, {FRAMES / 24:g} s at 24 frames a second, with eight emotion markers"
    way = f"{1e3 * DELAY_SECONDS:g} ms late and {BYTES_A_SECOND // 1000} kB a second"
    about = {
        "ticks": f"{voice}; pictures of {side}x{side}, large ones are OpenEXR of 1920x1080; markers changed, landmarks "
        f"moved by hand and the playhead dragged meanwhile; the slow way is {way}. CPU time of the main thread",
        "bake": f"68 empties over {BAKED_FRAMES} frames, at once; in a window in slices, Blender's turns between them "
        "included",
        "answers": f"{voice}; the picture is 256x256, its plan ready",
    }
    return {name: Input(tuple(FIGURES[name]), f"{text}.") for name, text in about.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how the add-on behaves in Blender.")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), help="only these parts")
    parser.add_argument("--side", type=int, default=256, help="side of the pictures that are rendered, in pixels")
    asked = parser.parse_args()
    values: Values = {}
    with tempfile.TemporaryDirectory(prefix="emogene-bench-", ignore_cleanup_errors=True) as folder:
        blenders = Blenders(Path(folder))
        chosen = [name for name in PARTS if not asked.only or name in asked.only]
        for name in chosen:
            print(f"{name} ...", file=sys.stderr, flush=True)
            values |= PARTS[name](blenders, asked.side)
    wanted = {name: one for part in chosen for name, one in FIGURES[part].items()}
    figures = tuple(Figure(name, values[name], one.unit, one.reach, one.better) for name, one in wanted.items())
    about = inputs(asked.side)
    return report(Evaluation(figures, this_machine(), tuple(about[name] for name in chosen)), asked.json)


if __name__ == "__main__":
    sys.exit(main())

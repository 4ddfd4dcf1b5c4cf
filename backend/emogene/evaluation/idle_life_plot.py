"""Life over time as a picture: lids, eyes, breath and head over a minute, a few blinks closely, and their intervals."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emogene.evaluation.idle_life import FILM_FPS, FINE_HZ, IDLE_SECONDS, SEEDS, Acting, idle_life, watch_blinks
from emogene.idle.activity import idle_activity
from emogene.idle.blink import closure_at, draw_blinks
from emogene.idle.breath import draw_breaths, volume_at
from emogene.idle.gaze import draw_fixations, wandering
from emogene.idle.life import Life
from emogene_proto.names import MODEL_FPS
from emogene_proto.shot import Performance

SECONDS = 60
SPANS = np.array([[20.0, 26.0], [26.6, 31.0], [32.2, 36.0], [36.4, 42.0]])
"""Where somebody speaks, in the picture."""


def write_life_plot(path: Path, material: Acting, seed: int = 0) -> None:
    """A minute with speech in its middle, shaded, as a PNG file."""
    activity = idle_activity(SECONDS * MODEL_FPS, SPANS)
    living = idle_life(material.actor, Performance(), seed, activity, SPANS)
    fixations = draw_fixations(activity, seed)
    fine = np.arange(SECONDS * FINE_HZ) / FINE_HZ
    closure = closure_at(draw_blinks(activity, fixations, seed), fine)

    figure = Figure(figsize=(16, 12), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(6, 2, height_ratios=(1.2, 2, 1.5, 2, 1.5, 2.4))
    first = figure.add_subplot(grid[0, :])
    rows = [first, *(figure.add_subplot(grid[row, :], sharex=first) for row in range(1, 5))]
    _draw_lids(rows[0], fine[::5], closure[::5])
    _draw_pair(rows[1], fine[::5], np.degrees(wandering(fixations, seed, fine[::5])), "where it looks, deg")
    rows[2].plot(fine[::20], volume_at(draw_breaths(activity, seed), fine[::20]), color="#2a9d8f")
    rows[2].set_ylabel("breath")
    _draw_head(rows[3], rows[4], living)
    for axes in rows:
        axes.grid(alpha=0.25)
        axes.set_xlim(0, SECONDS)
        for start, end in SPANS:
            axes.axvspan(start, end, color="#e9c46a", alpha=0.25, lw=0)
    rows[4].set_xlabel("seconds; shaded where somebody speaks")
    _draw_blink(figure.add_subplot(grid[5, 0]), fine, closure)
    _draw_intervals(figure.add_subplot(grid[5, 1]))
    figure.savefig(path, dpi=90, metadata={"Software": None})


def _draw_lids(axes: Axes, times: np.ndarray, closure: np.ndarray) -> None:
    axes.plot(times, closure[:, 0], color="#c1121f", linewidth=1.0, label="right eye")
    axes.plot(times, closure[:, 1], color="#1d3557", linewidth=0.8, label="left eye")
    axes.set_ylabel("closure")
    axes.legend(loc="upper right", ncols=2, fontsize=7)


def _draw_pair(axes: Axes, times: np.ndarray, degrees: np.ndarray, label: str) -> None:
    axes.plot(times, degrees[:, 0], linewidth=0.9, label="to its left")
    axes.plot(times, degrees[:, 1], linewidth=0.9, label="up")
    axes.set_ylabel(label)
    axes.legend(loc="upper right", ncols=2, fontsize=7)


def _draw_head(turns: Axes, shifts: Axes, living: Life) -> None:
    times = np.arange(len(living.poses)) / FILM_FPS
    forward = living.poses[:, :3, 2]
    yaw = np.arctan2(forward[:, 0], -forward[:, 1])
    pitch = np.arctan2(forward[:, 2], np.hypot(forward[:, 0], forward[:, 1]))
    _draw_pair(turns, times, np.degrees(np.stack([yaw, pitch], 1)), "head, deg")
    for name, column in zip(("to its left", "back", "up"), living.poses[:, :3, 3].T, strict=True):
        shifts.plot(times, 1000.0 * column, linewidth=0.9, label=name)
    shifts.set_ylabel("head, mm")
    shifts.legend(loc="upper right", ncols=3, fontsize=7)


def _draw_blink(axes: Axes, times: np.ndarray, closure: np.ndarray) -> None:
    """The first three blinks on top of each other, with a film's frames as dots."""
    step = FINE_HZ // FILM_FPS
    for start, colour in zip(
        watch_blinks(closure, FINE_HZ).starts[:3], ("#c1121f", "#1d3557", "#2a9d8f"), strict=False
    ):
        part = slice(max(round((start - 0.05) * FINE_HZ), 0), round((start + 0.4) * FINE_HZ))
        since = 1000.0 * (times[part] - start)
        axes.plot(since, closure[part, 0], color=colour, linewidth=1.2)
        axes.plot(since, closure[part, 1], color=colour, linewidth=0.9, linestyle="--")
        axes.plot(since[::step], closure[part, 0][::step], color=colour, marker="o", markersize=4, linestyle="")
    axes.set_xlabel(f"ms since a lid was 10 % down; dashed the left eye, dots at {FILM_FPS} fps")
    axes.set_ylabel("closure")
    axes.grid(alpha=0.25)


def _draw_intervals(axes: Axes) -> None:
    idle = np.ones(IDLE_SECONDS * MODEL_FPS, np.float32)
    drawn = [draw_blinks(idle, draw_fixations(idle, seed), seed).starts.min(1) for seed in SEEDS]
    intervals = np.concatenate([np.diff(starts) for starts in drawn])
    axes.hist(intervals, bins=np.arange(0.0, 20.5, 0.5).tolist(), color="#9db4c0")
    axes.set_xlabel(
        f"seconds from blink to blink in idle: mean {intervals.mean():.1f}, "
        f"deviation over mean {intervals.std() / intervals.mean():.2f}"
    )
    axes.set_ylabel("blinks")

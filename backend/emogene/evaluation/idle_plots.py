"""Pictures of idle: the head's rests in every sampling side by side, and recordings in which speech and pauses meet."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emogene.evaluation.idle_life_plot import write_life_plot
from emogene.evaluation.idle_material import HeardRecording, IdleMaterial
from emogene.evaluation.idle_poses import constant_poses, idle_poses, inserted_poses, pose_speeds
from emogene.evaluation.plots import draw_waveform, head_angles
from emogene.idle.head_motion import HeadMotionBank
from emogene.values import Plan
from emogene_proto.names import IDLE_SAMPLINGS, MODEL_FPS
from emogene_proto.shot import Performance

_SECONDS = 20
_RECORDING_SECONDS = 24.0
_TURN, _NOD, _SPEED = "#1d3557", "#c1121f", "#2a9d8f"


def write_idle_plots(folder: Path, material: IdleMaterial) -> None:
    """All of idle's pictures as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_samplings(folder / "samplings.png", material.tracked)
    write_samplings(folder / "actor_samplings.png", material.actor.head_motion)
    write_life_plot(folder / "life.png", material)
    for one in material.recordings:
        write_recording(folder / f"{one.name}.png", one, material.planned(one.speech, Performance(), 0))


def write_samplings(path: Path, bank: HeadMotionBank) -> None:
    """The same seconds of idle in every sampling, with copies inserted, and without rests: angles, and pose's speed."""
    rows = [(sampling, idle_poses(bank, sampling, 0)) for sampling in (IDLE_SAMPLINGS[-1], *IDLE_SAMPLINGS[:-1])]
    rows.append(("random_length, copies inserted", inserted_poses(bank, "random_length", 0)))
    rows.append(("as slow, no rests", constant_poses(bank, "random_length", 0)))
    figure = Figure(figsize=(16, 2.0 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(len(rows), 2, sharex=True, sharey="col", squeeze=False)
    for (left, right), (name, poses) in zip(grid, rows, strict=True):
        shown = poses[: _SECONDS * MODEL_FPS]
        times = np.arange(len(shown)) / MODEL_FPS
        turn, nod = head_angles(shown)
        left.plot(times, turn, color=_TURN, linewidth=1.0, label="turn")
        left.plot(times, nod, color=_NOD, linewidth=1.0, label="nod")
        left.set_ylabel(name.replace(", ", ",\n") + "\ndegrees", fontsize=8)
        speed = pose_speeds(shown)[0]
        right.fill_between(times[1:], speed, color=_SPEED, alpha=0.4, lw=0)
        right.plot(times[1:], speed, color=_SPEED, linewidth=0.8)
        right.axhline(pose_speeds(poses)[0].mean(), color="#333333", linewidth=0.8, linestyle="--")
        right.set_ylabel("|v|, mean dashed", fontsize=8)
    grid[0, 0].legend(loc="upper right", ncols=2, fontsize=7)
    for axes in grid.ravel():
        axes.grid(alpha=0.25)
        axes.set_xlim(0, _SECONDS)
    for axes in grid[-1]:
        axes.set_xlabel("seconds without speech")
    figure.savefig(path, dpi=90, metadata={"Software": None})


def write_recording(path: Path, one: HeardRecording, plan: Plan) -> None:
    """The first seconds of a recording: its sound and head angles, then accelerations of pose and landmarks."""
    times = np.arange(len(plan)) / MODEL_FPS
    figure = Figure(figsize=(16, 9), layout="constrained")
    FigureCanvasAgg(figure)
    angles, speeds, poses, faces = figure.subplots(4, 1, sharex=True, height_ratios=(3, 2, 2, 2))
    draw_waveform(angles, one.audio)
    turn, nod = head_angles(plan.poses)
    angles.plot(times, turn, color=_TURN, label="head turn")
    angles.plot(times, nod, color=_NOD, label="head nod")
    angles.set_ylabel("degrees")
    angles.legend(loc="upper right", ncols=2)
    velocity, acceleration = pose_speeds(plan.poses)
    speeds.plot(times[1:], velocity, color=_SPEED)
    speeds.set_ylabel("pose |v|")
    _draw_acceleration(poses, times, acceleration, "pose |a|")
    rows = plan.landmarks.reshape(len(plan), -1).astype(np.float64)
    _draw_acceleration(faces, times, 1000.0 * np.linalg.norm(np.diff(rows, 2, axis=0), axis=1), "landmarks |a|, mm")
    for axes in (angles, speeds, poses, faces):
        axes.grid(alpha=0.25)
        for start, end in one.speech.spans:
            axes.axvspan(start, end, color="#e9c46a", alpha=0.2, lw=0)
    faces.set_xlabel("seconds; shaded where there is a voice")
    faces.set_xlim(0, min(times[-1], _RECORDING_SECONDS))
    figure.suptitle(one.name)
    figure.savefig(path, dpi=90, metadata={"Software": None})


def _draw_acceleration(axes: Axes, times: np.ndarray, acceleration: np.ndarray, name: str) -> None:
    axes.plot(times[1:-1], acceleration, color="#6d597a", linewidth=0.9)
    axes.axhline(float(np.quantile(acceleration, 0.99)), color="#c1121f", linewidth=0.7, linestyle="--")
    axes.set_ylabel(f"{name}\n99 % dashed")

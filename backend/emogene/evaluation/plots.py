"""Pictures of a plan over time, under the waveform it was made from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emogene.values import Plan
from emogene_proto.names import EMOTIONS, SAMPLE_RATE

INNER_LIPS = ((61, 67), (62, 66), (63, 65))
"""Upper and lower inner lip points that meet."""
_COLOURS = ("#888888", "#d62728", "#8c564b", "#2ca02c", "#9467bd", "#ff9f1c", "#1f77b4", "#17becf")
_WAVE_COLUMNS = 2000


def mouth_opening(landmarks: np.ndarray) -> np.ndarray:
    """(T,) millimetres between the inner lips of (T, 68, 3) landmarks in metres."""
    gaps = [np.linalg.norm(landmarks[:, upper] - landmarks[:, lower], axis=1) for upper, lower in INNER_LIPS]
    return np.mean(gaps, axis=0) * 1000.0


def head_angles(poses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T,) degrees each that (T, 4, 4) heads are turned to their left, and up."""
    forward = poses[:, :3, 2]
    yaw = np.degrees(np.arctan2(forward[:, 0], -forward[:, 1]))
    return yaw, np.degrees(np.arctan2(forward[:, 2], np.hypot(forward[:, 0], forward[:, 1])))


def write_plan_plot(path: Path, plan: Plan, audio: np.ndarray, title: str = "") -> None:
    """Mouth opening, emotion weights and head turns over (N,) audio at 16 kHz, as a PNG file."""
    times = np.arange(len(plan)) / plan.fps
    figure = Figure(figsize=(14, 8), layout="constrained")
    FigureCanvasAgg(figure)
    mouth, emotions, head = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 2))
    if title:
        figure.suptitle(title)
    draw_waveform(mouth, audio)
    opening = mouth_opening(plan.landmarks)
    mouth.plot(times, opening, color="#c1121f", linewidth=1.5)
    mouth.set_ylabel("mouth opening, mm")
    mouth.set_ylim(0, 1.1 * max(opening.max(), 1.0))
    for i, emotion in enumerate(EMOTIONS):
        if i and plan.weights[:, i].max() > 0.0:
            emotions.fill_between(times, plan.weights[:, i], color=_COLOURS[i], alpha=0.35)
            emotions.plot(times, plan.weights[:, i], color=_COLOURS[i], label=emotion)
    emotions.set_ylabel("emotion weight")
    emotions.set_ylim(0, 1.05)
    if emotions.lines:
        emotions.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(emotions.lines), frameon=False)
    _draw_head(head, plan, times)
    head.set_xlabel("seconds")
    head.set_xlim(0, max(times[-1], len(audio) / SAMPLE_RATE))
    for axes in (mouth, emotions, head):
        axes.grid(alpha=0.25)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def draw_waveform(axes: Axes, audio: np.ndarray) -> None:
    """The recording's envelope behind the curves, on a scale of its own."""
    columns = min(_WAVE_COLUMNS, len(audio))
    pieces: Sequence[np.ndarray] = np.array_split(audio, columns)
    times = (np.arange(columns) + 0.5) / columns * len(audio) / SAMPLE_RATE
    wave = axes.twinx()
    wave.fill_between(times, [p.min() for p in pieces], [p.max() for p in pieces], color="#9db4c0", alpha=0.6, lw=0)
    loudest = max(float(np.abs(audio).max()), 1e-3)
    wave.set_ylim(-1.1 * loudest, 1.1 * loudest)
    wave.set_yticks([])
    wave.set_zorder(0)
    axes.set_zorder(1)
    axes.patch.set_visible(False)


def _draw_head(axes: Axes, plan: Plan, times: np.ndarray) -> None:
    """Head turn and eyes, degrees."""
    yaw, pitch = head_angles(plan.poses)
    axes.plot(times, yaw, label="head turn")
    axes.plot(times, pitch, label="head nod")
    axes.plot(times, np.degrees(plan.gaze[:, 0]), label="eyes sideways", linewidth=0.8)
    axes.plot(times, np.degrees(plan.gaze[:, 1]), label="eyes up and down", linewidth=0.8)
    axes.set_ylabel("degrees")
    axes.legend(loc="upper right", ncols=4)

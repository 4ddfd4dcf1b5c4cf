"""Pictures of emotion: the faces, what is read in them, and a change from one to the next."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emogene.evaluation.emotion_material import FULL, THIRD, EmotionMaterial, HeldOutTake
from emogene.evaluation.emotion_transitions import SHOT_FPS, acceleration, changes_of
from emogene.evaluation.mouth import lip_gap
from emogene_proto.names import EMOTIONS
from emogene_proto.shot import EmotionKey

INTENSITIES = (THIRD, 2 * THIRD, FULL)
PEOPLE = 3
CHANGE = (EmotionKey(1.0, "happy"), EmotionKey(2.5, "surprised"), EmotionKey(3.5, "sad"), EmotionKey(3.7, "angry"))
"""The last change begins while the one before it is still under way."""
CHANGE_SECONDS = 5.0
_LINES = (
    (*range(0, 17),),
    (*range(17, 22),),
    (*range(22, 27),),
    (*range(27, 31),),
    (*range(31, 36),),
    (*range(36, 42), 36),
    (*range(42, 48), 42),
    (*range(48, 60), 48),
    (*range(60, 68), 60),
)
"""Landmarks that are joined."""
_FACE_WIDTH, _FACE_HEIGHT, _TITLE_HEIGHT = 180.0, 215.0, 65.0
"""Millimetres from a face to the next, and from its origin to its title."""
_WATCHED = {"inner brow": 21, "upper lid": 44, "corner of the mouth": 54, "middle of the lower lip": 57, "chin": 8}
_COLOURS = ("#888888", "#d62728", "#8c564b", "#2ca02c", "#9467bd", "#ff9f1c", "#1f77b4", "#17becf")


def write_faces_plots(folder: Path, material: EmotionMaterial) -> None:
    """A PNG file for each of three people: eight emotions by three intensities, over the neutral face in grey."""
    people = {take.clip.entry.identity: take for take in reversed(material.few_takes)}
    for identity in sorted(people)[:PEOPLE]:
        _write_faces(folder / f"faces_{identity}.png", people[identity])


def write_confusion_plot(path: Path, material: EmotionMaterial) -> None:
    """What is asked for by row, what is read by column, per cent of frames; at intensity 1 and 1/3."""
    figure = _figure(14, 6.5)
    for axes, (intensity, found) in zip(figure.subplots(1, 2), material.commanded.items(), strict=True):
        share = 100.0 * found.confusion / found.confusion.sum(1, keepdims=True)
        axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
        for (row, column), value in np.ndenumerate(share):
            if value >= 0.05:
                axes.text(
                    column, row, f"{value:.1f}", ha="center", va="center", color="white" if value > 60 else "black"
                )
        axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=35, ha="right")
        axes.set_yticks(range(len(EMOTIONS)), EMOTIONS)
        axes.set_xlabel("read")
        axes.set_ylabel("asked for")
        axes.set_title(f"intensity {intensity:.2f}")
    _save(figure, path)


def write_change_plot(path: Path, material: EmotionMaterial) -> None:
    """Five seconds of a recording with four keys: weights, heights of some landmarks, acceleration."""
    take = max(material.human_takes, key=lambda one: one.speech.duration_seconds)
    plan = take.performed(CHANGE, fps=SHOT_FPS)
    calm = take.performed(fps=SHOT_FPS).landmarks
    rows = slice(0, round(CHANGE_SECONDS * SHOT_FPS))
    times = np.arange(len(plan))[rows] / SHOT_FPS
    figure = _figure(14, 10)
    weights, heights, gap, speed = figure.subplots(4, 1, sharex=True, height_ratios=(2, 4, 2, 2))
    for column, emotion in enumerate(EMOTIONS):
        if plan.weights[rows, column].any():
            weights.plot(times, plan.weights[rows, column], color=_COLOURS[column], label=emotion)
    weights.set_ylabel("weight")
    for name, point in _WATCHED.items():
        heights.plot(times, (plan.landmarks[rows, point, 1] - take.rest[point, 1]) * 1000.0, label=name)
    heights.set_ylabel("height over rest, mm")
    for landmarks, colour, name in ((plan.landmarks, "#c1121f", "with keys"), (calm, "#888888", "without")):
        gap.plot(times, lip_gap(landmarks)[rows], color=colour, label=name)
        found = acceleration(landmarks)
        speed.plot((np.arange(len(found)) + 1)[rows] / SHOT_FPS, found[rows] / 1000.0, color=colour, label=name)
    gap.set_ylabel("gap of lips, mm")
    for key, (rising, held) in zip(CHANGE, changes_of(take, CHANGE, len(found)), strict=True):
        speed.plot(
            (rising + 1) / SHOT_FPS, held / 1000.0, "k:", label="either emotion held" if key is CHANGE[0] else ""
        )
    speed.axhline(np.percentile(acceleration(plan.landmarks), 99) / 1000.0, color="#333333", linestyle="--", lw=0.7)
    speed.set_ylabel("acceleration, m/s²")
    speed.set_xlabel("seconds; grey: changes; dashed: 99th percentile of the shot")
    for axes in (weights, heights, gap, speed):
        for key in CHANGE:
            axes.axvspan(key.seconds, key.seconds + key.transition_seconds, color="#dddddd", alpha=0.6, lw=0)
        axes.legend(loc="upper right", ncols=5, frameon=False, fontsize=8)
        axes.set_xlim(0, CHANGE_SECONDS)
        axes.grid(alpha=0.25)
    _save(figure, path)


def _write_faces(path: Path, take: HeldOutTake) -> None:
    row = _calmest(take)
    figure = _figure(2.1 * len(EMOTIONS), 2.5 * len(INTENSITIES))
    axes = figure.subplots()
    for down, intensity in enumerate(INTENSITIES):
        for across, emotion in enumerate(EMOTIONS):
            corner = np.array([across * _FACE_WIDTH, -down * _FACE_HEIGHT])
            _draw_face(axes, take.neutral[row] * 1000.0, corner, "#bbbbbb", 0.8)
            _draw_face(axes, take.felt(emotion, intensity)[row] * 1000.0, corner, "#c1121f", 1.3)
            axes.text(corner[0], corner[1] + _TITLE_HEIGHT, f"{emotion} {intensity:.2f}", ha="center", fontsize=9)
    axes.set_xlim(-0.5 * _FACE_WIDTH, (len(EMOTIONS) - 0.5) * _FACE_WIDTH)
    axes.set_ylim((0.45 - len(INTENSITIES)) * _FACE_HEIGHT, 1.2 * _TITLE_HEIGHT)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_title(f"Person {take.clip.entry.identity} of the test split; grey: without emotion")
    _save(figure, path)


def _calmest(take: HeldOutTake) -> int:
    """The frame that is nearest to rest: a mouth that says nothing."""
    return int(np.linalg.norm(take.neutral - take.rest, axis=2).mean(1).argmin())


def _draw_face(axes: Axes, landmarks: np.ndarray, corner: np.ndarray, colour: str, width: float) -> None:
    """From the front; (68, 3) landmarks and (2,) corner in millimetres."""
    for points in _LINES:
        line = landmarks[list(points), :2] + corner
        axes.plot(line[:, 0], line[:, 1], color=colour, linewidth=width)


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=90, metadata={"Software": None})

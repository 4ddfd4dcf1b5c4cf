"""The demo's two pictures: frames of each emotion side by side, and curves over the voice."""

from pathlib import Path

import numpy as np
from PIL import Image

from emogene.audio.load import load_audio
from emogene.evaluation.plots import write_plan_plot
from emogene.render.output.contact_sheet import Tile, tile_label, write_contact_sheet
from emogene.values import Plan

COLUMNS = 8
"""Frames of each emotion on the contact sheet."""
_BACKDROP = (54, 57, 64)
_SETTLED_SECONDS = 0.4
"""After a marker the face needs so long to come to its emotion."""


def draw(out: Path, voice: Path) -> None:
    """Write contact_sheet.png and landmarks.png from what Blender's process left in demo_plan.npz, and remove that."""
    stored_path = out / "demo_plan.npz"
    with np.load(stored_path) as stored:
        arrays = {name: stored[name] for name in ("landmarks", "weights", "poses", "gaze")}
        plan = Plan(**arrays, fps=float(stored["fps"]), frame_start=1)
        key_seconds = stored["key_seconds"].tolist()
        frames = [Path(str(name)) for name in stored["frames"]]
    rows = [row for row in sheet_rows(key_seconds, plan.fps, min(len(plan), len(frames))) if row < len(frames)]
    tiles = [Tile(picture(frames[row]), tile_label(row / plan.fps, plan.weights[row])) for row in rows]
    write_contact_sheet(out / "contact_sheet.png", tiles, COLUMNS)
    write_plan_plot(out / "landmarks.png", plan, load_audio(voice), voice.name)
    stored_path.unlink()


def sheet_rows(key_seconds: list[float], fps: float, count: int) -> list[int]:
    """Rows of the plan to show: `COLUMNS` evenly over each key's stretch, or over the whole without keys."""
    starts = key_seconds or [0.0]
    ends = [*starts[1:], count / fps]
    rows = []
    for start, end in zip(starts, ends, strict=True):
        first = min(start + _SETTLED_SECONDS, end)
        rows += (np.linspace(first, max(end - 1 / fps, first), COLUMNS) * fps).round().astype(int).tolist()
    return [min(max(row, 0), count - 1) for row in rows]


def picture(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 of a PNG with alpha over a plain backdrop."""
    frame = Image.open(path).convert("RGBA")
    backdrop = Image.new("RGBA", frame.size, (*_BACKDROP, 255))
    return np.asarray(Image.alpha_composite(backdrop, frame).convert("RGB"))

"""Plots: the mouth's opening in millimetres, and a picture of a plan."""

import numpy as np
import pytest
from PIL import Image
from tiny_actor import nodding, tiny_face

from emogene.evaluation.plots import mouth_opening, write_plan_plot
from emogene.values import Plan


def test_mouth_opening_is_the_gap_between_the_inner_lips():
    shut, open_ = tiny_face().rest.copy(), tiny_face().rest.copy()
    shut[[65, 66, 67]] = shut[[63, 62, 61]]
    open_[[65, 66, 67]] = open_[[63, 62, 61]] - [0.0, 0.01, 0.0]
    assert mouth_opening(np.stack([shut, open_])) == pytest.approx([0.0, 10.0], abs=1e-3)


def test_a_plan_is_drawn(tmp_path):
    weights = np.tile(np.eye(8, dtype=np.float32)[5], (48, 1))
    landmarks = np.tile(tiny_face().rest, (48, 1, 1))
    plan = Plan(landmarks, weights, nodding(48), np.zeros((48, 2), np.float32), 24.0, 1)
    audio = np.sin(np.arange(32_000)).astype(np.float32)
    for name in ("a.png", "b.png"):
        write_plan_plot(tmp_path / name, plan, audio, "a plan")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > 1000
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50

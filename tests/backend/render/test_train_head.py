"""Training on a tiny corpus of an analytic scene: a red ellipsoid for a head, seen from the front as it turns."""

import json
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
from PIL import Image

from emogene.corpus.pictures import read_pictures
from emogene.render.head_field import load_head_field, tiny_config
from emogene.render.head_trainer import HeadTrainer, HeadTrainingConfig
from emogene.render.kernels import create_engine
from emogene.render.landmark_basis import reference_face
from emogene.render.picture_rays import draw_pixels, load_pictures, project
from emogene.render.train_head import train_head
from emogene.training.loop import TrainingConfig
from emogene.training.loss_log import read_log
from emogene.values import Camera, FaceState
from emogene_proto.errors import CorpusError

from .conftest import front_camera, opened, turned

FRAMES, SIZE = 11, 48
RADII = np.array([0.08, 0.11, 0.09])
RED = np.array([200, 60, 50], np.uint8)
FAST = HeadTrainingConfig(rays=512, samples=8192, fresh_frames=2, kept_steps=2, preview_every=1000, final_frames=8)


def ellipsoid_picture(pose: np.ndarray, camera: Camera) -> np.ndarray:
    """(H, W, 4) uint8: red where a pixel's ray meets the ellipsoid."""
    rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
    x, y = (columns - 0.5 * camera.width) / camera.focal_px, (0.5 * camera.height - rows) / camera.focal_px
    ways = np.stack([x, y, np.full_like(x, -1.0)], -1) @ camera.camera_to_world[:3, :3].T
    start = (camera.camera_to_world[:3, 3] - pose[:3, 3]) @ pose[:3, :3] / RADII
    ways = ways @ pose[:3, :3] / RADII
    a, b, c = (ways**2).sum(-1), (ways * start).sum(-1), (start**2).sum() - 1.0
    hit = b * b - a * c > 0
    return np.where(hit[..., None], np.array([*RED, 255], np.uint8), np.uint8(0)).astype(np.uint8)


@pytest.fixture
def corpus(tmp_path: Path, rest: np.ndarray) -> Path:
    folder = tmp_path / "pictures"
    (folder / "rgba").mkdir(parents=True)
    camera = front_camera(SIZE, SIZE)
    poses = np.stack([turned(yaw, 0.0, (0, 0, 0)) for yaw in np.linspace(-20, 20, FRAMES)])
    for i, pose in enumerate(poses):
        Image.fromarray(ellipsoid_picture(pose, camera)).save(folder / "rgba" / f"{i:06d}.png")
    (folder / "corpus.json").write_text(json.dumps({"fps": 25, "size": SIZE, "sensor_mm": camera.sensor_mm}))
    landmarks = np.stack([opened(rest, drop) for drop in np.linspace(0, 0.02, FRAMES)])
    np.savez(
        folder / "frames.npz",
        landmarks=landmarks,
        rest=rest,
        closed_eyes=rest,
        gaze=np.zeros((FRAMES, 2), np.float32),
        poses=poses,
        camera_to_world=np.stack([camera.camera_to_world] * FRAMES),
        focal_mm=np.full(FRAMES, camera.focal_mm),
        weights=np.eye(8, dtype=np.float32)[np.zeros(FRAMES, int)],
        blink=np.zeros(FRAMES),
        expressions=np.zeros((FRAMES, 4), np.float32),
        test=np.arange(FRAMES) >= FRAMES - 1,
    )
    return folder


def test_training_learns_the_scene(corpus: Path, tmp_path: Path):
    out = tmp_path / "run"
    train_head(corpus, TrainingConfig(out, 250, log_every=10, quiet=True), tiny_config(), FAST)
    losses = [line["picture"] for line in read_log(out / "losses.jsonl")]
    assert losses[-1] < 0.3 * losses[0]
    data = read_pictures(corpus)
    held_out = FRAMES - 1
    face = FaceState(data.landmarks[held_out], data.gaze[held_out], data.poses[held_out])
    engine = create_engine("cpu", load_head_field(out / "head_field.safetensors"))
    truth = data.picture(held_out).astype(np.float32) / 255.0
    alpha = engine.render(face, data.camera(held_out)).rgba[..., 3]
    # The head covers a tenth of the picture, so an empty one is wrong by 0.1.
    assert np.abs(alpha - truth[..., 3]).mean() < 0.04
    assert alpha[truth[..., 3] == 1].mean() > 0.8


def test_a_killed_run_goes_on_to_the_same_weights(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"

    name, previewing = "head_field.safetensors", replace(FAST, preview_every=8)

    def config(out: Path) -> TrainingConfig:
        return TrainingConfig(out, 24, checkpoint_every=8, quiet=True, threads=1)

    train_head(corpus, config(whole), tiny_config(), previewing)
    step = HeadTrainer.step

    def dying(self, number, seed, generator):
        if number == 19:
            raise KeyboardInterrupt
        return step(self, number, seed, generator)

    monkeypatch.setattr(HeadTrainer, "step", dying)
    with pytest.raises(KeyboardInterrupt):
        train_head(corpus, config(broken), tiny_config(), previewing)
    monkeypatch.undo()
    assert (broken / "preview_000016.png").is_file()
    assert not (broken / name).exists(), "a field that is not finished has the finished one's name"
    train_head(corpus, config(broken), tiny_config(), previewing)
    assert not (broken / "preview.safetensors").exists()
    assert (broken / name).read_bytes() == (whole / name).read_bytes()


def test_threads_bind_the_kernels_too(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(numba, "get_num_threads", lambda: 7)
    monkeypatch.setattr(numba, "set_num_threads", asked.append)
    train_head(corpus, TrainingConfig(tmp_path / "run", 1, quiet=True, threads=1), tiny_config(), FAST)
    assert asked == [1, 7]


def test_rays_show_their_pixels(corpus: Path):
    data = read_pictures(corpus)
    pictures = load_pictures(data, np.arange(FRAMES), lambda text: None)
    batch = draw_pixels(pictures, np.array([0, 5]), 400, np.random.default_rng(0))
    camera = data.camera(0)
    world = batch.origins + batch.directions
    pixels = project(world, np.eye(4), camera)
    column, row = np.floor(pixels).astype(int).T
    assert np.abs(pixels - (np.floor(pixels) + 0.5)).max() < 1e-3
    picture = np.array([0, 5])[batch.frame]
    assert np.allclose(batch.rgba, pictures.pixels[picture, row, column] / 255.0)


def test_the_reference_face_has_its_mouth_open(rest: np.ndarray):
    faces = np.stack([opened(rest, drop) for drop in np.linspace(0, 0.02, 21)])
    reference = reference_face(faces, np.zeros(21))
    assert reference[62, 1] - reference[66, 1] > 0.015


def test_a_corpus_without_pictures_is_refused(corpus: Path, tmp_path: Path):
    for path in (corpus / "rgba").iterdir():
        path.unlink()
    with pytest.raises(CorpusError):
        train_head(corpus, TrainingConfig(tmp_path / "run", 2, quiet=True), tiny_config(), FAST)

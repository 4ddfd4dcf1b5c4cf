"""A picture corpus of an analytic scene: a red ball for a head that turns, a green one for shoulders that stay."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from emogene.render.neck import TORSO_POSE
from emogene.values import Camera

from .conftest import face_landmarks, front_camera, opened, turned

FRAMES, SIZE = 11, 48
HEAD, HEAD_CENTRE = np.array([0.075, 0.08, 0.08]), np.array([0.0, 0.0, 0.0])
SHOULDERS, SHOULDERS_CENTRE = np.array([0.16, 0.08, 0.08]), np.array([0.0, -0.24, -0.02])
RED, GREEN = (200, 60, 50), (40, 150, 70)


def covered(pose: np.ndarray, camera: Camera, radii: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(H, W) bool: a pixel's ray meets the ellipsoid."""
    rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
    x, y = (columns - 0.5 * camera.width) / camera.focal_px, (0.5 * camera.height - rows) / camera.focal_px
    ways = np.stack([x, y, np.full_like(x, -1.0)], -1) @ camera.camera_to_world[:3, :3].T
    start = ((camera.camera_to_world[:3, 3] - pose[:3, 3]) @ pose[:3, :3] - centre) / radii
    ways = ways @ pose[:3, :3] / radii
    a, b, c = (ways**2).sum(-1), (ways * start).sum(-1), (start**2).sum() - 1.0
    return b * b - a * c > 0


def scene(pose: np.ndarray, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 4) uint8 with straight alpha, and the head's matte (H, W)."""
    head = covered(pose, camera, HEAD, HEAD_CENTRE)
    body = covered(TORSO_POSE.astype(np.float64), camera, SHOULDERS, SHOULDERS_CENTRE)
    rgba = np.zeros((camera.height, camera.width, 4), np.uint8)
    rgba[body] = (*GREEN, 255)
    rgba[head] = (*RED, 255)
    return rgba, np.where(head, np.uint8(255), np.uint8(0))


def write_scene(folder: Path) -> Path:
    """The last of its frames is held out."""
    for name in ("rgba", "head"):
        (folder / name).mkdir(parents=True)
    camera, rest = front_camera(SIZE, SIZE), face_landmarks()
    poses = np.stack([turned(yaw, 0.0, (0, 0, 0)) for yaw in np.linspace(-20, 20, FRAMES)])
    for i, pose in enumerate(poses):
        for name, pixels in zip(("rgba", "head"), scene(pose, camera), strict=True):
            Image.fromarray(pixels).save(folder / name / f"{i:06d}.png")
    (folder / "corpus.json").write_text(json.dumps({"fps": 25, "size": SIZE, "sensor_mm": camera.sensor_mm}))
    np.savez(
        folder / "frames.npz",
        landmarks=np.stack([opened(rest, drop) for drop in np.linspace(0, 0.02, FRAMES)]),
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

"""Time the render engines on an actor's head field, both in one run.

    python benchmarks/render.py [--field head_field.safetensors] [--repeats 5] [--json FILE]

Without --field it takes the bundled actor's. The jaw drops, the gaze wanders and the head turns over the frames.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

import numba
import numpy as np
import torch

import emogene
from emogene.render.head_field import load_head_field
from emogene.render.kernels import Engine
from emogene.render.kernels.cpu_engine import CpuEngine
from emogene.render.kernels.torch_engine import TorchEngine
from emogene.render.neck import TORSO_POSE
from emogene.values import Camera, FaceState

SIZES = (256, 512)
BUNDLED = Path(emogene.__file__).parent / "actors" / "bundled" / "head_field.safetensors"


def views(rest: np.ndarray, count: int) -> list[FaceState]:
    """Faces whose jaw drops, gaze wanders and head turns over `count` frames."""
    faces = []
    for phase in np.linspace(0.0, 1.0, count):
        landmarks = rest.copy()
        landmarks[[*range(5, 12), 55, 56, 57, 58, 59, 65, 66, 67], 1] -= np.float32(0.010 * phase)
        yaw = np.radians(10.0 * (phase - 0.5))
        pose = TORSO_POSE.copy()
        pose[:3, :3] = pose[:3, :3] @ np.array(
            [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        )
        faces.append(FaceState(landmarks, np.array([0.2 * (phase - 0.5), 0.0], np.float32), pose))
    return faces


def camera(size: int) -> Camera:
    """A portrait at one metre, 85 mm."""
    to_world = np.array([[1, 0, 0, 0], [0, 0, -1, -1.0], [0, 1, 0, -0.038], [0, 0, 0, 1]], np.float64)
    return Camera(to_world, 85.0, 36.0, size, size)


def median_seconds(engine: Engine, faces: list[FaceState], size: int) -> float:
    engine.render(faces[0], camera(size))
    seconds = []
    for face in faces:
        start = time.perf_counter()
        engine.render(face, camera(size))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(path: Path, repeats: int) -> list[dict]:
    """All figures, as they go into the JSON file."""
    field = load_head_field(path)
    faces = views(field.rest.numpy(), repeats)
    cpu, reference = CpuEngine(field), TorchEngine(field)
    figures = []
    for size in SIZES:
        fused = median_seconds(cpu, faces, size)
        effort = cpu.effort
        plain = median_seconds(reference, faces[: max(1, repeats // 2)], size)
        rays = int((cpu.render(faces[-1], camera(size)).rgba[..., 3] > 0).sum())
        rows = [
            (f"cpu_ms_{size}", fused * 1e3, "ms", None, "lower"),
            (f"torch_ms_{size}", plain * 1e3, "ms", None, "lower"),
            (f"speedup_{size}", plain / fused, "x", 20.0 if size == 256 else None, "higher"),
            (f"fps_{size}", 1.0 / fused, "1/s", 25.0 if size == 256 else 8.0, "higher"),
            (f"ns_a_sample_{size}", fused * 1e9 / effort.samples, "ns", None, "lower"),
            (f"samples_a_ray_{size}", effort.samples / rays, "samples", None, "lower"),
            (f"colours_a_ray_{size}", effort.seen / rays, "samples", None, "lower"),
        ]
        names = ("name", "value", "unit", "reach", "better")
        figures += [dict(zip(names, row, strict=True)) for row in rows]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the render engines on an actor's head field.")
    parser.add_argument("--field", type=Path, default=BUNDLED)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.field, arguments.repeats)
    for figure in figures:
        reach = f"   (reach {figure['reach']:g})" if figure["reach"] is not None else ""
        print(f"{figure['name']:20s} {figure['value']:10.2f} {figure['unit']}{reach}")
    machine = {
        "processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "system": platform.system(),
        "numba_threads": numba.get_num_threads(), "torch_threads": torch.get_num_threads(),
    }  # fmt: skip
    if arguments.json:
        inputs = [arguments.field.name]
        arguments.json.write_text(json.dumps({"figures": figures, "machine": machine, "inputs": inputs}, indent=1))


if __name__ == "__main__":
    main()

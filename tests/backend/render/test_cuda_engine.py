"""The engine "cuda": its steps on the CPU against the reference; Triton's kernels in its interpreter; on a GPU itself.

Tolerance: 2e-4 in colour and alpha, 1e-5 m in depth.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from emogene.render import kernels
from emogene.render.kernels import check_engine, create_engine, offered_engines
from emogene.render.kernels.cuda_engine import CudaEngine, device_rays
from emogene.render.kernels.gpu import cuda_device, ways
from emogene.render.kernels.gpu.torch_steps import TorchSteps
from emogene.render.kernels.torch_engine import TorchEngine
from emogene.render.rays import camera_rays
from emogene.values import Frame
from emogene_proto.errors import RenderError

from .gpu_scene import bust_camera, random_fields, turned_face

ROOT = Path(__file__).parents[3]
HAS_TRITON = importlib.util.find_spec("triton") is not None
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no NVIDIA GPU")
needs_triton = pytest.mark.skipif(not HAS_TRITON, reason="triton is not installed (it comes with PyTorch for CUDA)")


def assert_same(mine: Frame, theirs: Frame, colour: float = 2e-4, depth: float = 1e-5) -> None:
    assert np.abs(mine.rgba - theirs.rgba).max() < colour
    assert (np.isinf(mine.depth) == np.isinf(theirs.depth)).all()
    seen = np.isfinite(theirs.depth)
    assert 0.1 < seen.mean() < 0.9
    assert np.abs(mine.depth[seen] - theirs.depth[seen]).max() < depth


def test_torch_steps_show_the_reference_picture():
    camera, face = bust_camera(40, 36), turned_face()
    reference = TorchEngine(random_fields()).render(face, camera)
    alpha = reference.rgba[..., 3]
    assert ((alpha > 0.02) & (alpha < 0.98)).mean() > 0.1, "half transparent, so that order and waves matter"
    engine = CudaEngine(random_fields(), "cpu", TorchSteps())
    assert_same(engine.render(face, camera), reference)
    assert engine.effort.waves > 2


def test_parts_of_a_picture_show_the_same():
    camera, face = bust_camera(24, 24), turned_face()
    whole, parts = (CudaEngine(random_fields(), "cpu", TorchSteps()) for _ in range(2))
    parts.largest = 100
    assert_same(parts.render(face, camera), whole.render(face, camera), 1e-5, 1e-6)


def test_rays_made_on_a_device_are_the_others():
    camera = bust_camera(9, 7)
    origin, directions, cosines = device_rays(camera, torch.device("cpu"))
    expected = camera_rays(camera)
    assert np.allclose(origin.numpy(), expected[0], atol=1e-7)
    assert np.allclose(directions.numpy().reshape(7, 9, 3), expected[1], atol=1e-7)
    assert np.allclose(cosines.numpy().reshape(7, 9), expected[2], atol=1e-7)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_is_not_offered_and_says_what_to_do():
    assert offered_engines() == ("cpu", "torch")
    assert create_engine("auto", random_fields()).name == "cpu"
    for ask in (lambda: check_engine("cuda"), lambda: create_engine("cuda", random_fields())):
        with pytest.raises(RenderError, match="no engine 'cuda' here") as refused:
            ask()
        assert "engine cpu" in refused.value.hint


def test_with_a_gpu_it_is_preferred(monkeypatch):
    monkeypatch.setattr(cuda_device, "why_no_cuda", lambda: None)
    assert offered_engines() == kernels.ENGINES == ("cuda", "cpu", "torch")


def test_ways_that_do_not_work_are_refused(monkeypatch):
    monkeypatch.setattr(ways, "why_no_triton", lambda device: "Triton is not installed")
    device = torch.device("cpu")
    assert ways.chosen_ways(device) == ways.Ways("torch", "torch", "Triton is not installed")
    assert ways.chosen_ways(device).told() == "torch operations (Triton is not installed)"
    for asked, message in (("triton", "Triton cannot be used"), ("tinycudann", "tinycudann"), ("fast", "'fast'")):
        monkeypatch.setenv(ways.VARIABLE, asked)
        with pytest.raises(RenderError, match=message):
            ways.chosen_ways(device)


def test_triton_that_cannot_compile_is_told_not_raised(monkeypatch):
    """Some versions of Triton want a C compiler; without one the engine works, by torch operations."""
    if not HAS_TRITON:
        assert ways.why_no_triton.__wrapped__("cpu") == "Triton is not installed"
        return
    from emogene.render.kernels.gpu import triton_trial

    def broken(device):
        raise RuntimeError("Failed to find C compiler.\nmore")

    monkeypatch.setattr(triton_trial, "encodes_rightly", broken)
    assert ways.why_no_triton.__wrapped__("cpu") == "Triton's kernels do not run here: Failed to find C compiler."


@needs_triton
def test_tritons_kernels_agree_in_its_interpreter():
    """In a process of its own: Triton reads the switch when its kernels are defined."""
    environment = {**os.environ, "TRITON_INTERPRET": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "tests.backend.render.triton_parity"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "all agree" in done.stdout


@pytest.mark.slow
@needs_triton
def test_tritons_kernels_compile_for_a_gpu():
    """For capability 8.6, without such a GPU; Triton's wheel brings the assembler."""
    environment = {**os.environ, "TRITON_INTERPRET": "0", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-m", "tests.backend.render.triton_compile", "86"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "all compiled" in done.stdout


@pytest.mark.cuda
@needs_gpu
@pytest.mark.parametrize("way", ["auto", "torch"])
def test_a_gpu_shows_the_reference_picture(monkeypatch, way):
    monkeypatch.setenv(ways.VARIABLE, way)
    camera, face = bust_camera(96, 80), turned_face()
    reference = TorchEngine(random_fields()).render(face, camera)
    engine = create_engine("cuda", random_fields())
    first, second = engine.render(face, camera), engine.render(face, camera)
    assert_same(first, reference)
    assert first.rgba.tobytes() == second.rgba.tobytes()


@pytest.mark.cuda
@needs_gpu
@pytest.mark.skipif(importlib.util.find_spec("tinycudann") is None, reason="tinycudann is not installed")
def test_tinycudann_shows_the_reference_picture(monkeypatch):
    monkeypatch.setenv(ways.VARIABLE, "tinycudann")
    camera, face = bust_camera(96, 80), turned_face()
    reference = TorchEngine(random_fields()).render(face, camera)
    made = create_engine("cuda", random_fields()).render(face, camera)
    assert np.abs(made.rgba - reference.rgba).max() < 2e-2

"""Run by test_cuda_engine.py with TRITON_INTERPRET=1: every Triton kernel against torch, on tiny sizes."""

from dataclasses import replace

import numpy as np
import torch

from emogene.render import hash_grid
from emogene.render.fields import ActorFields
from emogene.render.hash_grid import GridLayout
from emogene.render.kernels.cuda_engine import CudaEngine
from emogene.render.kernels.gpu import triton_steps
from emogene.render.kernels.gpu.triton_steps import TritonSteps
from emogene.render.kernels.gpu.triton_trial import encodes_rightly
from emogene.render.kernels.torch_engine import TorchEngine
from emogene.render.torch_samples import TorchSampleMaker

from .gpu_scene import bust_camera, random_fields, turned_face
from .test_torch_samples import made_by, rays_of_frames


def coarse_fields() -> ActorFields:
    """The interpreter takes a millisecond for what a GPU does in a nanosecond, so steps are few."""
    fields = random_fields()
    fields.head.config = replace(fields.head.config, step=0.02)
    fields.torso.config = replace(fields.torso.config, step=0.03)
    return fields


def encoding_and_its_gradient() -> None:
    layout = GridLayout(levels=5, base=4, finest=64, log2_table=9)
    source = torch.Generator().manual_seed(0)
    table = torch.rand(layout.entries, 4, generator=source)
    points = torch.cat([torch.rand(70, 3, generator=source), torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])])
    weights = torch.rand(72, 4 * layout.levels, generator=source)
    results = []
    for encode in (hash_grid.encode, lambda *given: triton_steps.encode(*given, 64)):
        learned = table.clone().requires_grad_(True)
        features = encode(layout, learned, points)
        (features * weights).sum().backward()
        results.append((features.detach(), learned.grad))
    for mine, theirs in zip(*results, strict=True):
        assert torch.allclose(mine, theirs, atol=1e-5), float((mine - theirs).abs().max())


def a_whole_frame() -> None:
    camera, face = bust_camera(8, 8), turned_face()
    reference = TorchEngine(coarse_fields()).render(face, camera)
    made = CudaEngine(coarse_fields(), "cpu", TritonSteps(64, 128)).render(face, camera)
    seen = np.isfinite(reference.depth)
    assert 0.1 < seen.mean() < 0.9
    assert (seen == np.isfinite(made.depth)).all()
    assert np.abs(made.rgba - reference.rgba).max() < 2e-4, np.abs(made.rgba - reference.rgba).max()
    assert np.abs(made.depth[seen] - reference.depth[seen]).max() < 1e-5


def training_samples() -> None:
    """Rays of three frames, shifted, on a bent torso: as torch marches."""
    field, rays = coarse_fields().torso, rays_of_frames(30)
    plain, made = (
        made_by(TorchSampleMaker(field, 6, steps), rays) for steps in (None, TritonSteps(32, 64))
    )  # fmt: skip
    assert len(plain.ray) > 20
    for name in ("ray", "order", "column", "distance", "unit", "direct"):
        assert torch.allclose(getattr(plain, name).float(), getattr(made, name).float(), atol=2e-5), name


if __name__ == "__main__":
    torch.set_num_threads(1)
    assert encodes_rightly(torch.device("cpu"))
    for part in (encoding_and_its_gradient, training_samples, a_whole_frame):
        part()
        print(part.__name__, "agree", flush=True)
    print("all agree")

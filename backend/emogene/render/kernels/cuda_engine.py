"""The engine for an NVIDIA GPU: the whole picture at once, in few launches; the same weights and places of samples.

Its pictures are the torch engine's to 2e-4 in colour and alpha and 1e-5 m in depth (with tinycudann, half floats: 2e-2
and 1e-3 m). What computes its steps is chosen by gpu/ways.py.
"""

from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy

import numpy as np
import torch

from emogene.render import eyes
from emogene.render.fields import ActorFields
from emogene.render.neck import TORSO_POSE
from emogene.render.torch_march import FrameRays
from emogene.render.warp_torch import DeviceWarp
from emogene.values import Camera, FaceState, Frame

from .cpu_engine import shared_warp
from .gpu.cuda_device import require_cuda
from .gpu.frame import Effort, gather_light, last_steps, shaded
from .gpu.parts import FaceInputs, Steps, laid_out
from .gpu.ways import chosen_ways, make_steps
from .sane import require_sane
from .torch_engine import finished

LARGEST = 1 << 20
"""Rays at a time: a picture of up to 1024 x 1024 goes through as a whole."""
PLAIN_LARGEST = 1 << 16
"""The same for torch operations, which keep much more of each ray."""


class CudaEngine:
    """Renders frames of one actor on a GPU."""

    name = "cuda"

    def __init__(self, fields: ActorFields, device: str = "cuda", steps: Steps | None = None):
        """Takes copies of the fields to the device: the same actor may have other engines, too.

        Raises:
            RenderError: torch cannot use a GPU here; or EMOGENE_GPU asks for what does not work.
        """
        if device.startswith("cuda"):
            require_cuda()
        self.device = torch.device(device)
        self.fields = ActorFields(*(deepcopy(field).to(self.device) for field in (fields.head, fields.torso)))  # pyright: ignore[reportArgumentType]
        self.steps = steps or make_steps(chosen_ways(self.device))
        self.effort = Effort(0, 0, 0)
        """Of the last frame."""
        self.largest = PLAIN_LARGEST if self.steps.name.startswith("torch") else LARGEST
        self._head, self._torso = (laid_out(field, self.device) for field in (self.fields.head, self.fields.torso))
        self._warp = DeviceWarp(fields.head.landmark_warp(), self.device)
        self._torso_warp = None if shared_warp(fields) else DeviceWarp(fields.torso.landmark_warp(), self.device)

    @torch.no_grad()
    def render(self, face: FaceState, camera: Camera) -> Frame:
        """Render one frame.

        Raises:
            RenderError: a number of the face or of the camera is not finite, or absurdly large.
        """
        require_sane(face, camera)
        with self._current():
            origin, directions, cosines = device_rays(camera, self.device)
            warp = self._warp.values(face.landmarks)
            below = warp if self._torso_warp is None else self._torso_warp.values(face.landmarks)
            self.effort = Effort(0, 0, 0)
            parts = []
            for at in range(0, len(directions), self.largest):
                parts.append(self._rays(face, (warp, below), origin, directions[at : at + self.largest]))
            rgba, distance = (torch.cat([part[i] for part in parts]) for i in range(2))
            shape = (camera.height, camera.width)
            depth = (distance * cosines).reshape(shape)
            return Frame(rgba.reshape(*shape, 4).cpu().numpy(), depth.cpu().numpy())

    def _rays(
        self, face: FaceState, warps: tuple[torch.Tensor, torch.Tensor], origin: torch.Tensor, directions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Premultiplied colour (R, 4) and metres (R,) of (R, 3) rays."""
        axes = self._sent(eyes.gaze_axes(face.gaze))
        rays = self._frame_rays(face, warps[0], self._warp, origin, directions)
        bias, colour_bias = self.fields.head.face_biases(face)
        light, samples, waves = gather_light(self.steps, self._head, rays, FaceInputs(bias, axes))
        own = shaded(self._head, rays, light, light.sums[:, :0], colour_bias)
        head, head_distance = finished(own, light.distance)
        rays = self._frame_rays(face, warps[1], self._torso_warp or self._warp, origin, directions)
        bias, colour_bias = self.fields.torso.face_biases(face)
        told = FaceInputs(bias, axes, head.contiguous(), head_distance.contiguous())
        last = last_steps(self._torso, head, head_distance)
        light, below, more_waves = gather_light(self.steps, self._torso, rays, told, last)
        own = shaded(self._torso, rays, light, head, colour_bias)
        far = torch.where(head[:, 3] > 0, light.front * head[:, 3] * head_distance, torch.zeros_like(head_distance))
        done = self.effort
        self.effort = Effort(done.head_samples + samples, done.torso_samples + below, done.waves + waves + more_waves)
        return finished(own + light.front[:, None] * head, light.distance + far)

    def _frame_rays(
        self, face: FaceState, warp: torch.Tensor, source: DeviceWarp, origin: torch.Tensor, directions: torch.Tensor
    ) -> FrameRays:
        count = len(directions)
        return FrameRays(
            torch.zeros(count, dtype=torch.int64, device=self.device),
            origin.expand(count, 3), directions, torch.full((count,), 0.5, device=self.device),
            self._sent(face.pose)[None], self._sent(TORSO_POSE), warp[None], source.origin, source.cell,
        )  # fmt: skip

    def _sent(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(values, np.float32)).to(self.device)

    def _current(self) -> AbstractContextManager:
        """Triton launches on torch's current GPU."""
        return torch.cuda.device(self.device) if self.device.type == "cuda" else nullcontext()


def device_rays(camera: Camera, device: torch.device) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """rays.camera_rays on a device: origin (3,), directions (H W, 3), cosines (H W,), row by row."""
    middle_x, middle_y = (float(v) for v in camera.centre_px)
    double = torch.float64
    x = (torch.arange(camera.width, device=device, dtype=double) + 0.5 - middle_x) / camera.focal_px
    y = (middle_y - torch.arange(camera.height, device=device, dtype=double) - 0.5) / camera.focal_py
    y, x = torch.meshgrid(y, x, indexing="ij")
    local = torch.stack([x, y, torch.full_like(x, -1.0)], -1).reshape(-1, 3)
    length = local.square().sum(1, keepdim=True).sqrt()
    to_world = torch.from_numpy(np.asarray(camera.camera_to_world, np.float64)).to(device)
    directions = (local / length) @ to_world[:3, :3].T
    return to_world[:3, 3].float(), directions.float(), (1.0 / length[:, 0]).float()

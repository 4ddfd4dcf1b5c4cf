"""The fast engine: one field's weights laid out for the fused numba kernels."""

from dataclasses import dataclass

import numba
import numpy as np
import torch

from emogene.render import eyes, occupancy
from emogene.render.head_field import HeadField
from emogene.render.neck import TORSO_POSE
from emogene.values import Camera, FaceState, Frame

from .cpu_encode import kernel_layout
from .cpu_frame import render_frame
from .sane import require_sane


@dataclass(frozen=True)
class Effort:
    """What a frame took."""

    samples: int
    """Samples whose density was computed."""
    seen: int
    """Samples whose colour was computed."""


class CpuEngine:
    """Renders frames of one field with fused kernels on all of numba's threads."""

    name = "cpu"

    def __init__(self, field: HeadField):
        """The field must not change afterwards: some of its weights are shared, others copied."""
        self.field = field
        self.effort = Effort(0, 0)
        """Of the last frame."""
        config = field.config
        free = occupancy.free_steps(field.occupied.numpy(), config.box_side, config.step)
        low = np.array(config.box_low, np.float32)
        self._space = (free, low, np.float32(config.box_side), np.float32(config.step), config.max_samples)
        self._table = table_of(field)
        self._layout = kernel_layout(config.grid)
        self._warp = field.landmark_warp()
        self._zeros = np.zeros(max(config.width, config.geometry), np.float32)
        self._matrices = {
            name: _padded(getattr(field, name))
            for name in ("density_in", "density_out", "colour_in", "colour_hidden", "colour_out")
        }

    def render(self, face: FaceState, camera: Camera) -> Frame:
        """Render one frame; its bytes do not depend on the number of threads.

        Raises:
            RenderError: a number of the face or of the camera is not finite, or absurdly large.
        """
        require_sane(face, camera)
        density_bias, colour_bias = self._biases(face)
        m = self._matrices
        networks = (
            m["density_in"], density_bias, m["density_out"],
            m["colour_in"], colour_bias, m["colour_hidden"], m["colour_out"], self._zeros,
        )  # fmt: skip
        grid = self._warp.grid(face.landmarks)
        rgba = np.empty((camera.height, camera.width, 4), np.float32)
        depth = np.empty((camera.height, camera.width), np.float32)
        samples, seen = render_frame(
            np.ascontiguousarray(camera.camera_to_world[:3], np.float64),
            float(camera.focal_px),
            (camera.width, camera.height),
            (_placed(face.pose), _placed(TORSO_POSE)),
            self._space,
            (grid.values, grid.origin, np.float32(1.0 / grid.cell)),
            (self.field.eyes.numpy(), eyes.gaze_axes(face.gaze)),
            self._table,
            self._layout,
            networks,
            numba.get_num_threads(),
            rgba,
            depth,
        )
        self.effort = Effort(int(samples), int(seen))
        return Frame(rgba, depth)

    @torch.no_grad()
    def _biases(self, face: FaceState) -> tuple[np.ndarray, np.ndarray]:
        density, colour = self.field.face_biases(face)
        return density.numpy(), colour.numpy()


def table_of(field: HeadField) -> np.ndarray:
    """(entries,) complex64: both features of each entry of the hash grid."""
    return np.ascontiguousarray(field.table.detach().numpy()).view(np.complex64).reshape(-1)


def _padded(matrix: torch.Tensor) -> np.ndarray:
    """Rows and columns filled with zeros to multiples of 4."""
    values = matrix.detach().numpy()
    rows, columns = (-(-n // 4) * 4 for n in values.shape)
    padded = np.zeros((rows, columns), np.float32)
    padded[: values.shape[0], : values.shape[1]] = values
    return padded


def _placed(pose: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.asarray(pose, np.float32)[:3])

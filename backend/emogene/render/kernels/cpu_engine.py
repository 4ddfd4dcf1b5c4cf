"""The fast engine: the weights of head and torso laid out for the fused numba kernels."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numba
import numpy as np
import torch

from emogene.render import eyes, occupancy
from emogene.render.field import RadianceField
from emogene.render.fields import ActorFields
from emogene.render.neck import TORSO_POSE
from emogene.render.rays import STOP_TRANSMITTANCE
from emogene.render.warp import WarpGrid
from emogene.values import Camera, FaceState, Frame

from .cpu_bends import across_of
from .cpu_clearance import BentCells
from .cpu_encode import kernel_layout
from .cpu_frame import render_tiles
from .sane import require_sane

_MATRICES = ("density_in", "density_out", "colour_in", "colour_hidden", "colour_out")


@dataclass(frozen=True)
class Effort:
    """What a frame took."""

    head_samples: int
    """Samples whose density was computed."""
    head_rays: int
    """Rays that showed something of the head, and were coloured."""
    torso_samples: int
    torso_rays: int

    @property
    def samples(self) -> int:
        return self.head_samples + self.torso_samples


class CpuEngine:
    """Renders frames of one actor with fused kernels on all of numba's threads."""

    name = "cpu"

    def __init__(self, fields: ActorFields):
        """The fields must not change afterwards: some of their weights are shared, others copied."""
        self.fields = fields
        self.effort = Effort(0, 0, 0, 0)
        """Of the last frame."""
        self._head, self._torso = _Laid(fields.head), _Laid(fields.torso)
        self._bent = BentCells(fields.torso)
        self._warp = fields.head.landmark_warp()
        self._torso_warp = None if shared_warp(fields) else fields.torso.landmark_warp()

    def render(self, face: FaceState, camera: Camera) -> Frame:
        """Render one frame; its bytes do not depend on the number of threads.

        Raises:
            RenderError: a number of the face or of the camera is not finite, or absurdly large.
        """
        require_sane(face, camera)
        grid = warp_argument(self._warp.grid(face.landmarks))
        below = grid if self._torso_warp is None else warp_argument(self._torso_warp.grid(face.landmarks))
        rgba = np.empty((camera.height, camera.width, 4), np.float32)
        depth = np.empty((camera.height, camera.width), np.float32)
        places = placed(face.pose)
        shared = (
            np.ascontiguousarray(camera.camera_to_world[:3], np.float64),
            (float(camera.focal_px), float(camera.focal_py), *(float(c) for c in camera.centre_px)),
            (camera.width, camera.height),
            places,
            self._bent.argument(places[2]),
            (grid, below),
            (self.fields.head.eyes.numpy(), eyes.gaze_axes(face.gaze)),
            self._head.arguments(face),
            self._torso.arguments(face),
            np.float32(STOP_TRANSMITTANCE),
            rgba,
            depth,
        )
        efforts = np.sum(_on_threads(numba.get_num_threads(), shared), 0)
        self.effort = Effort(*(int(n) for n in efforts))
        return Frame(rgba, depth)


def _on_threads(workers: int, shared: tuple) -> list[np.ndarray]:
    """What each of so many workers did; each takes the next tile when it is ready, so that none waits for another."""
    counter = np.zeros(1, np.int64)
    if workers == 1:
        return [render_tiles(counter, *shared)]
    futures = [_threads(workers).submit(render_tiles, counter, *shared) for _ in range(workers)]
    return [future.result() for future in futures]


@lru_cache(maxsize=1)
def _threads(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, "emogene-render")


class _Laid:
    """One field's arrays as kernels take them."""

    def __init__(self, field: RadianceField):
        self.field = field
        config = field.config
        self._space = space_argument(field)
        self._table = np.ascontiguousarray(field.table.detach().numpy())
        self._layout = kernel_layout(config.grid)
        self._detail = np.ascontiguousarray(field.detail_table.detach().numpy()), kernel_layout(config.detail)
        self._zeros = np.zeros(max(config.width, config.geometry, config.colour_width), np.float32)
        self._matrices = {name: _padded(getattr(field, name)) for name in _MATRICES}

    @torch.no_grad()
    def arguments(self, face: FaceState) -> tuple:
        density_bias, colour_bias = self.field.face_biases(face)
        m = self._matrices
        networks = (
            m["density_in"], density_bias.numpy(), m["density_out"],
            m["colour_in"], colour_bias.numpy(), m["colour_hidden"], m["colour_out"], self._zeros,
        )  # fmt: skip
        return self._space, self._table, self._layout, networks, *self._detail


def shared_warp(fields: ActorFields) -> bool:
    """Whether one warp grid serves both fields."""
    head, torso = fields.head, fields.torso
    same = head.config.warp == torso.config.warp
    return same and torch.equal(head.reference, torso.reference) and torch.equal(head.rest, torso.rest)


def space_argument(field: RadianceField, coarse: int = 1) -> tuple:
    """free (G, G, G), surface's bits (S, S, S / 8), low (3,), side, step, most samples, box (2, 3), aim.

    cpu_march.head_steps says what they are.
    """
    config = field.config
    free = occupancy.free_steps(field.occupied.numpy(), config.box_side, config.step, coarse)
    low = np.array(config.box_low, np.float32)
    surface = np.packbits(field.surface.numpy(), axis=2)
    box = occupancy.occupied_box(field.occupied.numpy(), low, config.box_side)
    side, step, aim = (
        np.float32(config.box_side),
        np.float32(config.step),
        np.float32(config.step if config.aims else 0.0),
    )
    return free, surface, low, side, step, config.max_samples, box, aim


def warp_argument(grid: WarpGrid) -> tuple:
    """values, origin, cells a metre."""
    return grid.values, grid.origin, np.float32(1.0 / grid.cell)


def placed(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The poses of a head (4, 4) and of the torso, and from the one's frame into the other's: (3, 4) float32 each."""
    head, torso = (np.ascontiguousarray(np.asarray(one, np.float32)[:3]) for one in (pose, TORSO_POSE))
    return head, torso, across_of(head, torso)


def _padded(matrix: torch.Tensor) -> np.ndarray:
    """Rows and columns filled with zeros to multiples of 4."""
    values = matrix.detach().numpy()
    rows, columns = (-(-n // 4) * 4 for n in values.shape)
    padded = np.zeros((rows, columns), np.float32)
    padded[: values.shape[0], : values.shape[1]] = values
    return padded

"""Coarse cells of a bent torso: no ray may skip what is there."""

import numpy as np
import pytest

from emogene.render.kernels.cpu_bends import set_ray
from emogene.render.kernels.cpu_clearance import COARSE, BentCells, everywhere
from emogene.render.kernels.cpu_engine import placed, space_argument, warp_argument
from emogene.render.kernels.cpu_march import bent_room, torso_steps
from emogene.render.neck import TORSO_POSE

from .conftest import turned

POSES = {
    "at rest": TORSO_POSE,
    "turned": turned(15.0, 0.0, (0.0, 0.0, 0.0)),
    "turned and far off": turned(20.0, -12.0, (0.03, 0.02, -0.02)),
    "turned farther than heads do": turned(28.0, 15.0, (0.0, 0.0, 0.0)),
}


def random_rays(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Rays from all sides through the neck and the shoulders."""
    chance = np.random.default_rng(4)
    origins = chance.standard_normal((count, 3))
    origins /= np.linalg.norm(origins, axis=1, keepdims=True)
    towards = chance.uniform(-0.15, 0.15, (count, 3)) + [0.0, 0.0, -0.13]
    ways = towards - origins
    return origins.astype(np.float32), (ways / np.linalg.norm(ways, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("pose", POSES)
def test_rays_take_the_same_samples_as_where_nothing_is_skipped(fields, face, pose):
    field = fields.torso
    # A thin crooked wall, as surfaces are.
    occupied = field.occupied.numpy()
    x, y, z = np.indices(occupied.shape)
    occupied[:] = abs(z - 16 - (x + y) % 3) < 2
    places = placed(POSES[pose])
    space, warp = space_argument(field), warp_argument(field.landmark_warp().grid(face.landmarks))
    arguments = BentCells(field).argument(places[2]), everywhere(field)
    seen = 0
    for origin, way in zip(*random_rays(400), strict=True):
        ray, taken = np.empty(19, np.float32), []
        set_ray(ray, *places[:2], *origin, *way)
        for bent in arguments:
            found, steps = np.zeros((9, 64), np.float32), np.zeros(64, np.int32)
            _, n = torso_steps(0, 400, np.float32(0.5), 64, ray, places, space, bent, warp, found, steps, 0)
            taken.append(steps[:n].tolist())
        assert taken[0] == taken[1]
        seen += len(taken[0])
    assert seen > 200


def test_rays_skip_what_is_empty(fields):
    field = fields.torso
    field.occupied.zero_()
    field.occupied[16, 16, 16] = 1
    places = placed(POSES["turned"])
    ray = np.empty(19, np.float32)
    set_ray(ray, *places[:2], *np.float32([1.0, 0.0, 0.0]), *np.float32([-1.0, 0.0, 0.0]))
    rooms = [bent_room(ray, np.float32(t), BentCells(field).argument(places[2])) for t in np.arange(0.75, 1.25, 0.01)]
    cell = np.float32(field.config.box_side / COARSE)
    assert max(rooms) == pytest.approx(16 * cell)
    assert {round(float(room / cell), 3) for room in rooms if room >= 0} <= {0.0, 1.0, 2.0, 4.0, 8.0, 16.0}
    assert bent_room(ray, np.float32(1.0), everywhere(field)) < 0

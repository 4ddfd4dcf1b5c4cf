import numpy as np
import pytest
import torch

from emogene.render.kernels import cpu_bends
from emogene.render.neck import TORSO_POSE, bend
from emogene.render.unbend import unbend, world_room

from .conftest import turned

POSES = [
    turned(0, 0, (0, 0, 0)),
    turned(15, 0, (0, 0, 0)),
    turned(-8, 10, (0.01, 0.0, 0.005)),
    turned(5, -10, (0, 0.01, 0)),
]


def neck_points() -> np.ndarray:
    """Points all over head, neck and shoulders."""
    chance = np.random.default_rng(0)
    return (chance.uniform(-1, 1, (4000, 3)) * [0.07, 0.14, 0.07] + [0, -0.1, 0]).astype(np.float32)


@pytest.mark.parametrize("pose", POSES)
def test_unbending_finds_the_point_that_was_bent(pose: np.ndarray):
    points = neck_points()
    world = torch.from_numpy(bend(points, pose).astype(np.float32))
    error = np.abs(unbend(world, torch.from_numpy(pose), torch.from_numpy(TORSO_POSE)).numpy() - points).max(1)
    assert np.percentile(error, 99) < 5e-4
    assert error.max() < 3e-3


def test_both_engines_unbend_alike():
    pose = POSES[2]
    world = bend(neck_points(), pose).astype(np.float32)[:500]
    expected = unbend(torch.from_numpy(world), torch.from_numpy(pose), torch.from_numpy(TORSO_POSE)).numpy()
    head, torso = pose[:3].copy(), TORSO_POSE[:3].copy()
    way = np.float32([0.0, 0.6, 0.8])
    ray, found = np.empty(18, np.float32), []
    for point in world:
        cpu_bends.set_ray(ray, head, torso, *(point - np.float32(0.1) * way), *way)
        found.append(cpu_bends.canonical_at(ray, np.float32(0.1), cpu_bends.across_of(head, torso)))
    assert np.abs(np.array(found) - expected).max() < 1e-5


@pytest.mark.parametrize("pose", POSES)
def test_moving_by_the_world_room_never_leaves_the_canonical_room(pose: np.ndarray):
    chance = np.random.default_rng(1)
    points = neck_points() * np.float32(1.5)
    world = bend(points, pose).astype(np.float32)
    head, torso = torch.from_numpy(pose), torch.from_numpy(TORSO_POSE)
    canonical = unbend(torch.from_numpy(world), head, torso)
    room = torch.full((len(points),), 0.02)
    allowed = world_room(canonical, room, head, torso).clamp(min=0.0).numpy()
    way = chance.standard_normal((len(points), 3)).astype(np.float32)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    moved = unbend(torch.from_numpy(world + way * allowed[:, None]), head, torso)
    assert float((moved - canonical).norm(dim=1).max()) < 0.0225


def test_many_poses_at_once_unbend_as_one_by_one():
    points = neck_points()[:400]
    world = [torch.from_numpy(bend(points, pose).astype(np.float32)) for pose in POSES]
    torso = torch.from_numpy(TORSO_POSE)
    heads = torch.from_numpy(np.repeat(np.stack(POSES), len(points), 0))
    together = unbend(torch.cat(world), heads, torso.expand(len(heads), 4, 4))
    alone = torch.cat([unbend(w, torch.from_numpy(pose), torso) for w, pose in zip(world, POSES, strict=True)])
    assert torch.allclose(together, alone, atol=1e-6)
    room = torch.full((len(heads),), 0.01)
    assert torch.allclose(
        world_room(together, room, heads, torso.expand(len(heads), 4, 4)),
        torch.cat(
            [
                world_room(a, room[: len(points)], torch.from_numpy(pose), torso)
                for a, pose in zip(alone.split(len(points)), POSES, strict=True)
            ]
        ),
        atol=1e-5,
    )

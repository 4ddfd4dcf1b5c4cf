"""Small fields with random weights and an analytic occupancy, cameras to look at them, pictures of nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emogene.corpus.pictures import PictureCorpus
from emogene.render import head_field, torso_field
from emogene.render.carving import cell_centres
from emogene.render.field import RadianceField
from emogene.render.fields import ActorFields
from emogene.render.head_field import HeadField
from emogene.render.neck import HEAD_LOW, TORSO_POSE, neck_height
from emogene.render.picture_rays import REGIONS, PictureSet
from emogene.render.torso_field import TOP, TorsoField
from emogene.values import Camera, FaceState, Frame


def face_landmarks() -> np.ndarray:
    """(68, 3) a plausible resting face, symmetric, mouth closed: metres, canonical head frame."""
    points = np.zeros((68, 3), np.float32)
    turn = np.linspace(-1.0, 1.0, 17) * 1.3
    points[:17] = np.stack([0.073 * np.sin(turn), 0.02 - 0.115 * np.cos(turn) ** 2, 0.04 + 0.065 * np.cos(turn)], 1)
    points[17:22] = np.stack([np.linspace(-0.058, -0.012, 5), np.full(5, 0.04), np.linspace(0.08, 0.107, 5)], 1)
    points[22:27] = points[21:16:-1] * [-1, 1, 1]
    points[27:31] = np.stack([np.zeros(4), np.linspace(0.017, -0.016, 4), np.linspace(0.107, 0.131, 4)], 1)
    points[31:36] = np.stack(
        [np.linspace(-0.0125, 0.0125, 5), np.full(5, -0.0315), [0.109, 0.114, 0.116, 0.114, 0.109]], 1
    )
    eye = np.array([[-0.0446, 0.0143, 0.086], [-0.0387, 0.0187, 0.0936], [-0.0278, 0.0194, 0.0953],
                    [-0.0184, 0.0125, 0.092], [-0.0273, 0.0108, 0.0941], [-0.0386, 0.0107, 0.0923]])  # fmt: skip
    points[36:42] = eye
    points[[45, 44, 43, 42, 47, 46]] = eye * [-1, 1, 1]
    x = np.array([-0.025, -0.017, -0.007, 0.0, 0.007, 0.017, 0.025, 0.018, 0.010, 0.0, -0.010, -0.018])
    y = np.array([-0.055, -0.048, -0.044, -0.045, -0.044, -0.048, -0.055, -0.061, -0.063, -0.064, -0.063, -0.061])
    points[48:60] = np.stack([x, y, 0.118 - 25.0 * x**2], 1)
    x = np.array([-0.022, -0.010, 0.0, 0.010, 0.022, 0.0107, 0.0, -0.0107])
    y = np.array([-0.0549, -0.053, -0.0532, -0.053, -0.0549, -0.0538, -0.054, -0.0538])
    points[60:68] = np.stack([x, y, 0.1128 - 23.0 * x**2], 1)
    return points


def opened(landmarks: np.ndarray, drop: float) -> np.ndarray:
    """The face with lower lip and chin moved down by `drop` metres."""
    moved = landmarks.copy()
    moved[5:12, 1] -= drop
    moved[[55, 56, 57, 58, 59, 65, 66, 67], 1] -= drop
    return moved


@pytest.fixture
def rest() -> np.ndarray:
    return face_landmarks()


@pytest.fixture
def fields(rest: np.ndarray) -> ActorFields:
    """Random weights; a head in an egg, a torso in a box of shoulders and a neck that reaches into the head."""
    head = HeadField(head_field.tiny_config(), rest, opened(rest, 0.010), seed=3)
    torso = TorsoField(torso_field.tiny_config(), rest, opened(rest, 0.010), seed=4)
    points = cell_centres(head.config)
    egg = ((points / [0.09, 0.12, 0.11]) ** 2).sum(1) < 1.0
    occupy(head, egg & (neck_height(points) > HEAD_LOW))
    points = cell_centres(torso.config)
    shoulders = (np.abs(points - [0.0, -0.21, 0.0]) < [0.2, 0.06, 0.09]).all(1)
    neck = (points[:, 0] ** 2 + points[:, 2] ** 2 < 0.06**2) & (points[:, 1] > -0.25)
    occupy(torso, (shoulders | neck) & (neck_height(points) < TOP))
    for seed, field in enumerate((head, torso)):
        field.requires_grad_(False)
        field.table.mul_(100.0)
        field.detail_table.mul_(100.0)
        cells = np.random.default_rng(seed).random((field.config.surface,) * 3) < 0.8
        field.surface.copy_(torch.from_numpy(cells.astype(np.uint8)))
    return ActorFields(head, torso)


@pytest.fixture(params=["head", "torso"])
def field(request: pytest.FixtureRequest, fields: ActorFields) -> RadianceField:
    """Each of the two."""
    return getattr(fields, request.param)


def occupy(field: RadianceField, cells: np.ndarray) -> None:
    """Let something be in these cells (G^3,) alone."""
    field.occupied.copy_(torch.from_numpy(cells.reshape((field.config.occupancy,) * 3).astype(np.uint8)))


def evenly(field: RadianceField, raw: float) -> RadianceField:
    """The same field with one raw density wherever it is occupied, in every frame; colours stay as they are."""
    field.surface.fill_(1)
    for name in ("density_condition", "condition_in", "condition_out"):
        getattr(field, name).fill_(0.0)
    field.condition_out_bias.fill_(1.0)
    field.density_in[0], field.density_condition[0, 0] = 0.0, 1.0
    field.density_out[0] = 0.0
    field.density_out[0, 0] = raw
    return field


def turned(yaw: float, pitch: float, shift: tuple[float, float, float]) -> np.ndarray:
    """(4, 4) head pose turned by degrees and moved by metres against the torso."""
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    pose = TORSO_POSE.copy()
    pose[:3, :3] = TORSO_POSE[:3, :3] @ about_y @ about_x
    pose[:3, 3] += shift
    return pose.astype(np.float32)


@pytest.fixture
def face(rest: np.ndarray) -> FaceState:
    return FaceState(opened(rest, 0.004), np.array([0.2, -0.1], np.float32), turned(12.0, 8.0, (0.01, 0.02, -0.005)))


def front_camera(width: int, height: int) -> Camera:
    """One metre in front of the face."""
    to_world = np.array([[1, 0, 0, 0], [0, 0, -1, -1.0], [0, 1, 0, -0.04], [0, 0, 0, 1]], np.float64)
    return Camera(to_world, 70.0, 36.0, width, height)


def resting(face: FaceState) -> FaceState:
    """The same face on a head that is neither turned nor moved."""
    return FaceState(face.landmarks, face.gaze, TORSO_POSE)


def pictures_of(faces: list[FaceState], rest: np.ndarray, camera: Camera) -> PictureSet:
    """One square, empty picture of each face."""
    count, size = len(faces), camera.width
    corpus = PictureCorpus(
        folder=Path(), fps=25, size=size, sensor_mm=camera.sensor_mm,
        landmarks=np.stack([face.landmarks for face in faces]), rest=rest, closed_eyes=rest,
        gaze=np.stack([face.gaze for face in faces]), poses=np.stack([face.pose for face in faces]),
        camera_to_world=np.stack([camera.camera_to_world] * count), focal_mm=np.full(count, camera.focal_mm),
        weights=np.zeros((count, 8), np.float32), blink=np.zeros(count), expressions=np.zeros((count, 4), np.float32),
        test=np.zeros(count, bool),
    )  # fmt: skip
    pixels, boxes = np.zeros((count, size, size, 4), np.uint8), np.zeros((count, len(REGIONS), 4), np.int32)
    return PictureSet(corpus, np.arange(count), pixels, np.zeros((count, size, size), np.uint8), boxes)


def assert_alike(a: Frame, b: Frame, colour: float = 2e-5, metres: float = 1e-5) -> None:
    """The same picture; a sample on the very border of two cells may fall to either, in one pixel of thousands."""
    seen, also = np.isfinite(a.depth), np.isfinite(b.depth)
    apart = np.abs(np.where(seen & also, a.depth, 0.0) - np.where(seen & also, b.depth, 0.0)) >= metres
    wrong = (np.abs(a.rgba - b.rgba).max(2) >= colour) | apart | (seen != also)
    assert wrong.sum() <= np.ceil(wrong.size / 2000), f"{wrong.sum()} of {wrong.size} pixels differ"

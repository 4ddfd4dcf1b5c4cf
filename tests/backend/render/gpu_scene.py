"""A tiny head and torso of random weights, half transparent, and a face and a camera to look at them with."""

from dataclasses import replace

import numpy as np
import torch

from emogene.render import head_field, torso_field
from emogene.render.carving import cell_centres
from emogene.render.fields import ActorFields
from emogene.render.head_field import HeadField
from emogene.render.neck import HEAD_LOW, neck_height
from emogene.render.torso_field import TOP, TorsoField
from emogene.values import Camera, FaceState

from .conftest import face_landmarks, opened, turned


def random_fields() -> ActorFields:
    """An egg for the head and a box for the shoulders; some of their samples are clear, some solid."""
    rest = face_landmarks()
    head = HeadField(replace(head_field.tiny_config(), step=0.01, aims=True), rest, opened(rest, 0.010), seed=3)
    torso = TorsoField(replace(torso_field.tiny_config(), step=0.02, aims=True), rest, opened(rest, 0.010), seed=4)
    points = cell_centres(head.config)
    egg = ((points / [0.09, 0.13, 0.12]) ** 2).sum(1) < 1.0
    _occupy(head, egg & (neck_height(points) > HEAD_LOW))
    points = cell_centres(torso.config)
    box = (np.abs(points - [0.0, -0.2, 0.0]) < [0.2, 0.12, 0.09]).all(1)
    _occupy(torso, box & (neck_height(points) < TOP))
    for field in (head, torso):
        field.requires_grad_(False)
        field.table.mul_(100.0)
        field.detail_table.mul_(100.0)
        field.density_out.mul_(1.5)
    return ActorFields(head, torso)


def _occupy(field: HeadField | TorsoField, inside: np.ndarray) -> None:
    field.occupied.copy_(torch.from_numpy(inside.astype(np.uint8).reshape((field.config.occupancy,) * 3)))
    # Something of the reference face is empty, too, so that the surface grid has a say.
    field.surface[::2, ::2, ::2] = 0


def turned_face() -> FaceState:
    rest = face_landmarks()
    pose = turned(12.0, 8.0, (0.01, 0.02, -0.005))
    return FaceState(opened(rest, 0.008), np.array([0.2, -0.1], np.float32), pose)


def bust_camera(width: int, height: int) -> Camera:
    """Head and shoulders, from 0.9 m in front."""
    to_world = np.array([[1, 0, 0, 0], [0, 0, -1, -0.9], [0, 1, 0, -0.06], [0, 0, 0, 1]], np.float64)
    return Camera(to_world, 50.0, 36.0, width, height)

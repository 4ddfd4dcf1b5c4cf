"""The actor's bare surfaces as one mesh: skin and mouth from the face model, refined, and round eyeballs."""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
import scipy.sparse as sp

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.subdivision import refine, triangles_of
from emogene.corpus.face_model import FaceModel

SKIN_FACE, SKIN_BACK, GUMS, TEETH, EYE, CLOTH = range(6)
"""Materials of the renderer."""

MOUTH_SOCKET = range(11248, 13294)
"""Vertices of the face model that line the mouth; they carry the head's material there."""

EYEBALLS = {"left": range(21451, 22221), "right": range(23021, 23791)}
EYE_CENTRES = {"left": (0.03104, 0.01604, 0.0789), "right": (-0.03104, 0.01604, 0.0789)}
"""Centre of the sphere that fits the generic model's eyeball, metres."""
EYE_RADIUS = 0.01535


@dataclass(frozen=True)
class Surface:
    """Triangles with a texture coordinate and a material each."""

    triangles: np.ndarray
    """(F, 3) int32."""
    uvs: np.ndarray
    """(F, 3, 2) float32 in 0..1."""
    materials: np.ndarray
    """(F,) int8."""


@dataclass(frozen=True)
class Anatomy:
    """How expression coefficients become the vertices of `surface`: refined face first, then both eyeballs."""

    surface: Surface
    refinement: sp.csr_matrix
    """(S, V) from the face model's vertices to refined ones."""
    painted: np.ndarray
    """(S + eyes, 3) refined vertices of the generic face: the space in which masks of the skin are painted."""
    eye_vertices: np.ndarray
    """(2, K, 3) the eyeballs' fixed vertices, left then right."""
    eye_centres: np.ndarray
    """(2, 3) left, right."""
    eye_radius: float

    @property
    def skin_count(self) -> int:
        return len(self.painted) - self.eye_vertices[..., 0].size


def build_anatomy(model: FaceModel, face: FaceModel, collar: Callable[[np.ndarray], np.ndarray]) -> Anatomy:
    """Anatomy of the actor's `face`, without what clothes hide.

    Args:
        model: the generic face.
        collar: tells which of (N, 3) points of the generic face are hidden.
    """
    faces, uvs, material = _visible_faces(model, collar)
    matrix, quads, corner_uvs = refine(faces, uvs, len(model.vertices))
    # refine makes each face's quads in a run, one for each corner.
    per_face = (faces >= 0).sum(1)
    order = np.repeat(material, per_face)
    centres, radius = _fit_eyes(model, face.vertices)
    ball, ball_quads = _eyeball(radius)
    eyes = centres[:, None] + ball
    offset = len(matrix.indptr) - 1
    eye_quads = np.concatenate([ball_quads + offset, ball_quads + offset + len(ball)]).astype(np.int32)
    triangles = np.concatenate([triangles_of(quads), triangles_of(eye_quads)])
    eye_uvs = np.zeros((2 * len(eye_quads), 3, 2), np.float32)
    surface = Surface(
        triangles,
        np.concatenate([triangles_of(corner_uvs), eye_uvs]),
        np.concatenate([np.repeat(order, 2), np.full(len(eye_uvs), EYE)]).astype(np.int8),
    )
    generic_eyes = np.array(list(EYE_CENTRES.values()), np.float32)[:, None] + ball
    painted = np.concatenate([matrix @ model.vertices, generic_eyes.reshape(-1, 3)]).astype(np.float32)
    return Anatomy(surface, matrix, painted, eyes.astype(np.float32), centres, radius)


def _visible_faces(model: FaceModel, collar) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kinds = {"M_Face": SKIN_FACE, "M_BackHead": SKIN_BACK, "M_GumsTongue": GUMS, "M_Teeth": TEETH}
    names = [model.materials[i] for i in model.face_material]
    material = np.array([kinds.get(name, -1) for name in names])
    keep = material >= 0
    centre = (
        np.where((model.faces >= 0)[..., None], model.vertices[model.faces], 0).sum(1)
        / (model.faces >= 0).sum(1)[:, None]
    )
    skin = (material == SKIN_FACE) | (material == SKIN_BACK)
    keep &= ~(skin & collar(centre))
    socket = np.isin(model.faces[:, 0], np.array(MOUTH_SOCKET))
    material = np.where(socket & skin, GUMS, material)
    uvs = model.uvs[model.face_uvs] % 1.0
    return model.faces[keep], uvs[keep].astype(np.float32), material[keep]


def _fit_eyes(model: FaceModel, neutral: np.ndarray) -> tuple[np.ndarray, float]:
    centres, scales = [], []
    for side, vertices in EYEBALLS.items():
        before, after = model.vertices[list(vertices)], neutral[list(vertices)]
        centres.append(np.array(EYE_CENTRES[side]) + (after - before).mean(0))
        scales.append(np.std(after - after.mean(0)) / np.std(before - before.mean(0)))
    return np.array(centres, np.float32), float(EYE_RADIUS * np.mean(scales))


def _eyeball(radius: float, rings: int = 40, spokes: int = 72) -> tuple[np.ndarray, np.ndarray]:
    """Front two thirds of a sphere about the origin, its pole on +z."""
    polar = np.linspace(0.0, np.radians(115), rings)
    turn = np.arange(spokes) / spokes * 2 * np.pi
    points = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(turn),
            np.sin(polar)[:, None] * np.sin(turn),
            np.cos(polar)[:, None] + 0 * turn,
        ],
        -1,
    )
    ring, spoke = np.meshgrid(np.arange(rings - 1), np.arange(spokes), indexing="ij")
    after = (spoke + 1) % spokes
    quads = np.stack(
        [ring * spokes + spoke, (ring + 1) * spokes + spoke, (ring + 1) * spokes + after, ring * spokes + after], -1
    )
    return (radius * points).reshape(-1, 3).astype(np.float32), quads.reshape(-1, 4).astype(np.int32)


def pose_anatomy(anatomy: Anatomy, face: FaceModel, expression: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Face model vertices (V, 3) and render vertices (S + eyes, 3), metres, for (E,) expression coefficients."""
    used = np.flatnonzero(expression)
    control = (face.vertices + np.tensordot(expression[used], face.expressions[used], 1)).astype(np.float32)
    return control, np.concatenate([anatomy.refinement @ control, anatomy.eye_vertices.reshape(-1, 3)]).astype(
        np.float32
    )


@numba.njit(**DRAWING)
def vertex_normals(vertices, triangles):  # pragma: no cover
    """(V, 3) area-weighted unit normals."""
    out = np.zeros_like(vertices)
    for f in range(triangles.shape[0]):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            out[k, 0] += nx
            out[k, 1] += ny
            out[k, 2] += nz
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-20
        out[i, 0] /= length
        out[i, 1] /= length
        out[i, 2] /= length
    return out

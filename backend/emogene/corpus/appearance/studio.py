"""Everything baked once of one actor: surfaces, textures, light transfer, hair. Pictures are drawn from it."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from emogene.corpus.appearance.actor import Actor, actor_face
from emogene.corpus.appearance.anatomy import (
    EYE,
    GUMS,
    MOUTH_SOCKET,
    SKIN_BACK,
    SKIN_FACE,
    TEETH,
    Anatomy,
    Surface,
    build_anatomy,
    pose_anatomy,
    vertex_normals,
)
from emogene.corpus.appearance.brows import grow_brows, grow_lashes
from emogene.corpus.appearance.clothes import build_sweater, hidden_by_collar, paint_knit
from emogene.corpus.appearance.filtering import pyramid
from emogene.corpus.appearance.hair import Strands, grow_scalp, join
from emogene.corpus.appearance.light import DIRECTIONS, bake_transfer
from emogene.corpus.appearance.mouth_and_eyes import paint_eye, paint_gums, paint_teeth
from emogene.corpus.appearance.skin import paint_skin, smoothstep
from emogene.corpus.appearance.textures import encode, locate_texels, relief
from emogene.corpus.face_model import FaceModel
from emogene.corpus.tongue import TONGUE_SHAPES

OPEN_FACE = {
    "jawOpen": 0.75, "mouthLowerDown_L": 0.35, "mouthLowerDown_R": 0.35, "mouthUpperUp_L": 0.45, "mouthUpperUp_R": 0.45,
    "eyeBlink_L": 1.0, "eyeBlink_R": 1.0,
}  # fmt: skip
"""The second face in which light is baked: frames are mixed of it and of the resting face, as they are like it."""


@dataclass(frozen=True)
class Studio:
    face: FaceModel
    """The actor's own, see actor_face."""
    actor: Actor
    anatomy: Anatomy
    surface: Surface
    """Anatomy and sweater together."""
    sweater: np.ndarray
    """(C, 3) fixed vertices after the anatomy's."""
    neutral_normals: np.ndarray
    """(V, 3)"""
    transfer: np.ndarray
    """(2, 3, V, 16): neutral and open face, by colour."""
    mouth_mask: np.ndarray
    """(V,) how much a vertex goes with the mouth's opening."""
    lid_mask: np.ndarray
    """(2, V) how much a vertex goes with each eye's closing, left then right."""
    inner_mouth: np.ndarray
    """(V,) 1 on teeth, gums, tongue and the lining of the mouth."""
    textures: tuple[np.ndarray, ...]
    """(materials, size, size, 8) uint8, then of half that size and so on: see filtering.pyramid."""
    neutral: np.ndarray
    """(V, 3) vertices of the resting face, sweater and all."""
    strands: Strands
    lids: list[tuple[np.ndarray, np.ndarray]]
    """See lid_borders."""


def build_studio(model: FaceModel, actor: Actor, directions: int = DIRECTIONS) -> Studio:
    """Bake everything, light from so many `directions`; takes some seconds."""
    face = actor_face(actor, model)
    anatomy = build_anatomy(model, face, hidden_by_collar)
    _, bare = pose_anatomy(anatomy, face, np.zeros(len(face.expression_names), np.float32))
    sweater = build_sweater(bare[: anatomy.skin_count], actor)
    surface = _join(anatomy.surface, sweater.surface, len(bare))
    vertices = np.concatenate([bare, sweater.vertices])
    normals = vertex_normals(vertices, surface.triangles)
    painted = np.concatenate([anatomy.painted, sweater.vertices])
    inner = _inner_mouth(model, anatomy, len(vertices))
    lid = np.stack(
        [np.exp(-(((painted - c) / 0.020) ** 2).sum(1)) for c in ([0.031, 0.016, 0.094], [-0.031, 0.016, 0.094])]
    )
    mouth = np.exp(-(((painted - [0.0, -0.054, 0.112]) / [0.034, 0.022, 0.04]) ** 2).sum(1))
    transfer = _bake(face, anatomy, surface, vertices, normals, sweater.vertices, inner, directions)
    return Studio(
        face, actor, anatomy, surface, sweater.vertices, normals, transfer,
        np.maximum(mouth, inner).astype(np.float32), np.minimum(lid * 1.4, 1.0).astype(np.float32), inner,
        _paint(model, face, actor, anatomy, surface, vertices, normals, painted), vertices,
        _grow(face, actor, anatomy, surface, vertices, normals, painted), lid_borders(model),
    )  # fmt: skip


LID_CORNERS = (((42, 43, 44, 45), (42, 47, 46, 45)), ((39, 38, 37, 36), (39, 40, 41, 36)))
"""Landmarks along the upper and the lower lid from the inner corner outwards, left eye first."""


def lid_borders(model: FaceModel) -> list[tuple[np.ndarray, np.ndarray]]:
    """The face model's vertices on the border of the upper and lower lid, inner corner first, left eye first."""
    face = model.faces[model.face_material == model.materials.index("M_Face")]
    following = np.where(np.roll(face, -1, 1) >= 0, np.roll(face, -1, 1), face[:, :1])
    ends = np.stack([face[face >= 0], following[face >= 0]], 1)
    length = np.linalg.norm(model.vertices[ends[:, 0]] - model.vertices[ends[:, 1]], axis=1)
    graph = sp.csr_matrix((length, ends.T), shape=(len(model.vertices),) * 2)
    walk = [[_walk(graph, model.landmarks68[list(lid)]) for lid in lids] for lids in LID_CORNERS]
    return [(upper, lower) for upper, lower in walk]


def _walk(graph: sp.csr_matrix, stations: np.ndarray) -> np.ndarray:
    """Vertices of the shortest way along edges through all stations."""
    way = [int(stations[0])]
    for start, end in zip(stations[:-1], stations[1:], strict=True):
        before = dijkstra(graph, directed=False, indices=int(start), return_predecessors=True)[1]
        leg = [int(end)]
        while leg[-1] != start:
            leg.append(int(before[leg[-1]]))
        way += leg[-2::-1]
    return np.array(way)


def _grow(face, actor, anatomy, surface, vertices, normals, painted) -> Strands:
    """Hair, brows and lashes on the resting face."""
    skin = anatomy.skin_count
    on_skin = (surface.materials == SKIN_FACE) | (surface.materials == SKIN_BACK)
    scalp = grow_scalp(vertices[:skin], painted[:skin], surface.triangles[on_skin], actor)
    front = np.unique(surface.triangles[surface.materials == SKIN_FACE])
    brows = grow_brows(vertices[:skin], normals[:skin], face.vertices[face.landmarks68], actor)
    lashes = grow_lashes(
        [(face.vertices[upper], face.vertices[lower]) for upper, lower in lid_borders(face)],
        anatomy.eye_centres,
        vertices[: front.max() + 1],
        actor,
    )
    return join([scalp, *brows, *lashes])


def _join(first: Surface, second: Surface, offset: int) -> Surface:
    return Surface(
        np.concatenate([first.triangles, second.triangles + offset]).astype(np.int32),
        np.concatenate([first.uvs, second.uvs]).astype(np.float32),
        np.concatenate([first.materials, second.materials]),
    )


def _carried(anatomy: Anatomy, values: np.ndarray, count: int) -> np.ndarray:
    """(count,) values at render vertices, 0 beyond the refined face, of (V,) values at the face model's vertices."""
    out = np.zeros(count, np.float32)
    out[: anatomy.skin_count] = anatomy.refinement @ values.astype(np.float32)
    return out


def _inner_mouth(model: FaceModel, anatomy: Anatomy, count: int) -> np.ndarray:
    indicator = np.zeros(len(model.vertices), np.float32)
    indicator[list(MOUTH_SOCKET)] = 1.0
    for name in ("M_GumsTongue", "M_Teeth"):
        faces = model.faces[model.face_material == model.materials.index(name)]
        indicator[faces[faces >= 0]] = 1.0
    return np.clip(_carried(anatomy, indicator, count), 0, 1)


def _bake(face, anatomy, surface, vertices, normals, sweater, inner, directions) -> np.ndarray:
    """(2, 3, V, 16) transfer in the neutral and in the open face, blurred under the skin and brightened by bounces."""
    expression = np.zeros(len(face.expression_names), np.float32)
    for name, value in OPEN_FACE.items():
        expression[face.expression_index[name]] = value
    opened = np.concatenate([pose_anatomy(anatomy, face, expression)[1], sweater])
    baked = []
    for shape, shape_normals in ((vertices, normals), (opened, vertex_normals(opened, surface.triangles))):
        hidden = bake_transfer(shape, shape_normals, shape, surface.triangles, directions)
        # What lips let into the mouth changes with every sound, so only teeth, gums and tongue shade each other here.
        rows = np.flatnonzero(inner > 0.5)
        within = surface.triangles[(inner[surface.triangles] > 0.5).all(1)]
        hidden[rows] = bake_transfer(opened[rows], shape_normals[rows], opened, within, directions)
        free = bake_transfer(shape, shape_normals, shape[:3], np.zeros((0, 3), np.int32), directions)
        baked.append(_scatter(hidden, free, surface, inner))
    return np.array(baked, np.float32)


def _scatter(hidden: np.ndarray, free: np.ndarray, surface: Surface, inner: np.ndarray) -> np.ndarray:
    """(3, V, 16) by colour: light wanders under skin, red furthest, and bounces out of folds reddened."""
    n = len(hidden)
    a, b = surface.triangles[:, [0, 1, 2]].ravel(), surface.triangles[:, [1, 2, 0]].ravel()
    near = sp.csr_matrix((np.ones(2 * len(a), np.float32), (np.r_[a, b], np.r_[b, a])), shape=(n, n)) + sp.identity(n)
    average = sp.csr_matrix(sp.diags(1.0 / np.asarray(near.sum(1)).ravel()) @ near, dtype=np.float32)
    out = []
    for steps, bounce in ((9, 0.30), (4, 0.20), (2, 0.15)):
        blurred = hidden
        for step in range(steps):
            blurred = average @ blurred
            if step == 0:
                once = blurred
        blurred = np.where(inner[:, None] > 0.5, once, blurred)
        # The deeper a fold, the less there is to bounce.
        seen = np.clip(blurred[:, :1] / np.maximum(free[:, :1], 1e-3), 0, 1)
        bounced = bounce * (1 - 0.6 * inner[:, None]) * (free - blurred) * np.minimum(1.0, 1.6 * seen)
        out.append(blurred + bounced)
    return np.array(out, np.float32)


def _paint(model, face, actor, anatomy, surface, vertices, normals, painted) -> tuple[np.ndarray, ...]:
    """All texture layers, see filtering.pyramid; skin is painted where the generic face has its features."""
    count = len(vertices)
    indicator = np.zeros(len(model.vertices), np.float32)
    indicator[list(MOUTH_SOCKET)] = 1.0
    socket = _carried(anatomy, indicator, count)
    moves = [face.expressions[face.expression_index[name]] for name in TONGUE_SHAPES]
    tongue = _carried(anatomy, np.clip(np.linalg.norm(moves, axis=2).max(0) / 0.003, 0, 1), count)
    lips = model.vertices[model.landmarks68[48:60]]
    layers = {}
    for material, flags in ((SKIN_FACE, socket), (SKIN_BACK, socket), (GUMS, tongue), (TEETH, socket)):
        texels = locate_texels(surface, material, painted, normals, flags)
        if material == GUMS:
            paint = paint_gums(texels)
        elif material == TEETH:
            paint = paint_teeth(texels)
        else:
            paint = paint_skin(texels, actor, lips)
        layers[material] = encode(paint, relief(paint.height, texels.positions))
    eye = paint_eye(actor)
    layers[EYE] = encode(eye, np.zeros((len(eye.albedo), 3)))
    layers[EYE + 1] = encode(*paint_knit(actor))
    return pyramid(np.stack([layers[i] for i in sorted(layers)]))


def closeness(studio: Studio, control: np.ndarray) -> tuple[float, np.ndarray]:
    """How open the mouth is, 0..1, and how closed each eye is, from the (V, 3) face model's vertices."""
    marks = control[studio.face.landmarks68]
    gap = np.linalg.norm(marks[61:64] - marks[[67, 66, 65]], axis=1).mean()
    eyes = []
    for upper, lower in ((slice(43, 45), slice(46, 48)), (slice(37, 39), slice(40, 42))):
        height = (marks[upper].mean(0) - marks[lower].mean(0))[1]
        eyes.append(1.0 - smoothstep(np.array(height), 0.001, 0.008))
    return float(smoothstep(np.array(gap), 0.0004, 0.0085)), np.array(eyes, np.float32)

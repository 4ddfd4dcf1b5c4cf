"""Three shapes of the tongue, which the face kit's expressions leave at rest: tip up, tip out, back up.

Gums, floor of the mouth and tongue are one piece of mesh. The tongue is found by the texture's seams: its upper side
and the floor below it are islands of their own. Displacements fade to nothing towards the seams that the tongue shares
with gums and throat, so only the tongue moves.
"""

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from emogene_proto.errors import CorpusError

from .face_model import FaceModel

TONGUE_SHAPES = ("tongueTipUp", "tongueOut", "tongueBackUp")
MATERIAL = "M_GumsTongue"
TOP_POINT = np.array([0.0, -0.050, 0.060])
"""On the middle of the tongue's upper side, metres."""
FLOOR_POINT = np.array([0.0, -0.072, 0.080])
"""On the floor of the mouth under it."""
FADE = 0.010
"""Metres along the mesh over which the motion grows from the seams."""


def with_tongue(model: FaceModel) -> FaceModel:
    """The model with TONGUE_SHAPES appended to its expressions; a model that has them is returned as it is.

    Raises:
        CorpusError: the model has no gums and tongue.
    """
    if set(TONGUE_SHAPES) <= set(model.expression_names):
        return model
    freedom = tongue_freedom(model)
    shapes = _displacements(model.vertices) * freedom[None, :, None]
    return replace(
        model,
        expressions=np.concatenate([model.expressions, shapes.astype(np.float32)]),
        expression_names=model.expression_names + TONGUE_SHAPES,
    )


def tongue_freedom(model: FaceModel) -> np.ndarray:
    """(V,) 0 on everything but the tongue, 1 where it moves freely."""
    if MATERIAL not in model.materials:
        raise CorpusError("The face model has no tongue.", "Pack the light model of ICT-FaceKit (FaceXModel).")
    chosen = np.flatnonzero(model.face_material == model.materials.index(MATERIAL))
    faces, uvs = model.faces[chosen], model.face_uvs[chosen]
    island = _islands(uvs, len(model.uvs))
    of_face = island[uvs[:, 0]]
    top = _nearest_face(model, faces, TOP_POINT)
    floor = _nearest_face(model, faces, FLOOR_POINT)
    mine = np.isin(of_face, (of_face[top], of_face[floor]))
    movable = np.unique(faces[mine][faces[mine] >= 0])
    fixed = np.unique(faces[~mine][faces[~mine] >= 0])
    distance = _distance_along(model.vertices, faces[mine], np.intersect1d(movable, fixed))
    freedom = np.zeros(len(model.vertices))
    freedom[movable] = _smoothstep(distance[movable] / FADE)
    return freedom


def _displacements(vertices: np.ndarray) -> np.ndarray:
    """(3, V, 3) metres, as if every vertex were the tongue's."""
    y, z = vertices[:, 1], vertices[:, 2]
    tip = _smoothstep((z - 0.066) / 0.030)
    shapes = np.zeros((3, len(vertices), 3))
    shapes[0, :, 1] = 0.0155 * tip**1.5
    shapes[0, :, 2] = 0.003 * tip
    # Out between the teeth, flattened, about as high as a jaw open by an eighth leaves room.
    shapes[1, :, 1] = tip * (-0.0525 + 0.18 * (y + 0.060) - y)
    shapes[1, :, 2] = 0.0125 * tip
    shapes[2, :, 1] = 0.0145 * np.exp(-(((z - 0.058) / 0.016) ** 2))
    shapes[2, :, 2] = -0.004 * tip
    return shapes


def _islands(face_uvs: np.ndarray, count: int) -> np.ndarray:
    """(count,) which piece of the texture each UV belongs to."""
    edges = _edges(face_uvs)
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1]


def _edges(faces: np.ndarray) -> np.ndarray:
    """(N, 2) edges of quads and, where the fourth index is -1, triangles."""
    last = np.where(faces[:, 3] >= 0, faces[:, 3], faces[:, 2])
    corners = np.column_stack([faces[:, :3], last])
    edges = np.concatenate([corners[:, [i, (i + 1) % 4]] for i in range(4)])
    return edges[edges[:, 0] != edges[:, 1]]


def _nearest_face(model: FaceModel, faces: np.ndarray, point: np.ndarray) -> int:
    centres = model.vertices[faces[:, :3]].mean(axis=1)
    return int(np.linalg.norm(centres - point, axis=1).argmin())


def _distance_along(vertices: np.ndarray, faces: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """(V,) metres along the mesh's edges to the nearest of `sources`; infinite off the mesh."""
    edges = _edges(faces)
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    # Two faces share most edges: keep one copy, since a sparse matrix would add them up.
    edges, first = np.unique(np.sort(edges, axis=1), axis=0, return_index=True)
    graph = coo_matrix((lengths[first], (edges[:, 0], edges[:, 1])), shape=(len(vertices),) * 2).tocsr()
    return dijkstra(graph, directed=False, indices=sources, min_only=True)


def _smoothstep(x: np.ndarray) -> np.ndarray:
    t = np.clip(x, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)

"""Catmull-Clark subdivision as a sparse matrix, so that a deformed face is refined by one product."""

import numpy as np
import scipy.sparse as sp


def refine(
    faces: np.ndarray, corner_uvs: np.ndarray, vertex_count: int
) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    """One Catmull-Clark step of a mesh of quads and triangles.

    Args:
        faces: (F, 4) vertex of each corner, -1 as fourth for a triangle.
        corner_uvs: (F, 4, 2) texture coordinates of the corners; they are halved linearly.
        vertex_count: rows of the vertex array that `faces` points into.

    Returns:
        The (W, vertex_count) matrix of the new vertices, (G, 4) new quads into them and their (G, 4, 2) corner uvs.
    """
    used, faces = _compact(faces)
    n = len(used)
    face, slot = np.nonzero(faces >= 0)
    size = (faces >= 0).sum(1)
    following = np.where(slot + 1 < size[face], slot + 1, 0)
    start, end = faces[face, slot], faces[face, following]
    key = np.minimum(start, end).astype(np.int64) * n + np.maximum(start, end)
    edges, edge = np.unique(key, return_inverse=True)
    ends = np.stack([edges // n, edges % n], 1)

    f_points = sp.csr_matrix((1.0 / size[face], (face, start)), shape=(len(faces), n))
    sides = np.bincount(edge)
    middles = sp.csr_matrix(
        (np.full(ends.size, 0.5), (np.repeat(np.arange(len(ends)), 2), ends.ravel())), shape=(len(ends), n)
    )
    edge_faces = sp.csr_matrix((np.ones(len(edge)), (edge, face)), shape=(len(ends), len(faces)))
    inner = sp.diags((sides == 2) * 0.25)
    e_points = sp.diags(np.where(sides == 2, 0.5, 1.0)) @ middles + inner @ edge_faces @ f_points

    v_points = _vertex_points(n, ends, sides, middles, f_points, face, start)
    refined = sp.vstack([v_points, e_points, f_points]).tocsr()
    select = sp.csr_matrix((np.ones(n), (np.arange(n), used)), shape=(n, vertex_count))
    matrix = sp.csr_matrix(refined @ select, dtype=np.float32)

    previous = np.where(slot > 0, slot - 1, size[face] - 1)
    edge_of = np.full(faces.shape, -1)
    edge_of[face, slot] = edge
    quads = np.stack([start, n + edge, n + len(ends) + face, n + edge_of[face, previous]], 1).astype(np.int32)
    here, after, before = (corner_uvs[face, s] for s in (slot, following, previous))
    centre = np.einsum("fc,fcd->fd", (faces >= 0) / size[:, None], corner_uvs)[face]
    return matrix, quads, np.stack([here, (here + after) / 2, centre, (here + before) / 2], 1).astype(np.float32)


def _compact(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used = np.unique(faces[faces >= 0])
    renumber = np.full(int(used.max()) + 1, -1)
    renumber[used] = np.arange(len(used))
    return used, np.where(faces >= 0, renumber[faces], -1)


def _vertex_points(n, ends, sides, middles, f_points, face, start) -> sp.csr_matrix:
    """Rows that move the old vertices: (Q + 2 R + (k - 3) P) / k inside, a cubic B-spline's on a border."""
    border_edge = sides != 2
    border = np.zeros(n, bool)
    border[ends[border_edge].ravel()] = True
    touching = sp.csr_matrix(
        (np.ones(ends.size), (ends.ravel(), np.repeat(np.arange(len(ends)), 2))), shape=(n, len(ends))
    )
    valence = np.maximum(np.asarray(touching.sum(1)).ravel(), 1)
    around = sp.csr_matrix((np.ones(len(face)), (start, face)), shape=(n, f_points.shape[0]))
    faces_around = np.maximum(np.asarray(around.sum(1)).ravel(), 1)
    q = sp.diags(1.0 / faces_around) @ around @ f_points
    r = sp.diags(1.0 / valence) @ touching @ middles
    smooth = sp.diags(1.0 / valence) @ q + sp.diags(2.0 / valence) @ r + sp.diags((valence - 3.0) / valence)
    along = touching @ sp.diags(border_edge.astype(float))
    border_count = np.maximum(np.asarray(along.sum(1)).ravel(), 1)
    curve = sp.diags(0.5 / border_count) @ along @ middles + 0.5 * sp.identity(n)
    return sp.diags((~border).astype(float)) @ smooth + sp.diags(border.astype(float)) @ curve


def triangles_of(quads: np.ndarray) -> np.ndarray:
    """(2 G,) corner triples of (G, 4) quads as a (2 G, 3) array; works on any per-corner array (G, 4, ...)."""
    return np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], 1).reshape(-1, 3, *quads.shape[2:])

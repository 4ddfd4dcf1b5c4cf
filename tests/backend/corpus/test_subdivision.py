import numpy as np

from emogene.corpus.appearance.subdivision import refine, triangles_of

CUBE = np.array([[x, y, z] for x in (-1.0, 1) for y in (-1.0, 1) for z in (-1.0, 1)])
CUBE_FACES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def test_a_cube_becomes_what_catmull_and_clark_say():
    matrix, quads, _ = refine(CUBE_FACES, np.zeros((6, 4, 2)), 8)
    refined = matrix @ CUBE
    assert refined.shape == (8 + 12 + 6, 3)
    assert len(quads) == 24
    # A corner goes to (Q + 2 R + (k - 3) P) / k with k = 3: each coordinate to 5 / 9.
    np.testing.assert_allclose(np.abs(refined[:8]), 5 / 9, rtol=1e-5)
    # The middle of an edge goes to the mean of its ends and of the two faces beside it: 0, 3 / 4, 3 / 4.
    np.testing.assert_allclose(np.sort(np.abs(refined[8:20]), axis=1), [[0, 0.75, 0.75]] * 12, rtol=1e-5)


def test_a_flat_sheet_of_a_quad_and_a_triangle_stays_flat_and_whole():
    sheet = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0.5, 0]], float)
    faces = np.array([[0, 1, 2, 3], [1, 4, 2, -1]])
    uvs = np.where((faces >= 0)[..., None], sheet[faces][..., :2], 0)
    matrix, quads, corner_uvs = refine(faces, uvs, len(sheet))
    refined = matrix @ sheet
    assert np.abs(refined[:, 2]).max() == 0
    assert len(quads) == 4 + 3
    # Texture coordinates are halved linearly, so inside they are the faces' own middles.
    np.testing.assert_allclose(corner_uvs[0, 2], [0.5, 0.5])
    triangles = refined[triangles_of(quads)]
    turning = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])[:, 2]
    assert (turning > 0).all()

"""Shades what the rasteriser saw: skin, mouth, eyes and cloth under the studio's lamps, in linear light."""

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.anatomy import CLOTH, EYE, GUMS, TEETH
from emogene.corpus.appearance.filtering import footprint, look_up_filtered
from emogene.corpus.appearance.reflection import diffuse_light, dot, normalise, reflect, rotate
from emogene.corpus.appearance.shading_eyes import shade_eye

SKIN_F0, GUMS_F0, TEETH_F0 = 0.028, 0.04, 0.05
"""Reflectance straight on."""
SKIN_SOFTNESS = 0.45
"""How much less of its relief skin shows in red light than in blue."""
SAME_SURFACE = 1.004
"""Largest ratio of depths within a block of samples that are shaded together."""


@numba.njit(**DRAWING)
def shade_samples(
    triangle, barycentric, inverse_depth, corners, uvs, materials, canonical, world, normals, light, occlusion,
    head_rotation, eye_centres, first_eye, eye_size, gaze, textures, screen, flat_light, camera, colour,
):  # pragma: no cover  # fmt: skip
    """Fill `colour` (H, W, 4) where the visibility buffer has a triangle.

    In a block of 2 x 2 samples on one smooth surface only those of one diagonal are shaded; the others copy them.

    Args:
        triangle, barycentric, inverse_depth: the visibility buffer's arrays.
        corners, uvs, materials: the surface's triangles.
        canonical, world, normals: (V, 3) positions in the head's frame and in the world, world normals.
        light: (V, 3) diffuse light with shadows; occlusion: (V, L + 1) what part of each lamp and the room gets there.
        head_rotation: (3, 3) canonical to world.
        eye_centres: (2, 3) canonical; eyes' vertices start at `first_eye`, `eye_size` each, left first.
        gaze: (3, 3) turn of the eyes in the head.
        textures: of filtering.pyramid.
        screen: (V, 3) of the rasteriser.
        flat_light: (9,) unshadowed light in the world, all colours together.
        camera: (3,) its world position.
    """
    texel, reach, work = np.empty(8, np.float32), np.empty(occlusion.shape[1], np.float32), np.empty((3, 3), np.float32)
    one_look, across = np.empty(8, np.float32), np.empty((2, 2), np.float32)
    vectors = np.empty((4, 3), np.float32)
    normal, view, shade, result = vectors[0], vectors[1], vectors[2], vectors[3]
    for y in range(triangle.shape[0]):
        for x in range(triangle.shape[1]):
            f = triangle[y, x]
            if f < 0 or ((x + y) % 2 == 1 and _one_surface(triangle, inverse_depth, materials, y, x)):
                continue
            corner, b = corners[f], barycentric[y, x]
            _blend(normals, corner, b, normal)
            normalise(normal)
            _blend(world, corner, b, view)
            for c in range(3):
                view[c] = camera[c] - view[c]
            normalise(view)
            _blend(light, corner, b, shade)
            _blend(occlusion, corner, b, reach)
            if materials[f] == EYE:
                _blend(canonical, corner, b, normal)
                centre = eye_centres[0 if corner[0] < first_eye + eye_size else 1]
                shade_eye(normal, centre, gaze, view, head_rotation, shade, reach, textures[0], texel, work, result)
            else:
                u = uvs[f, 0, 0] * (1 - b[0] - b[1]) + uvs[f, 1, 0] * b[0] + uvs[f, 2, 0] * b[1]
                v = uvs[f, 0, 1] * (1 - b[0] - b[1]) + uvs[f, 1, 1] * b[0] + uvs[f, 2, 1] * b[1]
                footprint(corner, uvs[f], screen, textures[0].shape[1], across)
                look_up_filtered(textures, materials[f], u, v, materials[f] == CLOTH, across, one_look, texel)
                if materials[f] == CLOTH:
                    _shade_cloth(normal, view, shade, texel, flat_light, work, result)
                else:
                    _shade_skin(
                        materials[f], normal, view, shade, reach, texel, head_rotation, flat_light, work, result
                    )
            for c in range(3):
                colour[y, x, c] = result[c]
            colour[y, x, 3] = 1.0
    _copy_within_blocks(triangle, inverse_depth, materials, colour)


@numba.njit(inline="always", **DRAWING)
def _blend(values, corner, b, out):  # pragma: no cover
    """Values at a triangle's corners, interpolated into `out`."""
    for c in range(out.shape[0]):
        first = values[corner[0], c]
        out[c] = first + b[0] * (values[corner[1], c] - first) + b[1] * (values[corner[2], c] - first)


@numba.njit(**DRAWING)
def _shade_skin(material, normal, view, shade, reach, texel, to_world, flat_light, work, out):  # pragma: no cover
    """Skin, teeth, gums and tongue: the baked light, changed by the relief, and reflections."""
    change, fine, gloss = work[0], work[1], work[2]
    for c in range(3):
        gloss[c] = 2 * texel[4 + c] - 1
    rotate(to_world, gloss, change)
    for c in range(3):
        fine[c] = normal[c] + change[c]
    normalise(fine)
    ratio = min(max(diffuse_light(fine, flat_light) / diffuse_light(normal, flat_light), 0.4), 1.8)
    f0, soft = SKIN_F0, SKIN_SOFTNESS
    if material == TEETH:
        f0, soft = TEETH_F0, 0.0
    elif material == GUMS:
        f0, soft = GUMS_F0, 0.0
    reflect(fine, view, texel[3], f0, reach, gloss)
    for c in range(3):
        # Red light travels furthest under the skin, so relief shows least in it.
        detail = 1.0 + (ratio - 1.0) * (1.0 - soft * (1.0 - 0.5 * c))
        out[c] = shade[c] * texel[c] * texel[c] * detail + gloss[c] * texel[7] * 2.0


@numba.njit(**DRAWING)
def _shade_cloth(normal, view, shade, texel, flat_light, work, out):  # pragma: no cover
    """Knitted wool: its relief in a frame of across and down the cloth, and fuzz that glows at the edges."""
    fine, mx, my = work[0], 2 * texel[4] - 1, 2 * texel[5] - 1
    flat = np.sqrt(normal[0] * normal[0] + normal[1] * normal[1]) + 1e-6
    ax, ay = -normal[1] / flat, normal[0] / flat
    fine[0] = normal[0] + mx * ax - my * normal[2] * ay
    fine[1] = normal[1] + mx * ay + my * normal[2] * ax
    fine[2] = normal[2] + my * (normal[0] * ay - normal[1] * ax)
    normalise(fine)
    ratio = min(max(diffuse_light(fine, flat_light) / diffuse_light(normal, flat_light), 0.4), 1.8)
    facing = dot(normal, view)
    # Seen from behind it is the inside of the collar.
    lit = 0.45 if facing < 0.0 else 1.0
    fuzz = 0.35 * (1.0 - max(facing, 0.0)) ** 3
    for c in range(3):
        albedo = texel[c] * texel[c]
        out[c] = lit * shade[c] * (albedo * ratio + fuzz * (0.25 * albedo + 0.03))


@numba.njit(inline="always", **DRAWING)
def _one_surface(triangle, inverse_depth, materials, y, x):  # pragma: no cover
    """Whether the 2 x 2 samples around this one lie on one material, at about one depth, and not on an eye."""
    y0, x0 = y - y % 2, x - x % 2
    if y0 + 1 >= triangle.shape[0] or x0 + 1 >= triangle.shape[1]:
        return False
    near, far, material = 0.0, 1e9, materials[triangle[y, x]]
    for j in range(2):
        for i in range(2):
            f = triangle[y0 + j, x0 + i]
            if f < 0 or materials[f] != material:
                return False
            near, far = max(near, inverse_depth[y0 + j, x0 + i]), min(far, inverse_depth[y0 + j, x0 + i])
    return material != EYE and near < far * SAME_SURFACE


@numba.njit(**DRAWING)
def _copy_within_blocks(triangle, inverse_depth, materials, colour):  # pragma: no cover
    for y in range(triangle.shape[0]):
        for x in range(triangle.shape[1]):
            if (x + y) % 2 == 1 and triangle[y, x] >= 0 and _one_surface(triangle, inverse_depth, materials, y, x):
                for c in range(4):
                    colour[y, x, c] = colour[y, x ^ 1, c]

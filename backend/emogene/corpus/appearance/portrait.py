"""One picture of the actor: deform, bend the neck, light, rasterise, shade, grow hair over it, resolve to 8 bits."""

from typing import NamedTuple

import numba
import numpy as np

from emogene.compiled_kernels import DRAWING
from emogene.corpus.appearance.anatomy import pose_anatomy, vertex_normals
from emogene.corpus.appearance.light import COSINE_BANDS, lamp_coefficients, light_coefficients, unshadowed
from emogene.corpus.appearance.shading import shade_samples
from emogene.corpus.appearance.strand_shading import follow, light_strands
from emogene.corpus.appearance.studio import Studio, closeness
from emogene.corpus.rasterizer import VisibilityBuffer, project, rasterize, resolve
from emogene.corpus.rasterizer_strands import draw_strands
from emogene.render.neck import HEAD_LOW, TORSO_POSE, bend, neck_height, neck_weight
from emogene.values import Camera

SAMPLES = 2
"""Samples a pixel, each way."""
DEPTH_STEP = 5e-5
"""Depths are kept in so many metres, up to 3.27 m in 16 bits; beyond that they count as not known."""
OPAQUE = 0.9
"""Samples that show less have no depth."""
ONE_SURFACE = 0.004
"""Metres by which a pixel's samples may differ in depth; where they do by more, it has none."""
EXPOSURE = 0.92


def gaze_rotation(gaze: np.ndarray) -> np.ndarray:
    """(3, 3) turn of the eyes in the head for (2,) gaze: yaw to the subject's left, pitch up, radians."""
    yaw, pitch = float(gaze[0]), float(gaze[1])
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    lift = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return (turn @ lift).astype(np.float32)


class Portrait(NamedTuple):
    """A picture, and what else is known of its pixels."""

    rgba: np.ndarray
    """(H, W, 4) uint8 sRGB, straight alpha."""
    matte: np.ndarray
    """(H, W) uint8, how much of each pixel shows the head: what moves rigidly with it, down to HEAD_LOW."""
    depth: np.ndarray
    """(H, W) uint16, in DEPTH_STEP along the camera's axis; 0 where there is none, or not one."""


def draw(studio: Studio, expression: np.ndarray, gaze: np.ndarray, pose: np.ndarray, camera: Camera) -> Portrait:
    """The actor with (E,) expression, (2,) gaze and (4, 4) head pose, seen by a camera."""
    anatomy, surface = studio.anatomy, studio.surface
    control, bare = pose_anatomy(anatomy, studio.face, expression)
    canonical = np.concatenate([bare, studio.sweater])
    normals = vertex_normals(canonical, surface.triangles)
    weight = neck_weight(canonical).astype(np.float32)[:, None]
    head, torso = pose[:3, :3].astype(np.float32), TORSO_POSE[:3, :3]
    world = weight * (canonical @ head.T + pose[:3, 3].astype(np.float32)) + (1 - weight) * (canonical @ torso.T)
    world_normals = weight * (normals @ head.T) + (1 - weight) * (normals @ torso.T)
    light, occlusion = _illuminate(studio, control, normals, weight, head, torso)
    _shade_eyes(studio, control, canonical, light, occlusion)
    _shade_teeth(studio, control, canonical, light, occlusion)

    screen = project(world, camera, SAMPLES)
    seen = rasterize(screen, surface.triangles, camera.width * SAMPLES, camera.height * SAMPLES)
    colour = np.zeros((*seen.triangle.shape, 4), np.float32)
    flat = (light_coefficients(np.eye(3)).mean(1) * COSINE_BANDS)[:9].astype(np.float32)
    shade_samples(
        seen.triangle, seen.barycentric, seen.inverse_depth, surface.triangles, surface.uvs, surface.materials,
        canonical,
        world.astype(np.float32), world_normals.astype(np.float32), light, occlusion, head,
        anatomy.eye_centres, anatomy.skin_count, anatomy.eye_vertices.shape[1], gaze_rotation(gaze), studio.textures,
        screen, flat, camera.camera_to_world[:3, 3].astype(np.float32), colour,
    )  # fmt: skip
    on_torso = _shows_torso(seen, canonical, surface.triangles, len(bare))
    bald = colour[on_torso]
    seen_inverse = seen.inverse_depth.copy()
    _draw_hair(studio, bare, weight, pose, camera, seen.inverse_depth, colour, seen_inverse)
    on_torso[on_torso] = (colour[on_torso] == bald).all(1)
    head = np.zeros_like(colour)
    head[..., 3] = np.where(on_torso, 0.0, colour[..., 3])
    matte = np.clip(resolve(head, SAMPLES)[..., 3], 0.0, 1.0)
    matte = (matte * 255.0 + 0.5).astype(np.uint8)
    return Portrait(develop(resolve(colour, SAMPLES)), matte, _depths(seen_inverse, colour[..., 3]))


def _depths(inverse: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """(H, W) uint16 of samples' premultiplied 1 / depth: a mean of those is that of a flat surface."""
    inverse = np.where(alpha > OPAQUE, inverse / np.maximum(alpha, OPAQUE), 0.0)
    height, width = inverse.shape[0] // SAMPLES, inverse.shape[1] // SAMPLES
    parts = inverse.reshape(height, SAMPLES, width, SAMPLES)
    least, most = parts.min((1, 3)), parts.max((1, 3))
    whole = least > 0.0
    depth = 1.0 / np.where(whole, parts.mean((1, 3)), 1.0)
    whole &= (1.0 / np.where(whole, least, 1.0) - 1.0 / np.where(whole, most, 1.0)) < ONE_SURFACE
    whole &= depth < 65535 * DEPTH_STEP
    return np.where(whole, depth / DEPTH_STEP + 0.5, 0).astype(np.uint16)


def _shows_torso(seen: VisibilityBuffer, canonical: np.ndarray, triangles: np.ndarray, bare: int) -> np.ndarray:
    """(H, W) bool samples that show the sweater, or skin below the head."""
    height = neck_height(canonical)
    height[bare:] = HEAD_LOW - 1.0
    corners = height[triangles[seen.triangle]]
    v, w = seen.barycentric[..., 0], seen.barycentric[..., 1]
    between = corners[..., 0] * (1.0 - v - w) + corners[..., 1] * v + corners[..., 2] * w
    return (seen.triangle >= 0) & (between < HEAD_LOW)


def _draw_hair(studio: Studio, bare, weight, pose, camera: Camera, inverse_depth, colour, seen_inverse) -> None:
    strands = studio.strands
    points = follow(strands, bare, studio.neutral[: len(bare)], studio.anatomy.eye_centres).astype(np.float32)
    world = bend(points.reshape(-1, 3), pose.astype(np.float32))
    normals = (strands.normals @ pose[:3, :3].T).astype(np.float32)
    light = (light_coefficients(np.eye(3)) * COSINE_BANDS[:, None])[:9]
    shape = points.shape
    lit = light_strands(
        world.reshape(shape),
        normals,
        strands.colour,
        strands.shelter,
        light,
        camera.camera_to_world[:3, 3].astype(np.float32),
    )
    screen = project(world, camera, SAMPLES).reshape(shape)
    taper = np.linspace(1.0, 0.35, shape[1], dtype=np.float32)
    widths = strands.width[:, None] * taper * screen[..., 2] * np.float32(camera.focal_px * SAMPLES)
    draw_strands(screen, lit, widths, np.full(shape[0], 0.9, np.float32), inverse_depth, colour, seen_inverse)


@numba.njit(**DRAWING)
def nearest_squared(points, marks):  # pragma: no cover
    """(N,) squared distance of (N, 3) points to the nearest of (M, 3) marks."""
    out = np.empty(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        best = 1e9
        for j in range(marks.shape[0]):
            x, y, z = points[i, 0] - marks[j, 0], points[i, 1] - marks[j, 1], points[i, 2] - marks[j, 2]
            best = min(best, x * x + y * y + z * z)
        out[i] = best
    return out


def _shade_eyes(studio: Studio, control, canonical, light, occlusion) -> None:
    """Darken the eyeballs towards the lids, which touch them more closely than the baked light knows; in place."""
    first, count = studio.anatomy.skin_count, studio.anatomy.eye_vertices.shape[1]
    for eye, (upper, lower) in enumerate(studio.lids):
        rows = slice(first + eye * count, first + (eye + 1) * count)
        ball = canonical[rows]
        shade = np.ones(count, np.float32)
        for lid, reach, depth in ((upper, 0.0030, 0.68), (lower, 0.0016, 0.45)):
            near = nearest_squared(ball, control[lid])
            shade *= 1.0 - depth * np.exp(-near / reach**2)
        light[rows] *= shade[:, None]
        occlusion[rows] *= shade[:, None]


def _shade_teeth(studio: Studio, control, canonical, light, occlusion) -> None:
    """Darken teeth, gums and tongue towards the lips and the depth of the mouth; in place."""
    rows = np.flatnonzero(studio.inner_mouth > 0.5)
    inner = canonical[rows]
    lips = control[studio.face.landmarks68[60:68]]
    line = np.concatenate([lips + (np.roll(lips, -1, 0) - lips) * t for t in (0.0, 0.33, 0.67)])
    near = nearest_squared(inner * [1.0, 1.0, 0.0], line * [1.0, 1.0, 0.0])
    depth = np.clip((lips[:, 2].mean() - 0.010 - inner[:, 2]) / 0.055, 0.0, 1.0)
    shade = 0.88 * (1.0 - 0.5 * np.exp(-near / 0.0022**2)) * (1.0 - 0.7 * depth)
    light[rows] *= shade[:, None]
    occlusion[rows] *= shade[:, None]


def _illuminate(studio: Studio, control, normals, weight, head, torso) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) diffuse light with shadows, and (V, L + 1) what part of each lamp and of the room reaches a vertex."""
    opening, closing = closeness(studio, control)
    like_open = studio.mouth_mask * opening
    like_closed = np.maximum(studio.lid_mask[0] * closing[0], studio.lid_mask[1] * closing[1])
    mix = np.maximum(like_open, like_closed)[:, None]
    on_head, on_torso = (_light_in(studio, rotation, normals, mix) for rotation in (head, torso))
    diffuse, reach = (weight * a + (1 - weight) * b for a, b in zip(on_head, on_torso, strict=True))
    # Inside the mouth less light arrives the less it is open.
    outside = 1 - (studio.inner_mouth * (1 - opening) * 0.8)[:, None]
    diffuse = np.maximum(diffuse, 0.0) * outside
    # Red that wandered into the dark must not glow there.
    diffuse[:, 0] = np.minimum(diffuse[:, 0], 1.7 * diffuse[:, 1] + 0.01)
    return diffuse.astype(np.float32), (reach * outside).astype(np.float32)


def _light_in(studio: Studio, rotation, normals, mix) -> tuple[np.ndarray, np.ndarray]:
    """Diffuse light and reach of the lamps, see _illuminate, as if all the actor were turned by `rotation`."""
    light, lamps = light_coefficients(rotation), lamp_coefficients(rotation)
    flat, flat_lamps = ((x * COSINE_BANDS[:, None])[:9] for x in (light, lamps))
    change = unshadowed(normals, flat) / unshadowed(studio.neutral_normals, flat)
    baked, opened = (np.stack([t @ light[:, c] for c, t in enumerate(face)], 1) for face in studio.transfer)
    diffuse = (baked * np.clip(change, 0.4, 1.5)) * (1 - mix) + opened * mix
    shadowed = (studio.transfer[0, 2] @ lamps) * (1 - mix) + (studio.transfer[1, 2] @ lamps) * mix
    reach = np.clip(shadowed / unshadowed(studio.neutral_normals, flat_lamps), 0.0, 1.0)
    return diffuse, reach * reach * (3 - 2 * reach)


KNEE = 0.62
"""Brightness above which highlights roll off."""


def _encoding_table() -> np.ndarray:
    """sRGB of linear light in steps of 1 / 4096, up to 4; the knee is in it."""
    linear = np.arange(4 * 4096 + 1) / 4096.0 * EXPOSURE
    over = np.maximum(linear - KNEE, 0.0)
    toned = np.minimum(linear, KNEE) + (1 - KNEE) * (1 - np.exp(-over / (1 - KNEE)))
    return np.where(toned <= 0.0031308, 12.92 * toned, 1.055 * np.maximum(toned, 1e-8) ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


def develop(picture: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 sRGB with straight alpha of a (H, W, 4) premultiplied linear picture; highlights roll off."""
    alpha = np.clip(picture[..., 3:], 0.0, 1.0)
    linear = picture[..., :3] / np.maximum(alpha, 1e-4)
    step = np.clip(linear * 4096.0 + 0.5, 0, len(_ENCODED) - 1).astype(np.int32)
    encoded = np.where(alpha > 0, _ENCODED[step], 0.0)
    return (np.concatenate([encoded, alpha], -1) * 255.0 + 0.5).astype(np.uint8)


_ENCODED = _encoding_table()

"""One picture of the actor: deform, bend the neck, light, rasterise, shade, grow hair over it, resolve to 8 bits."""

import numpy as np

from emogene.corpus.appearance.anatomy import pose_anatomy, vertex_normals
from emogene.corpus.appearance.light import COSINE_BANDS, light_coefficients, unshadowed
from emogene.corpus.appearance.shading import shade_samples
from emogene.corpus.appearance.studio import Studio, closeness
from emogene.corpus.rasterizer import project, rasterize, resolve
from emogene.render.neck import TORSO_POSE, neck_weight
from emogene.values import Camera

SAMPLES = 2
"""Samples a pixel, each way."""
EXPOSURE = 0.92


def gaze_rotation(gaze: np.ndarray) -> np.ndarray:
    """(3, 3) turn of the eyes in the head for (2,) gaze: yaw to the subject's left, pitch up, radians."""
    yaw, pitch = float(gaze[0]), float(gaze[1])
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    lift = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return (turn @ lift).astype(np.float32)


def draw(studio: Studio, expression: np.ndarray, gaze: np.ndarray, pose: np.ndarray, camera: Camera) -> np.ndarray:
    """(H, W, 4) uint8 sRGB, straight alpha, of (E,) expression, (2,) gaze, (4, 4) head pose."""
    anatomy, surface = studio.anatomy, studio.surface
    control, bare = pose_anatomy(anatomy, studio.model, studio.actor, expression)
    canonical = np.concatenate([bare, studio.sweater])
    normals = vertex_normals(canonical, surface.triangles)
    weight = neck_weight(canonical).astype(np.float32)[:, None]
    weight[len(bare) :] = 0.0
    head, torso = pose[:3, :3].astype(np.float32), TORSO_POSE[:3, :3]
    world = weight * (canonical @ head.T + pose[:3, 3].astype(np.float32)) + (1 - weight) * (canonical @ torso.T)
    world_normals = weight * (normals @ head.T) + (1 - weight) * (normals @ torso.T)
    light, occlusion = _illuminate(studio, control, normals, weight, head, torso)

    screen = project(world, camera, SAMPLES)
    seen = rasterize(screen, surface.triangles, camera.width * SAMPLES, camera.height * SAMPLES)
    colour = np.zeros((*seen.triangle.shape, 4), np.float32)
    flat = (light_coefficients(np.eye(3)).mean(1) * COSINE_BANDS)[:9].astype(np.float32)
    shade_samples(
        seen.triangle, seen.barycentric, surface.triangles, surface.uvs, surface.materials, canonical,
        world.astype(np.float32), world_normals.astype(np.float32), light, occlusion, head, np.ascontiguousarray(torso),
        anatomy.eye_centres, anatomy.skin_count, anatomy.eye_vertices.shape[1], gaze_rotation(gaze), studio.textures,
        flat, camera.camera_to_world[:3, 3].astype(np.float32), colour,
    )  # fmt: skip
    return develop(resolve(colour, SAMPLES))


def _illuminate(studio: Studio, control, normals, weight, head, torso) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) diffuse light with shadows, and (V,) how much of reflections escapes."""
    opening, closing = closeness(studio, control)
    like_open = studio.mouth_mask * opening
    like_closed = np.maximum(studio.lid_mask[0] * closing[0], studio.lid_mask[1] * closing[1])
    mix = np.maximum(like_open, like_closed)[:, None]
    shadowed = np.empty_like(normals)
    ratio = np.empty_like(normals)
    first = True
    for rotation, part in ((head, weight), (torso, 1 - weight)):
        light = light_coefficients(rotation)
        flat = (light * COSINE_BANDS[:, None])[:9]
        change = unshadowed(normals, flat) / unshadowed(studio.neutral_normals, flat)
        baked = np.stack([t @ light[:, c] for c, t in enumerate(studio.transfer[0])], 1)
        opened = np.stack([t @ light[:, c] for c, t in enumerate(studio.transfer[1])], 1)
        value = (baked * np.clip(change, 0.4, 2.0)) * (1 - mix) + opened * mix
        free = value / unshadowed(normals, flat)
        if first:
            shadowed, ratio, first = part * value, part * free, False
        else:
            shadowed, ratio = shadowed + part * value, ratio + part * free
    # Inside the mouth less light arrives the less it is open.
    inside = studio.inner_mouth * (1 - opening) * 0.75
    shadowed = np.maximum(shadowed, 0.0) * (1 - inside)[:, None]
    occlusion = np.clip(ratio.mean(1) * 1.1, 0, 1) ** 1.5 * (1 - inside)
    return shadowed.astype(np.float32), occlusion.astype(np.float32)


def develop(picture: np.ndarray) -> np.ndarray:
    """(H, W, 4) uint8 sRGB with straight alpha of a (H, W, 4) premultiplied linear picture; highlights roll off."""
    alpha = np.clip(picture[..., 3:], 0.0, 1.0)
    linear = picture[..., :3] / np.maximum(alpha, 1e-4) * EXPOSURE
    knee = 0.62
    over = np.maximum(linear - knee, 0.0)
    toned = np.minimum(linear, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee)))
    encoded = np.where(toned <= 0.0031308, 12.92 * toned, 1.055 * np.maximum(toned, 1e-8) ** (1 / 2.4) - 0.055)
    encoded = np.where(alpha > 0, encoded, 0.0)
    return (np.concatenate([encoded, alpha], -1) * 255.0 + 0.5).astype(np.uint8)

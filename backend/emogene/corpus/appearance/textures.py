"""Texture layers, one a material: where each texel lies on the neutral surface, and what was painted there."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from emogene.corpus.appearance.anatomy import Surface
from emogene.corpus.rasterizer import NO_TRIANGLE, rasterize

TEXTURE_SIZE = 1024


@dataclass(frozen=True)
class Texels:
    """Surface points under one layer's texels, row-major; texels outside of all triangles repeat the nearest inside."""

    positions: np.ndarray
    """(N, 3) metres, N = TEXTURE_SIZE squared."""
    normals: np.ndarray
    """(N, 3)"""
    flags: np.ndarray
    """(N,) interpolated vertex flag."""


@dataclass(frozen=True)
class Paint:
    """What was painted on N texels."""

    albedo: np.ndarray
    """(N, 3) linear reflectance."""
    roughness: np.ndarray
    """(N,) 0..1"""
    specular: np.ndarray
    """(N,) factor on the material's reflectance."""
    height: np.ndarray
    """(N,) metres of fine relief."""


def locate_texels(
    surface: Surface, material: int, vertices: np.ndarray, normals: np.ndarray, flags: np.ndarray
) -> Texels:
    """Surface points of all texels of `material`'s layer, from (V, 3) neutral vertices, normals and (V,) flags."""
    of_layer = surface.materials == material
    corners = surface.triangles[of_layer].reshape(-1)
    uvs = surface.uvs[of_layer].reshape(-1, 2)
    screen = np.concatenate([uvs * TEXTURE_SIZE, np.ones((len(uvs), 1))], 1).astype(np.float32)
    faces = np.arange(len(uvs), dtype=np.int32).reshape(-1, 3)
    seen = rasterize(screen, faces, TEXTURE_SIZE, TEXTURE_SIZE)
    outside = seen.triangle == NO_TRIANGLE
    nearest = tuple(np.asarray(distance_transform_edt(outside, return_distances=False, return_indices=True)))
    triangle = seen.triangle[nearest].reshape(-1)
    weights = seen.barycentric[nearest].reshape(-1, 2)
    weights = np.concatenate([1.0 - weights.sum(1, keepdims=True), weights], 1)
    vertex = corners[faces[triangle]]
    blend = [np.einsum("nk,nk...->n...", weights, data[vertex]) for data in (vertices, normals, flags)]
    blend[1] /= np.linalg.norm(blend[1], axis=1, keepdims=True) + 1e-12
    return Texels(*(b.astype(np.float32) for b in blend))


def relief(height: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """(N, 3) change of the unit normal made by (N,) heights over (N, 3) texel positions: minus the surface gradient."""
    size = TEXTURE_SIZE
    h = height.reshape(size, size)
    p = positions.reshape(size, size, 3)
    h_v, h_u = np.gradient(h)
    p_v, p_u = np.gradient(p, axis=(0, 1))
    e, f, g = (p_u * p_u).sum(-1), (p_u * p_v).sum(-1), (p_v * p_v).sum(-1)
    floor = 1e-12 + 0.02 * np.median(e) * np.median(g)
    determinant = np.maximum(e * g - f * f, floor)
    a = (g * h_u - f * h_v) / determinant
    b = (e * h_v - f * h_u) / determinant
    gradient = a[..., None] * p_u + b[..., None] * p_v
    length = np.linalg.norm(gradient, axis=-1, keepdims=True)
    return -(gradient / np.maximum(length / 0.9, 1.0)).reshape(-1, 3)


def encode(paint: Paint, normal_change: np.ndarray) -> np.ndarray:
    """(size, size, 8) uint8: square root of albedo, roughness, change of normal + 1, specular factor."""
    out = np.empty((len(paint.albedo), 8), np.float32)
    out[:, 0:3] = np.sqrt(np.clip(paint.albedo, 0, 1))
    out[:, 3] = paint.roughness
    out[:, 4:7] = normal_change * 0.5 + 0.5
    out[:, 7] = paint.specular * 0.5
    return (np.clip(out, 0, 1) * 255.0 + 0.5).astype(np.uint8).reshape(TEXTURE_SIZE, TEXTURE_SIZE, 8)


def linear(colour: tuple[float, float, float]) -> np.ndarray:
    """(3,) linear reflectance of an sRGB colour."""
    c = np.asarray(colour, np.float32)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)

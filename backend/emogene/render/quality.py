"""A picture at a chosen quality, from any engine: rougher and four times as fast, as it is, or with smooth edges."""

from typing import TYPE_CHECKING

import numpy as np

from emogene.values import Camera, FaceState, Frame
from emogene_proto.errors import RenderError
from emogene_proto.names import QUALITIES

if TYPE_CHECKING:
    from emogene.render.kernels import Engine

FINER = 2
"""A draft has one ray for so many pixels across and down, a final so many rays for one pixel."""


def render_at(engine: "Engine", face: FaceState, camera: Camera, quality: str) -> Frame:
    """The picture of one face at the camera's size; depends on nothing but these arguments and the engine's field.

    - draft: a quarter of the rays, enlarged smoothly.
    - preview: one ray through the middle of each pixel.
    - final: four rays a pixel, evenly spaced, and their mean; the head field is trained on pictures made just so.

    Raises:
        RenderError: there is no such quality.
    """
    if quality == "draft":
        across, down = -(-camera.width // FINER), -(-camera.height // FINER)
        whole = camera.cropped(0, 0, FINER * across, FINER * down)  # an odd side gets a pixel more, cut off again
        return _cut(enlarged(engine.render(face, whole.resized(across, down))), camera)
    if quality == "preview":
        return engine.render(face, camera)
    if quality == "final":
        return averaged(engine.render(face, camera.resized(FINER * camera.width, FINER * camera.height)))
    raise RenderError(f"There is no quality '{quality}'.", f"Use one of: {', '.join(QUALITIES)}.")


def averaged(fine: Frame) -> Frame:
    """Half the size: the mean of each 2x2 samples, premultiplied and in sRGB-encoded values, as the field is trained.

    The depth is that of the nearest sample among those that show about as much as the one that shows most: where skin
    meets air it is the skin's, not a wisp's before it, and where nose meets cheek it is one of both. A mean would lie
    in empty space between, and what is composited there would cut through the edge.
    """
    samples = [fine.rgba[row::FINER, column::FINER] for row in range(FINER) for column in range(FINER)]
    depths = [fine.depth[row::FINER, column::FINER] for row in range(FINER) for column in range(FINER)]
    rgba = samples[0].copy()
    most = samples[0][..., 3].copy()
    for sample in samples[1:]:
        rgba += sample
        np.maximum(most, sample[..., 3], out=most)
    rgba *= np.float32(1.0 / len(samples))
    depth = np.full(most.shape, np.inf, np.float32)
    for sample, own in zip(samples, depths, strict=True):
        shows = sample[..., 3] >= 0.5 * most
        depth = np.where(shows, np.minimum(depth, own), depth)
    return Frame(rgba, depth)


def enlarged(coarse: Frame) -> Frame:
    """Twice the size: colours and alpha linear between samples, premultiplied; depths are samples' own.

    A pixel has the depth of the sample that it lies in, so that edges inside the face stay edges; where that one is
    empty, the nearest of those that its colour comes from.
    """
    rgba = _between(_between(coarse.rgba, 0), 1)
    depth = np.repeat(np.repeat(coarse.depth, FINER, 0), FINER, 1)
    depth = np.where(np.isinf(depth), _nearest_around(coarse.depth), depth)
    return Frame(rgba, depth)


def _between(values: np.ndarray, axis: int) -> np.ndarray:
    """Twice as many along an axis: each lies a quarter of a sample beside the middle of its own."""
    values = np.moveaxis(values, axis, 0)
    before = np.concatenate([values[:1], values[:-1]])
    after = np.concatenate([values[1:], values[-1:]])
    own = np.float32(0.75) * values
    finer = np.empty((FINER * len(values), *values.shape[1:]), np.float32)
    finer[0::FINER] = own + np.float32(0.25) * before
    finer[1::FINER] = own + np.float32(0.25) * after
    return np.moveaxis(finer, 0, axis)


def _nearest_around(depth: np.ndarray) -> np.ndarray:
    """(2H, 2W): the smallest depth of the four samples around each finer pixel."""
    for axis in (0, 1):
        values = np.moveaxis(depth, axis, 0)
        finer = np.empty((FINER * len(values), *values.shape[1:]), np.float32)
        finer[0::FINER] = np.minimum(values, np.concatenate([values[:1], values[:-1]]))
        finer[1::FINER] = np.minimum(values, np.concatenate([values[1:], values[-1:]]))
        depth = np.moveaxis(finer, 0, axis)
    return depth


def _cut(frame: Frame, camera: Camera) -> Frame:
    rows, columns = slice(camera.height), slice(camera.width)
    return Frame(np.ascontiguousarray(frame.rgba[rows, columns]), np.ascontiguousarray(frame.depth[rows, columns]))

"""Training rays from a picture corpus: more of them on mouth and eyes, and the pixels that they should show."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emogene.corpus.pictures import PictureCorpus, picture_path
from emogene.values import Camera
from emogene_proto.errors import CorpusError

REGIONS = ("picture", "face", "mouth", "right eye", "left eye")
SHARES = (0.40, 0.24, 0.20, 0.08, 0.08)
"""Share of the rays drawn in each region."""
FACE, MOUTH, RIGHT_EYE, LEFT_EYE = slice(0, 68), slice(48, 68), slice(36, 42), slice(42, 48)
BORDER = {"face": 0.25, "mouth": 0.30, "right eye": 0.6, "left eye": 0.6}
"""Each region's box is grown by this share of its width."""


@dataclass(frozen=True)
class PictureSet:
    """All pictures of a corpus that are there, in memory."""

    corpus: PictureCorpus
    index: np.ndarray
    """(N,) their numbers in the corpus."""
    pixels: np.ndarray
    """(N, H, W, 4) uint8 sRGB, straight alpha."""
    boxes: np.ndarray
    """(N, regions, 4) int32: left, top, right, bottom in pixels; at least one pixel each."""


@dataclass(frozen=True)
class PixelBatch:
    """Rays of some frames and what they should show."""

    frame: np.ndarray
    """(R,) int32 place of each ray's frame in the batch, ascending."""
    origins: np.ndarray
    directions: np.ndarray
    """(R, 3) float32 each."""
    rgba: np.ndarray
    """(R, 4) float32 straight alpha, sRGB-encoded."""


def load_pictures(corpus: PictureCorpus, wanted: np.ndarray, told: Callable[[str], None]) -> PictureSet:
    """Read the wanted pictures, leaving out those that have not been made, which `told` hears about.

    Raises:
        CorpusError: none of them is there.
    """
    there = np.array([i for i in wanted if picture_path(corpus.folder, int(i)).is_file()], np.int64)
    if not len(there):
        raise CorpusError(f"{corpus.folder} has no pictures.", "Run 'emogene corpus pictures' to the end.")
    if len(there) < len(wanted):
        told(f"{len(wanted) - len(there)} of {len(wanted)} pictures have not been made and are left out.")
    pixels = np.empty((len(there), corpus.size, corpus.size, 4), np.uint8)
    for row, i in enumerate(there):
        pixels[row] = corpus.picture(int(i))
    boxes = np.stack([region_boxes(corpus.landmarks[i], corpus.poses[i], corpus.camera(int(i))) for i in there])
    return PictureSet(corpus, there, pixels, boxes)


def project(points: np.ndarray, pose: np.ndarray, camera: Camera) -> np.ndarray:
    """(N, 2) pixel positions (right, down) of (N, 3) points that move with a (4, 4) head pose; pixel centres at .5."""
    world = points @ pose[:3, :3].T + pose[:3, 3]
    local = (world - camera.camera_to_world[:3, 3]) @ camera.camera_to_world[:3, :3]
    scale = camera.focal_px / -local[:, 2]
    return np.stack([0.5 * camera.width + local[:, 0] * scale, 0.5 * camera.height - local[:, 1] * scale], 1)


def region_boxes(landmarks: np.ndarray, pose: np.ndarray, camera: Camera) -> np.ndarray:
    """(regions, 4) int32 boxes of the regions in a picture: left, top, right, bottom."""
    pixels = project(landmarks, pose, camera)
    size = np.array([camera.width, camera.height])
    boxes = [np.array([0, 0, *size])]
    for name, part in zip(REGIONS[1:], (FACE, MOUTH, RIGHT_EYE, LEFT_EYE), strict=True):
        low, high = pixels[part].min(0), pixels[part].max(0)
        border = BORDER[name] * (high[0] - low[0])
        low = np.clip(np.floor(low - border), 0, size - 1)
        boxes.append(np.concatenate([low, np.clip(np.ceil(high + border), low + 1, size)]))
    return np.stack(boxes).astype(np.int32)


def draw_pixels(pictures: PictureSet, rows: np.ndarray, rays: int, chance: np.random.Generator) -> PixelBatch:
    """About `rays` random rays, the same number in each of the pictures `rows` of the set."""
    counts = np.round(np.array(SHARES) * rays / len(rows)).astype(int)
    region = np.repeat(np.arange(len(SHARES)), counts)
    per_frame = len(region)
    frame = np.repeat(np.arange(len(rows)), per_frame).astype(np.int32)
    box = pictures.boxes[rows[frame], np.tile(region, len(rows))]
    where = chance.random((len(frame), 2))
    column = (box[:, 0] + where[:, 0] * (box[:, 2] - box[:, 0])).astype(np.int64)
    row = (box[:, 1] + where[:, 1] * (box[:, 3] - box[:, 1])).astype(np.int64)
    origins, directions = [], []
    for f, picture in enumerate(rows):
        camera = pictures.corpus.camera(int(pictures.index[picture]))
        mine = slice(f * per_frame, (f + 1) * per_frame)
        directions.append(pixel_directions(camera, column[mine], row[mine]))
        origins.append(np.broadcast_to(camera.camera_to_world[:3, 3], (per_frame, 3)))
    rgba = pictures.pixels[rows[frame], row, column].astype(np.float32) / np.float32(255.0)
    return PixelBatch(
        frame, np.concatenate(origins).astype(np.float32), np.concatenate(directions).astype(np.float32), rgba
    )


def pixel_directions(camera: Camera, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """(R, 3) unit world directions through the centres of pixels."""
    x = (column + 0.5 - 0.5 * camera.width) / camera.focal_px
    y = (0.5 * camera.height - row - 0.5) / camera.focal_px
    local = np.stack([x, y, np.full(len(x), -1.0)], 1)
    local /= np.sqrt((local**2).sum(1, keepdims=True))
    return local @ np.asarray(camera.camera_to_world)[:3, :3].T

"""Training rays from a picture corpus: more of them on mouth and eyes, and the pixels that they should show."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from emogene.corpus import rasterizer
from emogene.corpus.appearance.portrait import DEPTH_STEP, ONE_SURFACE
from emogene.corpus.pictures import PictureCorpus, picture_path
from emogene.values import Camera
from emogene_proto.errors import CorpusError

REGIONS = ("picture", "face", "mouth", "right eye", "left eye", "neck")
HEAD_SHARES = (0.40, 0.24, 0.20, 0.08, 0.08, 0.0)
"""Share of the head's rays drawn in each region."""
TORSO_SHARES = (0.5, 0.0, 0.0, 0.0, 0.0, 0.5)
NECK_LONG = 0.9
"""The neck's region reaches from the mouth so many face widths down."""
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
    mattes: np.ndarray
    """(N, H, W) uint8, how much of each pixel shows the head."""
    boxes: np.ndarray
    """(N, regions, 4) int32: left, top, right, bottom in pixels; at least one pixel each."""
    depths: np.ndarray | None = None
    """(N, H, W) uint16, see portrait.Portrait.depth; None where the corpus knows none."""

    def camera(self, row: int) -> Camera:
        """The camera of picture `row` of the set, at the size that the pictures were read in."""
        height, width = self.pixels.shape[1:3]
        return self.corpus.camera(int(self.index[row])).resized(width, height)


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
    head: np.ndarray
    """(R,) float32, how much of the pixel shows the head; at most alpha."""
    outside_face: np.ndarray
    """(R,) bool, the pixel lies outside the face's region."""
    distance: np.ndarray
    """(R,) float32 metres along the ray to what is seen; 0 where that is not known."""


def load_pictures(
    corpus: PictureCorpus, wanted: np.ndarray, told: Callable[[str], None], size: int | None = None
) -> PictureSet:
    """Read the wanted pictures, leaving out those that have not been made, which `told` hears about.

    Args:
        size: pixels a side to reduce them to, by averaging; must divide the corpus' own.

    Raises:
        CorpusError: none of them is there, or `size` does not divide theirs.
    """
    size = size or corpus.size
    if corpus.size % size:
        raise CorpusError(
            f"Pictures of {corpus.size} pixels cannot be averaged to {size}.", "Use a half or a quarter of their size."
        )
    there = np.array([i for i in wanted if picture_path(corpus.folder, int(i)).is_file()], np.int64)
    if not len(there):
        raise CorpusError(f"{corpus.folder} has no pictures.", "Run 'emogene corpus pictures' to the end.")
    if len(there) < len(wanted):
        told(f"{len(wanted) - len(there)} of {len(wanted)} pictures have not been made and are left out.")
    pixels = np.empty((len(there), size, size, 4), np.uint8)
    mattes = np.empty(pixels.shape[:3], np.uint8)
    for row, i in enumerate(there):
        pixels[row], mattes[row] = reduced(corpus.picture(int(i)), corpus.head_matte(int(i)), size)
    depths = _depths(corpus, there, size, told)
    cameras = [corpus.camera(int(i)).resized(size, size) for i in there]
    boxes = np.stack(
        [region_boxes(corpus.landmarks[i], corpus.poses[i], camera) for i, camera in zip(there, cameras, strict=True)]
    )
    return PictureSet(corpus, there, pixels, mattes, boxes, depths)


def _depths(corpus: PictureCorpus, there: np.ndarray, size: int, told: Callable[[str], None]) -> np.ndarray | None:
    """(N, size, size) uint16 of these pictures; None if most of them have none."""
    depths, missing = np.zeros((len(there), size, size), np.uint16), 0
    for row, i in enumerate(there):
        known = corpus.depth(int(i))
        if known is None:
            missing += 1
        else:
            depths[row] = reduced_depth(known, size)
    if 0 < missing < len(there):
        told(f"{missing} of {len(there)} pictures have no depths.")
    return None if 2 * missing > len(there) else depths


def reduced(rgba: np.ndarray, matte: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture (H, H, 4) uint8 with straight alpha and its matte (H, H), averaged to `size` pixels a side."""
    parts = len(rgba) // size
    if parts == 1:
        return rgba, matte

    def averaged(values: np.ndarray) -> np.ndarray:
        return values.reshape(size, parts, size, parts, -1).mean((1, 3))

    alpha = rgba[..., 3:].astype(np.float32)
    mean_alpha = averaged(alpha)
    colour = averaged(rgba[..., :3] * alpha) / np.maximum(mean_alpha, 1e-6)
    small = np.concatenate([colour, mean_alpha], -1)
    return (small + 0.5).astype(np.uint8), (averaged(matte.astype(np.float32))[..., 0] + 0.5).astype(np.uint8)


def reduced_depth(depth: np.ndarray, size: int) -> np.ndarray:
    """(H, H) uint16 depths averaged to `size` pixels a side; 0 where one is not known or they lie far apart."""
    parts = len(depth) // size
    cut = depth.reshape(size, parts, size, parts)
    least, most = cut.min((1, 3)), cut.max((1, 3))
    whole = (least > 0) & ((most - least) * DEPTH_STEP < ONE_SURFACE)
    return np.where(whole, cut.mean((1, 3)) + 0.5, 0).astype(np.uint16)


def project(points: np.ndarray, pose: np.ndarray, camera: Camera) -> np.ndarray:
    """(N, 2) pixel positions (right, down) of (N, 3) points that move with a (4, 4) head pose; pixel centres at .5."""
    return rasterizer.project(points @ pose[:3, :3].T + pose[:3, 3], camera)[:, :2]


def region_boxes(landmarks: np.ndarray, pose: np.ndarray, camera: Camera) -> np.ndarray:
    """(regions, 4) int32 boxes of the regions in a picture: left, top, right, bottom."""
    pixels = project(landmarks, pose, camera)
    size = np.array([camera.width, camera.height])
    boxes = [np.array([0, 0, *size])]
    for name, part in zip(REGIONS[1:5], (FACE, MOUTH, RIGHT_EYE, LEFT_EYE), strict=True):
        low, high = pixels[part].min(0), pixels[part].max(0)
        border = BORDER[name] * (high[0] - low[0])
        low = np.clip(np.floor(low - border), 0, size - 1)
        boxes.append(np.concatenate([low, np.clip(np.ceil(high + border), low + 1, size)]))
    left, _, right, _ = boxes[REGIONS.index("face")]
    top = np.clip(np.floor(pixels[MOUTH, 1].min()), 0, size[1] - 1)
    bottom = np.clip(np.ceil(top + NECK_LONG * (right - left)), top + 1, size[1])
    boxes.append(np.array([left, top, right, bottom]))
    return np.stack(boxes).astype(np.int32)


def draw_pixels(
    pictures: PictureSet, rows: np.ndarray, rays: int, shares: tuple[float, ...], chance: np.random.Generator
) -> PixelBatch:
    """About `rays` random rays, the same number in each of the pictures `rows` of the set; `shares` by region."""
    counts = np.round(np.array(shares) * rays / len(rows)).astype(int)
    region = np.repeat(np.arange(len(shares)), counts)
    frame = np.repeat(np.arange(len(rows)), len(region)).astype(np.int32)
    box = pictures.boxes[rows[frame], np.tile(region, len(rows))]
    where = chance.random((len(frame), 2))
    column = (box[:, 0] + where[:, 0] * (box[:, 2] - box[:, 0])).astype(np.int64)
    row = (box[:, 1] + where[:, 1] * (box[:, 3] - box[:, 1])).astype(np.int64)
    return pixels_at(pictures, rows, frame, column, row)


def draw_patch(
    pictures: PictureSet, rows: np.ndarray, side: int, regions: tuple[str, ...], chance: np.random.Generator
) -> PixelBatch:
    """A square of side x side neighbouring pixels, row by row, about a random place of a random one of the regions."""
    picked = int(chance.integers(len(rows)))
    box = pictures.boxes[rows[picked], REGIONS.index(regions[int(chance.integers(len(regions)))])]
    size = pictures.pixels.shape[1:3]
    left = int(np.clip(chance.integers(box[0], box[2]) - side // 2, 0, size[1] - side))
    top = int(np.clip(chance.integers(box[1], box[3]) - side // 2, 0, size[0] - side))
    row, column = np.divmod(np.arange(side * side), side)
    frame = np.full(side * side, picked, np.int32)
    return pixels_at(pictures, rows, frame, left + column, top + row)


def joined(batches: list[PixelBatch]) -> PixelBatch:
    """All rays of some batches over the same frames, and (through `frame`) sorted by frame, each batch in its order."""
    frame = np.concatenate([b.frame for b in batches])
    order = np.argsort(frame, kind="stable")
    names = PixelBatch.__dataclass_fields__
    return PixelBatch(*(np.concatenate([getattr(b, name) for b in batches])[order] for name in names))


def pixels_at(
    pictures: PictureSet, rows: np.ndarray, frame: np.ndarray, column: np.ndarray, row: np.ndarray
) -> PixelBatch:
    """Rays through given pixels; `frame` (R,) ascending places in `rows`."""
    origins, directions = np.empty((len(frame), 3), np.float32), np.empty((len(frame), 3), np.float32)
    distance = np.zeros(len(frame), np.float32)
    for f, picture in enumerate(rows):
        mine = frame == f
        camera = pictures.camera(int(picture))
        directions[mine] = pixel_directions(camera, column[mine], row[mine])
        origins[mine] = camera.camera_to_world[:3, 3]
        if pictures.depths is not None:
            along = directions[mine] @ -camera.camera_to_world[:3, 2].astype(np.float32)
            distance[mine] = pictures.depths[int(picture), row[mine], column[mine]] * np.float32(DEPTH_STEP) / along
    rgba = pictures.pixels[rows[frame], row, column].astype(np.float32) / np.float32(255.0)
    head = pictures.mattes[rows[frame], row, column].astype(np.float32) / np.float32(255.0)
    face = pictures.boxes[rows[frame], REGIONS.index("face")]
    inside = (column >= face[:, 0]) & (row >= face[:, 1]) & (column < face[:, 2]) & (row < face[:, 3])
    return PixelBatch(frame, origins, directions, rgba, np.minimum(head, rgba[:, 3]), ~inside, distance)


def pixel_directions(camera: Camera, column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """(R, 3) unit world directions through the centres of pixels."""
    middle_x, middle_y = camera.centre_px
    x = (column + 0.5 - middle_x) / camera.focal_px
    y = (middle_y - row - 0.5) / camera.focal_py
    local = np.stack([x, y, np.full(len(x), -1.0)], 1)
    local /= np.sqrt((local**2).sum(1, keepdims=True))
    return local @ np.asarray(camera.camera_to_world)[:3, :3].T

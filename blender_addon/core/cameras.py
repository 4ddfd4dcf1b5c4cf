# SPDX-License-Identifier: GPL-3.0-or-later
"""From Blender's cameras and render settings to the cameras of the Shot document."""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..emogene_proto.errors import ShotError
from ..emogene_proto.shot import CameraKey, Crop

Rows = tuple[tuple[float, float, float, float], ...]
"""A 4x4 matrix."""

_NO_SIZE = 1e-9
_DIGITS = 9
"""Of what Blender keeps in single precision; more would be noise in documents."""
_KINDS = {"ORTHO": "orthographic", "PANO": "panoramic"}


@dataclass(frozen=True)
class SeenCamera:
    """A camera of Blender on one frame, in Blender's words and units."""

    name: str
    kind: str
    matrix_world: Rows
    lens: float
    sensor_width: float
    sensor_height: float
    sensor_fit: str
    shift_x: float
    shift_y: float


@dataclass(frozen=True)
class Root:
    """What stands where the head's origin is at rest, on one frame."""

    name: str
    matrix_world: Rows


@dataclass(frozen=True)
class Picture:
    """The picture that cameras show."""

    width: int
    height: int
    """Pixels of the full picture."""
    pixel_aspect_x: float = 1.0
    pixel_aspect_y: float = 1.0
    crop: Crop | None = None


def camera_on(frame: int, switches: Iterable[tuple[int, str]], otherwise: str) -> str:
    """The name of the camera that Blender renders a frame with.

    Args:
        switches: frames and cameras of the markers that cameras are bound to.
        otherwise: the scene's camera, where no marker has one.
    """
    bound = sorted(switches, key=lambda switch: switch[0])
    if not bound:
        return otherwise
    before = [name for at, name in bound if at <= frame]
    return before[-1] if before else bound[0][1]


def camera_key(seen: SeenCamera, root: Root | None, metres_per_unit: float, picture: Picture) -> CameraKey:
    """One camera as the head sees it.

    Raises:
        ShotError: it is no perspective camera, or it or the root is scaled to nothing or mirrored.
    """
    if seen.kind != "PERSP":
        kind = _KINDS.get(seen.kind, "no perspective camera")
        raise ShotError(f"The camera '{seen.name}' is {kind}.", "Set its lens type to Perspective.")
    matrix = rigid(seen.matrix_world, f"The camera '{seen.name}'")
    if root is not None:
        matrix = _relative(matrix, rigid(root.matrix_world, f"'{root.name}', where the character stands,"))
    rows = tuple(tuple(_rounded(part) for part in (*row[:3], row[3] * metres_per_unit)) for row in matrix[:3])
    return CameraKey(
        camera_to_world=(*rows, (0.0, 0.0, 0.0, 1.0)),
        focal_mm=_rounded(seen.lens),
        sensor_mm=_rounded(seen.sensor_width),
        sensor_height_mm=_rounded(seen.sensor_height),
        sensor_fit=seen.sensor_fit.lower(),
        shift_x=_rounded(seen.shift_x),
        shift_y=_rounded(seen.shift_y),
        pixel_aspect_x=_rounded(picture.pixel_aspect_x),
        pixel_aspect_y=_rounded(picture.pixel_aspect_y),
        crop=picture.crop,
    )


def as_camera_or_track(keys: Sequence[CameraKey]) -> tuple[CameraKey | None, tuple[CameraKey, ...]]:
    """`camera` and `camera_track` of a Shot: one camera if it never changes; what stays to the end is said once."""
    kept = list(keys)
    while len(kept) > 1 and kept[-1] == kept[-2]:
        kept.pop()
    return (kept[0], ()) if len(kept) == 1 else (None, tuple(kept))


def border_crop(width: int, height: int, left: float, right: float, bottom: float, top: float) -> Crop:
    """The pixels that Blender renders of a picture with this border (0 to 1, from the lower left corner).

    Raises:
        ShotError: nothing is within it.
    """
    x0, x1 = (_whole(width, side) for side in (left, right))
    y0, y1 = (_whole(height, side) for side in (bottom, top))
    if x1 <= x0 or y1 <= y0:
        raise ShotError("The render region holds no pixel.", "Draw it larger, or turn it off in the output settings.")
    return Crop(x0, height - y1, x1 - x0, y1 - y0)


def rigid(matrix: Rows, name: str) -> Rows:
    """The matrix without its scale, as Blender takes a camera's.

    Raises:
        ShotError: it is scaled to nothing, or mirrored; the sentence begins with `name`.
    """
    lengths = [math.sqrt(sum(row[axis] ** 2 for row in matrix[:3])) for axis in range(3)]
    if min(lengths) < _NO_SIZE:
        raise ShotError(f"{name} is scaled to nothing.", "Give it and its parents a scale above 0.")
    (a, b, c, x), (d, e, f, y), (g, h, i, z) = (
        (*(row[axis] / lengths[axis] for axis in range(3)), row[3]) for row in matrix[:3]
    )
    if a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0:
        raise ShotError(f"{name} is mirrored.", "Give it and its parents scales above 0.")
    return ((a, b, c, x), (d, e, f, y), (g, h, i, z), (0.0, 0.0, 0.0, 1.0))


def _relative(matrix: Rows, root: Rows) -> Rows:
    """A rigid matrix as seen from a rigid root."""
    columns = [[row[i] for row in matrix[:3]] for i in range(4)]
    columns[3] = [place - origin[3] for place, origin in zip(columns[3], root[:3], strict=True)]
    turned = [[sum(root[k][axis] * column[k] for k in range(3)) for axis in range(3)] for column in columns]
    rows = tuple((turned[0][i], turned[1][i], turned[2][i], turned[3][i]) for i in range(3))
    return (*rows, (0.0, 0.0, 0.0, 1.0))


def _whole(pixels: int, share: float) -> int:
    """Blender multiplies in single precision and leaves out the rest."""
    return int(_single(_single(share) * pixels))


def _single(number: float) -> float:
    return struct.unpack("f", struct.pack("f", number))[0]


def _rounded(number: float) -> float:
    return round(number, _DIGITS) + 0.0  # no negative zero

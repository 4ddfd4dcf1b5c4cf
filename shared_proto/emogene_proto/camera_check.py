"""What the cameras of a Shot, and the pictures that they show, must be to be rendered."""

import math

from .errors import ShotError
from .shot import MOST_CAMERAS, SENSOR_FITS, CameraKey, Shot

SMALLEST_SIDE, LARGEST_SIDE = 16, 4096
"""Pixels a side of a frame."""
LARGEST_FULL_SIDE = 65_536
"""Pixels a side of a picture of which only a crop is rendered."""
FARTHEST = 1e5
"""Metres from the head."""
LARGEST_SHIFT = 100.0
LARGEST_PIXEL_ASPECT = 200.0
_NOT_RIGID = 1e-3


def check_cameras(shot: Shot) -> None:
    """Refuse cameras and picture sizes that cannot be rendered.

    Raises:
        ShotError: with the first thing that does not fit; rows of a track are counted from 1.
    """
    if shot.camera is not None:
        if shot.camera_track:
            raise ShotError("The shot has a camera and a camera track.", "Leave one of them out.")
        check_camera(shot.camera)
    if len(shot.camera_track) > MOST_CAMERAS:
        raise ShotError(f"The camera's track has more than {MOST_CAMERAS:,} frames.", "Make the shot shorter.")
    for row, key in enumerate(shot.camera_track, 1):
        check_camera(key, f"Row {row} of the camera's track")
    _check_sizes(shot)


def check_camera(key: CameraKey, name: str = "The camera") -> None:
    """Refuse a camera that shows no picture.

    Raises:
        ShotError: with the first thing that is wrong with it; the sentence begins with `name`.
    """
    _check_matrix(key.camera_to_world, name)
    if not all(0.0 < size < 1e5 for size in (key.focal_mm, key.sensor_mm, key.sensor_height_mm)):
        raise ShotError(f"{name} has no possible lens.", "Use a focal length and a sensor above 0 mm.")
    if key.sensor_fit not in SENSOR_FITS:
        raise ShotError(f"{name} has sensor fit '{key.sensor_fit}'.", f"Use one of: {', '.join(SENSOR_FITS)}.")
    if not (abs(key.shift_x) < LARGEST_SHIFT and abs(key.shift_y) < LARGEST_SHIFT):
        raise ShotError(f"{name} has a shift out of range.", f"Use less than {LARGEST_SHIFT:g} either way.")
    sides = key.pixel_aspect_x, key.pixel_aspect_y
    if not (all(0.0 < side < math.inf for side in sides) and max(sides) <= LARGEST_PIXEL_ASPECT * min(sides)):
        raise ShotError(f"{name} has no possible pixel aspect.", "Use two numbers above 0, e.g. 1 and 1.")


def _check_matrix(rows: tuple[tuple[float, float, float, float], ...], name: str) -> None:
    if len(rows) != 4 or not all(math.isfinite(value) for row in rows for value in row):
        raise ShotError(f"{name} has a matrix that is not one of 4x4 numbers.", "Write the shot again from Blender.")
    (a, b, c, x), (d, e, f, y), (g, h, i, z), last = rows
    lengths = (a * a + d * d + g * g, b * b + e * e + h * h, c * c + f * f + i * i)
    angles = (a * b + d * e + g * h, a * c + d * f + g * i, b * c + e * f + h * i)
    rigid = all(abs(s - 1.0) < _NOT_RIGID for s in lengths) and all(abs(s) < _NOT_RIGID for s in angles)
    if not (rigid and last == (0.0, 0.0, 0.0, 1.0)):
        raise ShotError(f"{name} is scaled or skewed.", "Apply the camera's scale in Blender.")
    if a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0:
        raise ShotError(f"{name} is mirrored.", "Give the camera and its parents scales above 0.")
    if not max(abs(x), abs(y), abs(z)) < FARTHEST:
        raise ShotError(f"{name} is too far away.", f"Keep it within {FARTHEST:g} metres of the head.")


def _check_sizes(shot: Shot) -> None:
    keys = shot.camera_track or (shot.camera,)
    crops = [key.crop for key in keys if key is not None and key.crop is not None]
    most = LARGEST_FULL_SIDE if crops else LARGEST_SIDE
    if not (SMALLEST_SIDE <= shot.width <= most and SMALLEST_SIDE <= shot.height <= most):
        raise ShotError(
            f"A picture of {shot.width}x{shot.height} is out of range.",
            f"Use {SMALLEST_SIDE} to {LARGEST_SIDE} pixels a side.",
        )
    for crop in crops:
        size = f"{crop.width}x{crop.height}"
        if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (crop.width, crop.height)):
            hint = f"Use {SMALLEST_SIDE} to {LARGEST_SIDE} pixels a side."
            raise ShotError(f"A crop of {size} is out of range.", hint)
        if not (0 <= crop.left <= shot.width - crop.width and 0 <= crop.top <= shot.height - crop.height):
            raise ShotError(
                f"The crop of {size} at {crop.left}, {crop.top} lies outside the picture.",
                f"Keep it within {shot.width}x{shot.height}.",
            )
    sizes = {(crop.width, crop.height) for crop in crops}
    if crops and (len(sizes) > 1 or len(crops) < len(keys)):
        raise ShotError("The frames of the camera's track differ in size.", "Give every frame a crop of one size.")

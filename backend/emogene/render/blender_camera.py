"""From a camera as Blender describes it to a pinhole in pixels: the one place that knows Blender's conventions.

The same as `BKE_camera_params_compute_viewplane` of Blender's sources, where a picture's unit is the width of a pixel:
the sensor spans one side of the picture, and shifts are in lengths of that side, whichever way they go.
"""

import numpy as np

from emogene.values import Camera
from emogene_proto.shot import CameraKey


def pinhole(key: CameraKey, width: int, height: int) -> Camera:
    """The camera that renders a key's frame, which is its crop where it has one.

    Args:
        width, height: pixels of the full picture.
    """
    pixel_aspect = key.pixel_aspect_y / key.pixel_aspect_x
    vertical = _fits_vertically(key.sensor_fit, width, height * pixel_aspect)
    spanned = height * pixel_aspect if vertical else float(width)
    sensor_mm = key.sensor_height_mm if key.sensor_fit == "vertical" else key.sensor_mm
    camera = Camera(
        np.array(key.camera_to_world, np.float64),
        key.focal_mm,
        sensor_mm * width / spanned,
        width,
        height,
        # The view goes right and up, so what it looked at goes left and down in the picture.
        (-key.shift_x * spanned, key.shift_y * spanned / pixel_aspect),
        pixel_aspect,
    )
    crop = key.crop
    return camera if crop is None else camera.cropped(crop.left, crop.top, crop.width, crop.height)


def _fits_vertically(sensor_fit: str, width: float, height: float) -> bool:
    """Whether the sensor spans the picture's height; both sides in widths of a pixel."""
    return height > width if sensor_fit == "auto" else sensor_fit == "vertical"

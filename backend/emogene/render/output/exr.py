"""Finished frames as OpenEXR files: half-float RGBA, scene-linear and premultiplied, and depth as 32-bit floats.

The channels R, G, B, A are what any program shows; `Depth.Z` is what Blender offers as *Depth* beside them. It holds
metres along the camera's axis, as Blender's own depth pass does, not along the ray, and NOTHING where nothing is.
The header says which face was seen and by which camera; `docs/render.md` lists the attributes.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

from emogene.render.output.colour import linear_rgba
from emogene.values import Frame, View

NOTHING = 1e10
"""Depth of an empty pixel in Blender's own depth passes."""
DEPTH = "Depth.Z"
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""Primaries and white of sRGB."""
_COLOUR_SPACE = "lin_rec709_scene"
"""The colour interop ID of what the pixels hold."""


def exr_bytes(frame: Frame, view: View | None = None) -> bytes:
    """The frame as an OpenEXR file; equal frames and views give equal bytes.

    Args:
        view: what the frame is a picture of, for the header.
    """
    with tempfile.TemporaryDirectory(prefix="emogene-") as folder:
        path = Path(folder) / "frame.exr"
        _write(path, frame, view)
        return path.read_bytes()


def _write(path: Path, frame: Frame, view: View | None) -> None:
    rgba = linear_rgba(frame).astype(np.float16)
    channels: dict[str, np.ndarray] = {name: np.ascontiguousarray(rgba[..., i]) for i, name in enumerate("RGBA")}
    depth = np.where(np.isfinite(frame.depth), frame.depth, NOTHING)
    channels[DEPTH] = np.ascontiguousarray(depth, np.float32)
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "chromaticities": _REC709,
        "colorInteropID": _COLOUR_SPACE,
    }
    if view is not None:
        header |= _seen(view)
    OpenEXR.File(header, channels).write(str(path))


def _seen(view: View) -> dict[str, Any]:
    """The attributes that say which face a picture shows, and which camera took it.

    Matrices are stored as OpenEXR has them, for row vectors: the translation is the last row.
    """
    face, camera = view.face, view.camera
    to_world = np.asarray(camera.camera_to_world, np.float64)
    return {
        "emogene/landmarks": np.ascontiguousarray(face.landmarks, np.float32).reshape(-1),
        "emogene/headToWorld": np.ascontiguousarray(np.asarray(face.pose, np.float32).T),
        "emogene/gaze": tuple(float(angle) for angle in face.gaze),
        "emogene/cameraToWorld": np.ascontiguousarray(to_world.T, np.float32),
        "worldToCamera": np.ascontiguousarray(np.linalg.inv(to_world).T, np.float32),
        "emogene/focalLength": float(camera.focal_mm),
        "emogene/sensorWidth": float(camera.sensor_mm),
        "emogene/shift": tuple(float(pixels) for pixels in camera.shift_px),
        "pixelAspectRatio": 1.0 / float(camera.pixel_aspect),
    }

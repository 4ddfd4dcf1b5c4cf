"""Finished frames as OpenEXR files: half-float RGBA, scene-linear and premultiplied, and depth as 32-bit floats.

The channels R, G, B, A are what any program shows; `Depth.Z` is what Blender offers as *Depth* beside them. It holds
metres along the camera's axis, as Blender's own depth pass does, not along the ray, and NOTHING where nothing is.
"""

import tempfile
from pathlib import Path

import numpy as np
import OpenEXR

from emogene.render.output.colour import linear_rgba
from emogene.values import Frame

NOTHING = 1e10
"""Depth of an empty pixel in Blender's own depth passes."""
DEPTH = "Depth.Z"
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""Primaries and white of sRGB."""


def exr_bytes(frame: Frame) -> bytes:
    """The frame as an OpenEXR file; equal frames give equal bytes."""
    with tempfile.TemporaryDirectory(prefix="emogene-") as folder:
        path = Path(folder) / "frame.exr"
        _write(path, frame)
        return path.read_bytes()


def _write(path: Path, frame: Frame) -> None:
    rgba = linear_rgba(frame).astype(np.float16)
    channels: dict[str, np.ndarray] = {name: np.ascontiguousarray(rgba[..., i]) for i, name in enumerate("RGBA")}
    depth = np.where(np.isfinite(frame.depth), frame.depth, NOTHING)
    channels[DEPTH] = np.ascontiguousarray(depth, np.float32)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "chromaticities": _REC709}
    OpenEXR.File(header, channels).write(str(path))

"""Values that pass between stages, with their shapes and units.

No stage knows the next one; these are all they share.
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with Blender's axes: it looks along its -Z, +Y is up. Pixel (0, 0) is the upper left one."""

    camera_to_world: np.ndarray
    """(4, 4) float64, rigid; metres."""
    focal_mm: float
    sensor_mm: float
    """Width of what the picture's width shows."""
    width: int
    height: int
    shift_px: tuple[float, float] = (0.0, 0.0)
    """Pixels to the right and down from the picture's middle to the point that the camera looks at."""
    pixel_aspect: float = 1.0
    """Height of a pixel over its width."""

    @property
    def focal_px(self) -> float:
        """Focal length in widths of a pixel."""
        return self.focal_mm / self.sensor_mm * self.width

    @property
    def focal_py(self) -> float:
        """Focal length in heights of a pixel."""
        return self.focal_px / self.pixel_aspect

    @property
    def centre_px(self) -> tuple[float, float]:
        """Column and row that the camera looks at; the middle of the upper left pixel is at (0.5, 0.5)."""
        return 0.5 * self.width + self.shift_px[0], 0.5 * self.height + self.shift_px[1]

    def resized(self, width: int, height: int) -> "Camera":
        """The same view on another picture size; a wider or narrower aspect keeps the vertical view."""
        scale = height / self.height
        sensor_mm = self.sensor_mm * (self.height / self.width) * (width / height)
        shift_px = (self.shift_px[0] * scale, self.shift_px[1] * scale)
        return replace(self, sensor_mm=sensor_mm, width=width, height=height, shift_px=shift_px)

    def cropped(self, left: int, top: int, width: int, height: int) -> "Camera":
        """The window of the picture whose upper left pixel is (left, top); it may reach beyond the picture."""
        x, y = self.centre_px
        shift_px = (x - left - 0.5 * width, y - top - 0.5 * height)
        sensor_mm = self.sensor_mm * (width / self.width)
        return replace(self, sensor_mm=sensor_mm, width=width, height=height, shift_px=shift_px)


@dataclass(frozen=True)
class FaceState:
    """All that one frame's picture depends on beside camera and actor."""

    landmarks: np.ndarray
    """(68, 3) float32 metres, canonical head frame."""
    gaze: np.ndarray
    """(2,) float32 radians in the head frame: yaw (positive looks to the subject's left), pitch (positive looks up)."""
    pose: np.ndarray
    """(4, 4) float32 head to world, rigid."""


@dataclass(frozen=True)
class View:
    """What a frame is a picture of."""

    face: FaceState
    camera: Camera


@dataclass(frozen=True)
class Plan:
    """A whole shot, planned: one row a frame at the shot's rate."""

    landmarks: np.ndarray
    """(T, 68, 3) float32 metres, canonical head frame, with emotion and blinks."""
    weights: np.ndarray
    """(T, 8) float32 emotion weights; column 0 is the neutral rest, so rows sum to 1."""
    poses: np.ndarray
    """(T, 4, 4) float32 head to world."""
    gaze: np.ndarray
    """(T, 2) float32 radians, see FaceState."""
    fps: float
    frame_start: int

    def __len__(self) -> int:
        return len(self.landmarks)

    def face(self, index: int) -> FaceState:
        """The state of row `index` (0 is frame `frame_start`)."""
        return FaceState(self.landmarks[index], self.gaze[index], self.poses[index])


@dataclass(frozen=True)
class Frame:
    """One rendered picture."""

    rgba: np.ndarray
    """(H, W, 4) float32, premultiplied, sRGB-encoded values."""
    depth: np.ndarray
    """(H, W) float32 metres along the camera's -Z; infinity where nothing of the actor is."""

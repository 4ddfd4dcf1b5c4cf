"""Values that pass between stages, with their shapes and units.

No stage knows the next one; these are all they share.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with Blender's axes: it looks along its -Z, +Y is up, square pixels, sensor fit horizontal."""

    camera_to_world: np.ndarray
    """(4, 4) float64, rigid; metres."""
    focal_mm: float
    sensor_mm: float
    width: int
    height: int

    @property
    def focal_px(self) -> float:
        return self.focal_mm / self.sensor_mm * self.width

    def resized(self, width: int, height: int) -> "Camera":
        """The same view on another picture size; a wider or narrower aspect keeps the vertical view."""
        sensor_mm = self.sensor_mm * (self.height / self.width) * (width / height)
        return Camera(self.camera_to_world, self.focal_mm, sensor_mm, width, height)


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
    """(H, W) float32 metres along the camera's -Z; infinity where alpha is 0."""

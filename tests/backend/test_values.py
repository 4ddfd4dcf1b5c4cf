"""Shared values keep their meaning when they are changed in size."""

import numpy as np

from emogene.values import Camera


def test_a_resized_camera_keeps_the_vertical_view():
    camera = Camera(np.eye(4), focal_mm=85.0, sensor_mm=36.0, width=512, height=512)
    for width, height in ((256, 256), (1920, 1080), (108, 192)):
        resized = camera.resized(width, height)
        assert np.isclose(resized.focal_px / height, camera.focal_px / camera.height)

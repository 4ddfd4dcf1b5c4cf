"""The eye features of a canonical point. Twin of eyes.eye_features, which says what each number means."""

import numpy as np
from numba import njit

from emogene.compiled_kernels import KERNEL
from emogene.render import eyes

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_EYE, _IRIS = np.float32(1 / eyes.EYE_RADIUS), np.float32(1 / eyes.IRIS_RADIUS)
_WINDOW_END = np.float32(eyes.WINDOW_FULL + eyes.WINDOW_FADE)
_WINDOW_FAR = np.float32(((eyes.WINDOW_FULL + eyes.WINDOW_FADE) * eyes.EYE_RADIUS) ** 2)
_PER_WINDOW, _PER_FRONT = np.float32(1 / eyes.WINDOW_FADE), np.float32(1 / eyes.FRONT_FADE)
_FRONT = np.float32(eyes.FRONT_START)
_IRIS_SLOPE, _PUPIL_SLOPE = np.float32(eyes.IRIS_SLOPE), np.float32(eyes.PUPIL_SLOPE)
_PUPIL = np.float32(eyes.PUPIL_SIZE)


@njit(**KERNEL)
def near_eye(centres, x, y, z):
    """Whether a canonical point lies in an eye's window; elsewhere its features are 0."""
    eye = 0 if x < _ZERO else 1
    ex, ey, ez = x - centres[eye, 0], y - centres[eye, 1], z - centres[eye, 2]
    return ex * ex + ey * ey + ez * ez <= _WINDOW_FAR


@njit(**KERNEL)
def eye_features(centres, axes, x, y, z):
    """The five numbers of eyes.eye_features for one canonical point."""
    if not near_eye(centres, x, y, z):
        return _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    eye = 0 if x < _ZERO else 1
    ex, ey, ez = x - centres[eye, 0], y - centres[eye, 1], z - centres[eye, 2]
    far = ex * ex + ey * ey + ez * ez
    window = (_WINDOW_END - np.sqrt(far) * _EYE) * _PER_WINDOW
    front = axes[2, 0] * ex + axes[2, 1] * ey + axes[2, 2] * ez
    window = min(max(window, _ZERO), _ONE) * min(max((front * _EYE - _FRONT) * _PER_FRONT, _ZERO), _ONE)
    if window <= _ZERO:
        return _ZERO, _ZERO, _ZERO, _ZERO, _ZERO
    u = (axes[0, 0] * ex + axes[0, 1] * ey + axes[0, 2] * ez) * _IRIS
    v = (axes[1, 0] * ex + axes[1, 1] * ey + axes[1, 2] * ez) * _IRIS
    radius = np.sqrt(u * u + v * v)
    iris = min(max(_HALF + _IRIS_SLOPE * (_ONE - radius), _ZERO), _ONE)
    pupil = min(max(_HALF + _PUPIL_SLOPE * (_PUPIL - radius), _ZERO), _ONE)
    u, v = _HALF * min(max(u, -_TWO), _TWO), _HALF * min(max(v, -_TWO), _TWO)
    return window * u, window * v, window * iris, window * pupil, window

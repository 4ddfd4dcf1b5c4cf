"""One face through an ordinary video: PyAV decodes, MediaPipe finds the points. Times are those of the container."""

import importlib
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from emogene.media_file import open_media
from emogene_proto.errors import CorpusError

from .mesh_landmarks import MESH_POINTS, TRACKED_POINTS, tracked_points

LONGEST_SIDE = 1280
"""Pixels; larger pictures are made smaller, since the mesh sees the face at 192 x 192."""
_FACES = 3
_FORGET_SECONDS = 0.5
_USURPER = 1.5
"""A face so much larger than the followed one is followed instead."""
_ANOTHER_VIDEO = "Use a video of one person who speaks to the camera, e.g. an mp4 or mov."


@dataclass(frozen=True)
class FaceTrack:
    """T frames of one face."""

    times: np.ndarray
    """(T,) float64 seconds of the container's clock, rising."""
    points: np.ndarray
    """(T, P, 3) float32 pixels (+x right, +y up, +z to the camera), rows of `TRACKED_POINTS`; NaN without a face."""
    sound_begins: float
    """Seconds of the container's clock at the first sample of the sound."""

    @property
    def found(self) -> np.ndarray:
        """(T,) bool."""
        return np.isfinite(self.points[:, 0, 0])

    @property
    def seconds(self) -> float:
        """Length of the video; its last frame is shown as long as the usual one."""
        usual = float(np.median(np.diff(self.times))) if len(self.times) > 1 else 0.0
        return float(self.times[-1] - self.times[0]) + usual


def track_face(path: Path, progress: Callable[[float], None] | None = None) -> FaceTrack:
    """Follow the largest, steady face of a video.

    Args:
        progress: called with the part done, 0 to 1; what it raises ends the work.

    Raises:
        CorpusError: MediaPipe is missing, or this is no video with sound, or it shows no face.
    """
    sound = sound_begins(path)
    mesh = _face_mesh()
    times: list[float] = []
    rows: list[np.ndarray] = []
    last, last_time = None, -math.inf
    missing = np.full((len(TRACKED_POINTS), 3), np.nan, np.float32)
    try:
        for time, picture, part in _pictures(path):
            faces = _faces(mesh, picture)
            last = choose_face(faces, last if time - last_time <= _FORGET_SECONDS else None)
            if last is not None:
                last_time = time
            times.append(time)
            rows.append(missing if last is None else last)
            if progress is not None:
                progress(part)
    finally:
        mesh.close()
    if last_time == -math.inf:
        raise CorpusError(f"No face was found in {path.name}.", "The face must be seen from the front, large enough.")
    return FaceTrack(np.array(times), np.stack(rows), sound)


def choose_face(faces: list[np.ndarray], last: np.ndarray | None) -> np.ndarray | None:
    """The face to follow: the one near the last, unless another is much larger; without a last, the largest.

    Args:
        faces: (P, 3) pixels each.
        last: (P, 3) of a moment ago.
    """
    if not faces:
        return None
    largest = max(faces, key=_width)
    if last is None:
        return largest
    nearest = min(faces, key=lambda face: _away(face, last))
    if _away(nearest, last) > 0.5 * _width(last) or _width(largest) > _USURPER * _width(nearest):
        return largest
    return nearest


def _width(face: np.ndarray) -> float:
    return float(np.linalg.norm(np.ptp(face[:68, :2], axis=0)))


def _away(face: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(face[:68, :2].mean(0) - other[:68, :2].mean(0)))


def sound_begins(path: Path) -> float:
    """Seconds of the container's clock at which the sound's first sample is heard.

    Raises:
        CorpusError: the file is missing, is no video, or has no sound.
    """
    if not path.is_file():
        raise CorpusError(f"There is no file {path}.", "Check the path.")
    try:
        with open_media(path) as container:
            if not container.streams.video:
                raise CorpusError(f"There are no pictures in {path.name}.", _ANOTHER_VIDEO)
            if not container.streams.audio:
                raise CorpusError(f"{path.name} has no sound.", "Speech is learnt from picture and sound together.")
            for frame in container.decode(container.streams.audio[0]):
                return float(frame.time or 0.0)
    except (FFmpegError, ValueError) as error:
        raise CorpusError(f"{path.name} is damaged or is not a video.", _ANOTHER_VIDEO) from error
    raise CorpusError(f"The sound of {path.name} is empty.", "Speech is learnt from picture and sound together.")


def _pictures(path: Path) -> Iterator[tuple[float, np.ndarray, float]]:
    """Time in seconds, (H, W, 3) uint8 upright with square pixels, and the part of the video done."""
    previous = -math.inf
    try:
        with open_media(path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            length = float(container.duration or 0) / av.time_base
            for frame in container.decode(stream):
                # A frame without a time of its own, or one that repeats, cannot be laid beside the sound.
                if frame.time is None or frame.time <= previous:
                    continue
                previous = frame.time
                part = min(max(frame.time / length, 0.0), 1.0) if length > 0 else 0.0
                yield frame.time, _upright(frame, stream.sample_aspect_ratio), part
    except (FFmpegError, ValueError) as error:
        raise CorpusError(f"The pictures of {path.name} cannot be read.", _ANOTHER_VIDEO) from error


def _upright(frame: av.VideoFrame, pixel_aspect: Any) -> np.ndarray:
    width, height = frame.width * float(pixel_aspect or 1), float(frame.height)
    smaller = min(1.0, LONGEST_SIDE / max(width, height))
    picture = frame.to_ndarray(format="rgb24", width=round(width * smaller), height=round(height * smaller))
    return np.ascontiguousarray(np.rot90(picture, round(frame.rotation / 90)))


def _faces(mesh: Any, picture: np.ndarray) -> list[np.ndarray]:
    height, width = picture.shape[:2]
    found = mesh.process(picture).multi_face_landmarks or ()
    faces = [np.array([(p.x, p.y, p.z) for p in face.landmark], np.float32) for face in found]
    return [tracked_points(face, width, height) for face in faces if len(face) == MESH_POINTS]


def _face_mesh() -> Any:
    # Its libraries tell the terminal about their set-up, which says nothing to an artist.
    os.environ.setdefault("GLOG_minloglevel", "2")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        module = importlib.import_module("mediapipe.python.solutions.face_mesh")
    except ImportError as error:
        raise CorpusError(
            "MediaPipe, which finds faces in video, is missing.",
            "In EmoGene's folder: .venv/bin/pip install -c constraints.txt -e '.[video]' (not for Python 3.13).",
        ) from error
    return module.FaceMesh(max_num_faces=_FACES, refine_landmarks=True)

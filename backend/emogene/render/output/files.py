"""Finished frames as files of either form."""

from pathlib import Path

from emogene.render.output.exr import exr_bytes
from emogene.render.output.png import png_bytes
from emogene.values import Frame


def frame_bytes(frame: Frame, output: str) -> bytes:
    """The frame as a file of this form, one of OUTPUTS; equal frames give equal bytes."""
    return {"png": png_bytes, "exr": exr_bytes}[output](frame)


def write_frame(path: Path, frame: Frame, output: str) -> None:
    """Write a frame under a temporary name and rename it, so that a file of this name is always whole."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        temporary.write_bytes(frame_bytes(frame, output))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def frame_file_name(number: int, output: str) -> str:
    """`frame_0001.png` for frame 1, counted from 1 at the beginning of the audio."""
    return f"frame_{number:04d}.{output}"

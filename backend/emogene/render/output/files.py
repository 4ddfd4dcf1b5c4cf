"""Finished frames as files of either form."""

from pathlib import Path

from emogene.render.output.exr import exr_bytes
from emogene.render.output.png import png_bytes
from emogene.values import Frame, View
from emogene.whole_write import write_whole


def frame_bytes(frame: Frame, output: str, view: View | None = None) -> bytes:
    """The frame as a file of this form, one of OUTPUTS; equal frames and views give equal bytes.

    Args:
        view: what the frame is a picture of; told in the header of an EXR file.
    """
    return exr_bytes(frame, view) if output == "exr" else png_bytes(frame)


def write_frame(path: Path, frame: Frame, output: str) -> None:
    """Write a frame under a temporary name and rename it, so that a file of this name is always whole."""
    write_whole(path, frame_bytes(frame, output))


def frame_file_name(number: int, output: str) -> str:
    """`frame_0001.png` for frame 1; four digits at least and a sign before them, as Blender names frames."""
    return f"frame_{'-' * (number < 0)}{abs(number):04d}.{output}"

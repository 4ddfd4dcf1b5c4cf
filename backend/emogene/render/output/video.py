"""Picture and sound together in one film, colours marked as BT.709 with video levels; one picture at a time."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from emogene.render.output.film_form import MP4, FilmForm
from emogene.render.output.film_sound import FilmSound
from emogene.render.output.rates import film_rate
from emogene.render.output.sound_track import SoundTrack
from emogene.whole_write import remove_abandoned, whole_file
from emogene_proto.errors import RenderError

_BT709 = 1


def write_video(
    path: Path, frames: Iterable[np.ndarray], fps: float, sound: FilmSound | None = None, form: FilmForm = MP4
) -> int:
    """Write frames and sound; the sound is cut or followed by silence to end with the last picture.

    Args:
        frames: (H, W, 3) uint8 pictures, or what the form is given, sRGB-encoded, taken one at a time; an odd side
            loses its last line where the form has colours at half the size.
        fps: pictures a second.

    Returns:
        How many pictures were written.

    Raises:
        AudioError: the sound file cannot be read.
        RenderError: there are no frames, or the video cannot be written; what was there before stays.
        Exception: whatever taking a frame raises, unchanged.
    """
    remove_abandoned(path.parent, path.name)
    try:
        with whole_file(path) as temporary:
            return _write(temporary, _taken(frames), film_rate(fps), sound, form)
    except _FrameFailed as failed:
        raise failed.error from failed.error.__cause__
    except (FFmpegError, OSError) as error:
        raise RenderError(
            f"The video {path} cannot be written: {error.strerror or error}.", "Check folder and free space."
        ) from error


class _FrameFailed(Exception):
    """Carries an error of the frames past those of the video."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _taken(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The frames; making one may read or write files too, whose errors are not the video's."""
    try:
        yield from frames
    except (FFmpegError, OSError) as error:
        raise _FrameFailed(error) from None


def _write(path: Path, pictures: Iterator[np.ndarray], rate: Fraction, sound: FilmSound | None, form: FilmForm) -> int:
    first = next(pictures, None)
    if first is None:
        raise RenderError("There are no frames to make a video of.", "Check the frame range.")
    width, height = _even_size(first, form)
    options = {"movflags": "+faststart+write_colr", "fflags": "+bitexact"}
    with av.open(str(path), "w", format=form.container, options=options) as container, ExitStack() as at_end:
        video = _video_stream(container, rate, width, height, form)
        track = SoundTrack(container, sound, form.sound) if sound is not None else None
        if track is not None:
            at_end.callback(track.close)
        count = 0
        for picture in itertools.chain([first], pictures):
            container.mux(video.encode(_video_frame(picture[:height, :width], count, rate, form)))
            count += 1
            if track is not None:
                track.write_until(count / rate)
        container.mux(video.encode(None))
        if track is not None:
            track.finish()
    return count


def _even_size(picture: np.ndarray, form: FilmForm) -> tuple[int, int]:
    """Width and height of the film."""
    height, width = picture.shape[:2]
    return width - width % 2 * ("444" not in form.pixels), height - height % 2 * ("420" in form.pixels)


def _video_stream(container: OutputContainer, rate: Fraction, width: int, height: int, form: FilmForm) -> VideoStream:
    stream = container.add_stream(form.codec, rate=rate, options=dict(form.options))
    assert isinstance(stream, VideoStream), "the forms name codecs of pictures"
    stream.width, stream.height, stream.pix_fmt = width, height, form.pixels
    stream.time_base = 1 / rate
    context = stream.codec_context
    if form.threads:
        context.thread_count = form.threads
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = ColorRange.MPEG
    return stream


def _video_frame(pixels: np.ndarray, number: int, rate: Fraction, form: FilmForm) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=form.given_as)
    frame = frame.reformat(format=form.pixels, dst_colorspace="ITU709", dst_color_range="MPEG")
    frame.color_primaries = frame.color_trc = frame.colorspace = _BT709
    frame.color_range = ColorRange.MPEG
    frame.pts, frame.time_base = number, 1 / rate
    return frame

"""Picture and sound together in one MP4: H.264 and AAC, colours marked as BT.709."""

import itertools
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from emogene_proto.errors import AudioError, RenderError

SOUND_RATE = 48_000
_SOUND_BLOCK = 1024
_BT709 = 1


@dataclass(frozen=True)
class Sound:
    """The stretch of a sound file that goes under the pictures."""

    path: Path
    offset_seconds: float = 0.0


def write_video(path: Path, frames: Iterable[np.ndarray], fps: float, sound: Sound | None = None) -> int:
    """Write frames and sound; the sound is cut or followed by silence to end with the last picture.

    Args:
        frames: (H, W, 3) uint8 pictures, sRGB, taken one at a time; an odd side loses its last line, as H.264 asks.
        fps: pictures a second.

    Returns:
        How many pictures were written.

    Raises:
        AudioError: the sound file cannot be read.
        RenderError: there are no frames, or the video cannot be written.
        Exception: whatever taking a frame raises, unchanged.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        count = _write(temporary, _taken(frames), Fraction(fps).limit_denominator(1001), sound)
        temporary.replace(path)
    except _FrameFailed as failed:
        raise failed.error from failed.error.__cause__
    except (FFmpegError, OSError) as error:
        raise RenderError(
            f"The video {path.name} cannot be written: {error}.", "Check folder and free space."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return count


class _FrameFailed(Exception):
    """Carries an error of the frames past those of the video."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def _taken(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The frames; making one may write files too, whose errors are not the video's."""
    try:
        yield from frames
    except (FFmpegError, OSError) as error:
        raise _FrameFailed(error) from None


def _write(path: Path, pictures: Iterator[np.ndarray], rate: Fraction, sound: Sound | None) -> int:
    first = next(pictures, None)
    if first is None:
        raise RenderError("There are no frames to make a video of.", "Check the frame range.")
    height, width = (side - side % 2 for side in first.shape[:2])
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container, ExitStack() as at_end:
        video = _video_stream(container, rate, width, height)
        track = _SoundTrack(container, sound) if sound is not None else None
        if track is not None:
            at_end.callback(track.close)
        count = 0
        for picture in itertools.chain([first], pictures):
            container.mux(video.encode(_video_frame(picture[:height, :width], count, rate)))
            count += 1
            if track is not None:
                track.write_until(count / rate)
        container.mux(video.encode(None))
        if track is not None:
            track.finish()
    return count


def _video_stream(container: OutputContainer, rate: Fraction, width: int, height: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options={"crf": "16", "preset": "medium"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = 1 / rate
    context = stream.codec_context
    context.color_primaries = context.color_trc = context.colorspace = _BT709
    context.color_range = ColorRange.MPEG
    return stream


def _video_frame(rgb: np.ndarray, number: int, rate: Fraction) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    frame.color_primaries = frame.color_trc = frame.colorspace = _BT709
    frame.pts, frame.time_base = number, 1 / rate
    return frame


class _SoundTrack:
    """An audio stream that is fed as far as the pictures have come."""

    def __init__(self, container: OutputContainer, sound: Sound) -> None:
        self._container = container
        self._stream: AudioStream = container.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        self._stream.bit_rate = 192_000
        self._source = _samples(sound)
        self._waiting = np.zeros((2, 0), np.float32)
        self._written = 0
        self._wanted = 0

    def write_until(self, seconds: Fraction) -> None:
        """Encode whole blocks of sound up to `seconds`."""
        self._wanted = round(seconds * SOUND_RATE)
        while self._wanted - self._written >= _SOUND_BLOCK:
            self._encode(_SOUND_BLOCK)

    def finish(self) -> None:
        """Encode what is left, so that the sound ends with the last picture."""
        if self._wanted > self._written:
            self._encode(self._wanted - self._written)
        self._container.mux(self._stream.encode(None))

    def close(self) -> None:
        """Let go of the sound file, also where writing failed."""
        self._source.close()

    def _encode(self, count: int) -> None:
        while self._waiting.shape[1] < count:
            more = next(self._source, None)
            if more is None:
                more = np.zeros((2, count - self._waiting.shape[1]), np.float32)
            self._waiting = np.concatenate([self._waiting, more], axis=1)
        block, self._waiting = self._waiting[:, :count], self._waiting[:, count:]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
        frame.sample_rate = SOUND_RATE
        frame.pts, frame.time_base = self._written, Fraction(1, SOUND_RATE)
        self._container.mux(self._stream.encode(frame))
        self._written += count


def _samples(sound: Sound) -> Generator[np.ndarray, None, None]:
    """(2, n) float32 pieces at 48 kHz from the offset on."""
    skip, given = round(sound.offset_seconds * SOUND_RATE), False
    resampler = AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)
    try:
        with av.open(str(sound.path), options={"protocol_whitelist": "file"}) as container:
            if not container.streams.audio:
                raise AudioError(f"{sound.path.name} has no sound in it.", "Choose a file with an audio track.")
            frames = container.decode(container.streams.audio[0])
            for decoded in itertools.chain(frames, [None]):
                for frame in resampler.resample(decoded):
                    piece = frame.to_ndarray()
                    kept = piece[:, min(skip, piece.shape[1]) :]
                    skip -= piece.shape[1] - kept.shape[1]
                    if kept.shape[1]:
                        given = True
                        yield kept
    except FFmpegError as error:
        # A file that breaks off was planned as far as it goes; after that there are no pictures.
        if skip > 0 or not given:
            raise AudioError(f"{sound.path.name} cannot be read as sound.", "Save it again as WAV or FLAC.") from error

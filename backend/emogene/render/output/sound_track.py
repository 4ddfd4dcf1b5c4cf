"""The sound of a film: a stretch of a recording, fed as far as the pictures have come."""

import itertools
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError

from emogene.media_file import REFUSED_HINT, UnreadFormat, open_media
from emogene_proto.errors import AudioError

SOUND_RATE = 48_000
_SOUND_BLOCK = 1024


@dataclass(frozen=True)
class Sound:
    """The stretch of a sound file that goes under the pictures."""

    path: Path
    offset_seconds: float = 0.0
    duration_seconds: float | None = None
    """What is used of it, from the offset on; silence follows."""


class SoundTrack:
    """An audio stream of 48 kHz stereo: AAC, or 24-bit PCM."""

    def __init__(self, container: OutputContainer, sound: Sound, codec: str) -> None:
        """`codec`: aac or pcm_s24le."""
        self._container = container
        stream = container.add_stream(codec, rate=SOUND_RATE, layout="stereo")
        assert isinstance(stream, AudioStream), "both are codecs of sound"
        self._stream = stream
        if codec == "aac":
            self._stream.bit_rate = 192_000
        self._pcm = codec != "aac"
        self._source = samples(sound)
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
        frame = _pcm_frame(block) if self._pcm else _float_frame(block)
        frame.sample_rate = SOUND_RATE
        frame.pts, frame.time_base = self._written, Fraction(1, SOUND_RATE)
        self._container.mux(self._stream.encode(frame))
        self._written += count


def _float_frame(block: np.ndarray) -> av.AudioFrame:
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")


def _pcm_frame(block: np.ndarray) -> av.AudioFrame:
    """(2, n) float32 as interleaved 24-bit numbers, which lie in the upper bits of 32."""
    numbers = np.clip(np.rint(block.astype(np.float64) * 2**23), -(2**23), 2**23 - 1).astype(np.int32) * 256
    return av.AudioFrame.from_ndarray(numbers.T.reshape(1, -1), format="s32", layout="stereo")


def samples(sound: Sound) -> Generator[np.ndarray, None, None]:
    """(2, n) float32 pieces at 48 kHz from the offset on."""
    skip, given = round(sound.offset_seconds * SOUND_RATE), False
    left = None if sound.duration_seconds is None else round(sound.duration_seconds * SOUND_RATE)
    try:
        with open_media(sound.path) as container:
            if not container.streams.audio:
                raise AudioError(f"{sound.path.name} has no sound in it.", "Choose a file with an audio track.")
            stream = container.streams.audio[0]
            # One channel is given to both ears as it is; FFmpeg would make it 3 dB quieter.
            layout = "mono" if stream.codec_context.channels == 1 else "stereo"
            resampler = AudioResampler(format="fltp", layout=layout, rate=SOUND_RATE)
            frames = container.decode(stream)
            for decoded in itertools.chain(frames, [None]):
                for frame in resampler.resample(decoded):
                    piece = np.broadcast_to(frame.to_ndarray(), (2, frame.samples))
                    kept = piece[:, min(skip, piece.shape[1]) :]
                    skip -= piece.shape[1] - kept.shape[1]
                    kept = kept[:, :left]
                    left = None if left is None else left - kept.shape[1]
                    if kept.shape[1]:
                        given = True
                        yield kept
                    if left == 0:
                        return
    except UnreadFormat as error:
        raise AudioError(f"{sound.path.name} cannot be read as sound.", REFUSED_HINT) from error
    except FFmpegError as error:
        # A file that breaks off was planned as far as it goes; after that there are no pictures.
        if skip > 0 or not given:
            raise AudioError(f"{sound.path.name} cannot be read as sound.", "Save it again as WAV or FLAC.") from error

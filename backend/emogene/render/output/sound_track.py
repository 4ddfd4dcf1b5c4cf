"""The sound of a film, fed as far as the pictures have come."""

from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer

from emogene.render.output.film_sound import SOUND_RATE, FilmSound, samples

_SOUND_BLOCK = 1024


class SoundTrack:
    """An audio stream of 48 kHz stereo: AAC, or 24-bit PCM."""

    def __init__(self, container: OutputContainer, sound: FilmSound, codec: str) -> None:
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

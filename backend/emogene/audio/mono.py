"""Decoded frames of a sound stream as mono float32 samples with their place in the stream."""

import math
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer

from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE

CHANNEL_WEIGHTS = {"FC": 1.0, "FL": 0.7071, "FR": 0.7071, "LFE": 0.0, "LFE2": 0.0}
"""Loudness of speakers in the mix, as ITU-R BS.775 has it; those not named here surround the listener."""
_SURROUND = 0.5
_EXACT_CONTAINERS = ("wav", "flac", "aiff", "w64")
"""Their time stamps count samples, so that a jump lands on a known sample if the codec's frames stand alone."""
_JUMP_SECONDS = 30
"""Nearer parts are reached by decoding."""


class MonoFrames:
    """Reads the frames of one stream in order, mixes their channels, and counts time by their samples."""

    def __init__(self, name: str):
        self._name = name
        self.rate = 0
        """Samples a second; known after the first frame."""
        self.start = 0
        """Number, in the stream, of the first sample that `read` gives."""
        self._next = 0
        self._wanted = Fraction(0)

    @property
    def seconds(self) -> float:
        """How far into the stream the frames have come."""
        return self._next / self.rate if self.rate else 0.0

    def begin(self, container: InputContainer, stream: av.AudioStream, wanted: Fraction) -> None:
        """Go close before `wanted` seconds, where that can be done to the sample; else what lies before is decoded."""
        self._wanted = wanted
        rate = stream.rate or 0
        exact = container.format.name in _EXACT_CONTAINERS and _stands_alone(stream.codec_context.name)
        counted = exact and rate and stream.time_base == Fraction(1, rate)
        if counted and _JUMP_SECONDS < wanted < Fraction(stream.duration or 0, rate):
            container.seek(_on_beat(wanted, rate), stream=stream)
            self._next = -1  # the next frame tells where it lies

    def read(self, frame: av.AudioFrame) -> np.ndarray:
        """(n,) float32 of one frame; what lies before the wanted time is left out.

        Raises:
            AudioError: the rate changes, or the file does not tell its rate.
        """
        if not self.rate:
            self._first(frame)
        if frame.sample_rate != self.rate:
            raise AudioError(f"{self._name} changes its sample rate on the way.", "Save it again as WAV or FLAC.")
        first, self._next = self._next, self._next + frame.samples
        if self._next <= self.start:
            return np.zeros(0, np.float32)
        return mixed(frame)[max(0, self.start - first) :]

    def _first(self, frame: av.AudioFrame) -> None:
        if not frame.sample_rate:
            raise AudioError(f"{self._name} does not say its sample rate.", "Save it again as WAV or FLAC.")
        self.rate = frame.sample_rate
        self.start = _on_beat(self._wanted, self.rate)
        if self._next < 0:
            if frame.pts is None or frame.pts > self.start:
                raise AudioError(f"{self._name} cannot be read from its middle.", "Save it again as WAV or FLAC.")
            self._next = frame.pts


def _stands_alone(codec: str) -> bool:
    """In ADPCM and others a jump lands some samples beside the one that it names."""
    return codec.startswith("pcm_") or codec == "flac"


def _on_beat(seconds: Fraction, rate: int) -> int:
    """The last sample before a time at which samples of `rate` and of 16 kHz meet.

    From there on, resampling gives what it gives from the beginning on.
    """
    beat = rate // math.gcd(rate, SAMPLE_RATE)
    return int(seconds * rate) // beat * beat


def mixed(frame: av.AudioFrame) -> np.ndarray:
    """(n,) float32 mean over the channels of a frame, 1 is full scale; of surround sound the centre counts most."""
    samples = _as_float(frame.to_ndarray())
    count = frame.layout.nb_channels
    channels = samples if frame.format.is_planar else samples.reshape(-1, count).T
    if count == 1:
        return np.ascontiguousarray(channels[0])
    # Two channels are left and right, whatever they are called.
    weights = np.ones(count) if count == 2 else _weights([channel.name for channel in frame.layout.channels])
    return (weights / weights.sum()).astype(np.float32) @ channels


def _weights(names: list[str]) -> np.ndarray:
    """(C,) share of each channel; all the same where the file does not say what they are."""
    if not {"FL", "FC"} & set(names):
        return np.ones(len(names))
    return np.array([CHANNEL_WEIGHTS.get(name, _SURROUND) for name in names])


def _as_float(samples: np.ndarray) -> np.ndarray:
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128.0) / 128.0
    if samples.dtype.kind == "i":
        return (samples / float(-np.iinfo(samples.dtype).min)).astype(np.float32)
    return samples.astype(np.float32)

"""Any recording to mono float32 at 16 kHz, piece by piece, or one clear sentence why not.

Time begins at the first sample that the decoder gives, as in Blender's sound strips and in the sound of our own videos:
an encoder's delay is taken off where the file tells it, and a track that begins later than its picture begins at 0.
"""

from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr
from av.container import InputContainer
from av.error import FFmpegError

from emogene.audio.claimed_length import claimed_seconds
from emogene.audio.mono import MonoFrames
from emogene.media_file import REFUSED_HINT, UnreadFormat, open_media
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE

SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 4 * 3600.0
"""Of sound that is used at once; a longer recording is used in parts."""
PIECE_SECONDS = 4.0
SAVE_AGAIN = "Save it again as WAV or FLAC, in any audio program."
_MISSING_SECONDS = 0.25
"""What a file may lack of the length it claims: encoders round up to whole frames."""
_LARGEST_SAMPLE = 64.0
"""Some programs write 36 dB over full scale as float; more are numbers of another scale."""
_RIPPLE_SECONDS = Fraction(1, 10)
"""Longer than the resampler's filter at any rate."""


def open_audio(
    path: Path, offset_seconds: float = 0.0, duration_seconds: float | None = None, name: str = ""
) -> "AudioFile":
    """Look into a sound or video file (wav, flac, ogg, mp3, m4a, mp4, mov ...) and choose a part of its sound.

    Args:
        offset_seconds: skipped at the beginning.
        duration_seconds: used length; None is to the end.
        name: what errors call the file, where the artist knows it by another name.

    Raises:
        AudioError: missing, empty, damaged from its beginning on, a playlist or another kind that is not read, without
            sound, or the part is longer than 4 hours.
    """
    path = Path(path)
    name = name or path.name or str(path)
    _check_file(path, name)
    try:
        with open_media(path) as container:
            claimed = claimed_seconds(path, container, _audio_stream(container, name))
    except (FFmpegError, ValueError) as error:
        raise _unusable(name, error) from error
    audio = AudioFile(path, name, max(0.0, offset_seconds), duration_seconds, claimed)
    if audio.seconds is not None and audio.seconds > LONGEST_SECONDS and claimed is not None:
        raise too_long(name)
    return audio


def load_audio(path: Path, offset_seconds: float = 0.0, duration_seconds: float | None = None) -> np.ndarray:
    """The chosen part of a file's sound as one array: (N,) float32 in [-1, 1] at 16 kHz.

    Raises:
        AudioError: see `open_audio` and `AudioFile.pieces`.
    """
    return np.concatenate(list(open_audio(path, offset_seconds, duration_seconds).pieces()))


class AudioFile:
    """A part of the sound of a file, read from the disk as often as its pieces are asked for."""

    def __init__(
        self, path: Path, name: str, offset_seconds: float, duration_seconds: float | None, claimed: float | None
    ):
        """`claimed`: seconds that the whole file says it has; None where it does not say."""
        self.path = path
        self.name = name
        self.offset_seconds = offset_seconds
        self.duration_seconds = duration_seconds
        self.note = ""
        """A sentence for the artist where the file holds less than it says; known once all pieces were read."""
        self._claimed = claimed
        self._given = 0
        self._read = 0.0

    @property
    def seconds(self) -> float | None:
        """Length of the part, as the file tells it; None where it does not."""
        if self._claimed is None:
            return self.duration_seconds
        left = max(0.0, self._claimed - self.offset_seconds)
        return left if self.duration_seconds is None else min(left, max(0.0, self.duration_seconds))

    @property
    def heard(self) -> float:
        """Share of the part that was given so far, 0 to 1; of unknown length, that of the file that was read."""
        if not self.seconds:
            return self._read
        return min(1.0, self._given / SAMPLE_RATE / self.seconds)

    def pieces(self, shortest_seconds: float = SHORTEST_SECONDS) -> Generator[np.ndarray, None, None]:
        """(n,) float32 pieces in [-1, 1] at 16 kHz, 4 s each but the last, decoded as they are asked for.

        Channels are mixed to one. Silence and clipped sound are sound; samples beyond full scale are clipped. Of a file
        that breaks off, what is there is used, and `note` says so. The part is the same samples as in the whole.

        Args:
            shortest_seconds: less is refused.

        Raises:
            AudioError: the file is damaged where the part begins, holds values that are no sound, or the part is empty
                or too short.
        """
        self.note, self._given, self._read = "", 0, 0.0
        size = round(PIECE_SECONDS * SAMPLE_RATE)
        held, total = np.zeros(0, np.float32), 0
        for samples in self._resampled():
            held = np.concatenate([held, samples])
            if total + len(held) > LONGEST_SECONDS * SAMPLE_RATE:
                raise too_long(self.name)
            while len(held) > size:
                self._given = total = total + size
                yield np.clip(held[:size], -1.0, 1.0)
                held = held[size:]
        self._given = total = total + len(held)
        self._check_length(total, shortest_seconds)
        yield np.clip(held, -1.0, 1.0)

    def _resampled(self) -> Iterator[np.ndarray]:
        """(n,) float32 at 16 kHz: the part, cut out after resampling, so that it is the same as in the whole."""
        first = round(self.offset_seconds * SAMPLE_RATE)
        count = None if self.duration_seconds is None else round(max(0.0, self.duration_seconds) * SAMPLE_RATE)
        frames = MonoFrames(self.name)
        resampler, skipped, given = None, 0, 0
        for samples in self._decoded(frames, max(0, first - 2 * int(_RIPPLE_SECONDS * SAMPLE_RATE))):
            if resampler is None:
                resampler = soxr.ResampleStream(frames.rate, SAMPLE_RATE, 1, dtype="float32")
                skipped = first - frames.start * SAMPLE_RATE // frames.rate
            if len(samples) == 0:
                continue
            resampled = resampler.resample_chunk(samples)
            wanted = resampled[skipped : None if count is None else skipped + count - given]
            skipped, given = max(0, skipped - len(resampled)), given + len(wanted)
            if len(wanted):
                yield wanted
            if count is not None and given >= count:
                return
        if resampler is not None:
            rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            yield rest[skipped : None if count is None else skipped + count - given]
            self._note_what_is_missing(frames)

    def _decoded(self, frames: MonoFrames, first: int) -> Iterator[np.ndarray]:
        """(n,) float32 mono at the file's rate, from just before sample `first` (of 16 kHz) on."""
        try:
            with open_media(self.path) as container:
                stream = _audio_stream(container, self.name)
                frames.begin(container, stream, Fraction(first, SAMPLE_RATE))
                for frame in self._frames(container, stream):
                    samples = frames.read(frame)
                    # One comparison finds what is no number, too.
                    if len(samples) and not float(np.abs(samples).max()) <= _LARGEST_SAMPLE:
                        raise AudioError(f"{self.name} holds samples that are not numbers of sound.", SAVE_AGAIN)
                    yield samples
        except (FFmpegError, ValueError) as error:
            heard = frames.seconds
            if heard <= self.offset_seconds + SHORTEST_SECONDS:
                raise _unusable(self.name, error) from error
            self.note = f"{self.name} is damaged after {heard:.1f} s; what comes before is used."

    def _frames(self, container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
        """Frames of the stream, and how much of the file they took."""
        size = max(1, self.path.stat().st_size)
        for packet in container.demux(stream):
            self._read = max(self._read, min(1.0, (packet.pos or 0) / size))
            yield from packet.decode()

    def _note_what_is_missing(self, frames: MonoFrames) -> None:
        if not self.note and self._claimed is not None and frames.seconds < self._claimed - _MISSING_SECONDS:
            there, whole = f"{frames.seconds:.1f} s", f"{self._claimed:.1f} s"
            self.note = f"{self.name} says that it lasts {whole} but breaks off after {there}; those are used."

    def _check_length(self, samples: int, shortest_seconds: float) -> None:
        name, begin = self.name, self.offset_seconds
        if samples == 0:
            raise AudioError(f"There is no sound in {name} from {begin:g} s on.", "Check file and offset.")
        if samples < shortest_seconds * SAMPLE_RATE:
            raise too_short(name, samples)


def _check_file(path: Path, name: str) -> None:
    if not path.exists():
        raise AudioError(f"There is no file {name}.", "Check the path.")
    if not path.is_file():
        raise AudioError(f"{name} is a folder, not a sound file.", "Choose a sound file.")
    if path.stat().st_size == 0:
        raise AudioError(f"{name} is empty.", "Export or copy the sound again.")


def _audio_stream(container: InputContainer, name: str) -> av.AudioStream:
    if not container.streams.audio:
        raise AudioError(f"{name} has no sound in it.", "Choose a file with an audio track.")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        # The file names a coding that no decoder knows, or impossible numbers.
        raise AudioError(f"The sound in {name} is coded in a way that is not known, or damaged.", SAVE_AGAIN)
    return stream


def too_long(name: str) -> AudioError:
    """The refusal of more sound than is used at once."""
    hours = LONGEST_SECONDS / 3600
    return AudioError(f"{name} has more than {hours:.0f} hours of sound.", "Use a part of it, or several shots.")


def too_short(name: str, samples: int) -> AudioError:
    """The refusal of less sound than there must be."""
    message = f"The sound in {name} is only {samples / SAMPLE_RATE * 1000:.0f} ms long."
    return AudioError(message, f"Use at least {SHORTEST_SECONDS * 1000:.0f} ms.")


def _unusable(name: str, reason: Exception) -> AudioError:
    if isinstance(reason, UnreadFormat):
        return AudioError(f"{name} is not a sound file of a kind that is read, or is damaged.", REFUSED_HINT)
    return AudioError(f"{name} is damaged or is not a sound file.", SAVE_AGAIN)

"""Any recording to mono float32 at 16 kHz, or one clear sentence why not."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import soxr
from av.error import FFmpegError

from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE

SHORTEST_SECONDS = 0.1
_SAVE_AGAIN = "Save it again as WAV or FLAC, in any audio program."


def load_audio(path: Path, offset_seconds: float = 0.0, duration_seconds: float | None = None) -> np.ndarray:
    """Read the sound of an audio or video file (wav, flac, ogg, mp3, m4a, mp4, mov ...).

    Channels are mixed to one. The file is read as a stream: only the 16 kHz result is held.

    Args:
        offset_seconds: skipped at the beginning.
        duration_seconds: used length; None is to the end.

    Returns:
        (N,) float32 in [-1, 1] at 16 kHz.

    Raises:
        AudioError: missing, empty, damaged, not a sound, holds values that are no numbers, or too short.
    """
    path = Path(path)
    _check_file(path)
    parts: list[np.ndarray] = []
    resampler: soxr.ResampleStream | None = None
    try:
        for samples, rate in _pieces(path, offset_seconds, duration_seconds):
            if not np.isfinite(samples).all():
                raise AudioError(f"{path.name} holds samples that are not numbers.", _SAVE_AGAIN)
            if resampler is None:
                resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
            parts.append(resampler.resample_chunk(samples))
    except (FFmpegError, ValueError) as error:
        raise AudioError(f"{path.name} is damaged or is not a sound file.", _SAVE_AGAIN) from error
    if resampler is not None:
        parts.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    audio = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    if len(audio) == 0:
        raise AudioError(f"There is no sound in {path.name} from {offset_seconds:g} s on.", "Check file and offset.")
    if len(audio) < SHORTEST_SECONDS * SAMPLE_RATE:
        message = f"The sound in {path.name} is only {len(audio) / SAMPLE_RATE * 1000:.0f} ms long."
        raise AudioError(message, f"Use at least {SHORTEST_SECONDS * 1000:.0f} ms.")
    return np.clip(audio, -1.0, 1.0)


def _check_file(path: Path) -> None:
    if not path.exists():
        raise AudioError(f"There is no file {path}.", "Check the path.")
    if not path.is_file():
        raise AudioError(f"{path} is a folder, not a sound file.", "Choose a sound file.")
    if path.stat().st_size == 0:
        raise AudioError(f"{path.name} is empty.", "Export or copy the sound again.")


def _pieces(path: Path, offset_seconds: float, duration_seconds: float | None) -> Iterator[tuple[np.ndarray, int]]:
    """((n,) float32, rate) pieces of the wanted part of the first audio stream, mixed to mono, at the file's rate."""
    # Playlists may name other files or addresses; only this one file is to be read.
    with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
        if not container.streams.audio:
            raise AudioError(f"{path.name} has no sound in it.", "Choose a file with an audio track.")
        stream = container.streams.audio[0]
        if not stream.rate:
            raise AudioError(f"{path.name} does not say its sample rate.", _SAVE_AGAIN)
        rate = stream.rate
        first = round(max(0.0, offset_seconds) * rate)
        last = None if duration_seconds is None else first + round(max(0.0, duration_seconds) * rate)
        mixer = av.AudioResampler(format="flt", layout="mono", rate=rate)
        position = 0
        for frame in container.decode(stream):
            for mixed in mixer.resample(frame):
                samples = mixed.to_ndarray().reshape(-1)
                wanted = samples[max(0, first - position) : None if last is None else max(0, last - position)]
                position += len(samples)
                if len(wanted):
                    yield np.ascontiguousarray(wanted, dtype=np.float32), rate
            if last is not None and position >= last:
                return

"""What is heard in a film: a stretch of a recording, or several on one timeline."""

import itertools
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from emogene.audio.mixing import Placed, mix
from emogene.media_file import REFUSED_HINT, UnreadFormat, open_media
from emogene_proto.errors import AudioError

SOUND_RATE = 48_000


@dataclass(frozen=True)
class Sound:
    """The stretch of a sound file that goes under the pictures."""

    path: Path
    offset_seconds: float = 0.0
    duration_seconds: float | None = None
    """What is used of it, from the offset on; silence follows."""


@dataclass(frozen=True)
class MixedSound:
    """Stretches of sound files, each with the second at which it begins; what is before 0 is left out."""

    parts: tuple[tuple[float, Sound], ...]


FilmSound = Sound | MixedSound


def samples(sound: FilmSound) -> Generator[np.ndarray, None, None]:
    """(2, n) float32 pieces at 48 kHz.

    Raises:
        AudioError: a file cannot be read as sound; or too many are heard at once.
    """
    return _stretch(sound) if isinstance(sound, Sound) else mix(_placed(sound), SOUND_RATE, channels=(2,))


def _placed(sound: MixedSound) -> list[Placed]:
    return [Placed(round(start * SOUND_RATE), lambda part=part: _stretch(part)) for start, part in sound.parts]


def _stretch(sound: Sound) -> Generator[np.ndarray, None, None]:
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

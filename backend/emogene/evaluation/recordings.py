"""Recordings of people with the times of their phones, by forced alignment. For evaluation, never for training."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import soxr

from emogene.audio.load import load_audio
from emogene.cache import cache_folder
from emogene.corpus.forced_alignment import align, aligner_version
from emogene.corpus.phones import PhoneSpan
from emogene.evaluation.transcripts import PRONUNCIATIONS, read_transcripts, recorded_words
from emogene.whole_write import write_whole
from emogene_proto.errors import CorpusError
from emogene_proto.names import SAMPLE_RATE

SUFFIXES = (".flac", ".wav", ".ogg", ".mp3", ".m4a")


@dataclass(frozen=True)
class Recording:
    """A recording and when each phone sounds in it."""

    name: str
    audio: np.ndarray
    """(N,) float32 at 16 kHz."""
    phones: tuple[PhoneSpan, ...]

    @property
    def seconds(self) -> float:
        return len(self.audio) / SAMPLE_RATE

    def played_faster(self, speed: float) -> "Recording":
        """The same, played `speed` times as fast, with its phones' times; the pitch rises with it."""
        audio = soxr.resample(self.audio, SAMPLE_RATE * speed, SAMPLE_RATE).astype(np.float32)
        phones = tuple(PhoneSpan(p.symbol, p.start / speed, p.end / speed) for p in self.phones)
        return Recording(self.name, audio, phones)


@dataclass(frozen=True)
class HumanSpeech:
    """All of a folder's recordings."""

    aligned: tuple[Recording, ...]
    wordless: tuple[Recording, ...]
    """Recordings whose transcript says that nobody speaks in them; without phones."""
    left_out: tuple[str, ...]
    """Why others are of no use: a sentence for each."""


def audio_files(folder: Path) -> list[Path]:
    """A folder's recordings that have words, in the order of their names.

    Raises:
        CorpusError: it has no transcripts, or none of its recordings has words.
    """
    files = [_file_of(folder, name) for name, text in read_transcripts(folder).items() if recorded_words(name, text)]
    found = sorted(path for path in files if path is not None)
    if not found:
        raise CorpusError(f"No recording in {folder} has words.", "Name a folder with recordings and transcripts.")
    return found


def read_human_speech(folder: Path, most: int | None = None) -> HumanSpeech:
    """Read and align every recording that the folder's transcripts name, or the first `most` of them.

    An alignment takes about as long as the recording; it is kept in the cache folder.

    Raises:
        CorpusError: no transcripts, no aligned recording at all, or PocketSphinx is not installed.
        AudioError: a recording is damaged.
    """
    transcripts = read_transcripts(folder)
    aligned: list[Recording] = []
    wordless: list[Recording] = []
    left_out: list[str] = []
    for name, text in sorted(transcripts.items())[:most]:
        path, words = _file_of(folder, name), recorded_words(name, text)
        if path is None:
            left_out.append(f"{name} has a transcript and no sound file")
            continue
        audio = load_audio(path)
        if not words:
            wordless.append(Recording(name, audio, ()))
            continue
        phones = _aligned(audio, words)
        if phones is None:
            left_out.append(f"{name} ({len(audio) / SAMPLE_RATE:.0f} s) does not follow its transcript")
        else:
            aligned.append(Recording(name, audio, phones))
    if not aligned:
        raise CorpusError(f"No recording in {folder} can be aligned with its words.", "Check the transcripts.")
    return HumanSpeech(tuple(aligned), tuple(wordless), tuple(left_out))


def joined(files: list[Path], seconds: float) -> Iterator[np.ndarray]:
    """(n,) float32 pieces at 16 kHz, the files one after the other and again until `seconds` are full."""
    left = round(seconds * SAMPLE_RATE)
    recordings = [load_audio(path) for path in files]
    while left > 0:
        for audio in recordings:
            piece = audio[:left]
            left -= len(piece)
            if len(piece):
                yield piece


def _file_of(folder: Path, name: str) -> Path | None:
    return next((path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()), None)


def _aligned(audio: np.ndarray, words: list[str]) -> tuple[PhoneSpan, ...] | None:
    known = {word: PRONUNCIATIONS[word] for word in words if word in PRONUNCIATIONS}
    digest = hashlib.sha256(audio.tobytes())
    digest.update(msgspec.json.encode([aligner_version(), words, sorted(known.items())]))
    kept = cache_folder() / "alignments" / f"{digest.hexdigest()}.json"
    if kept.is_file():
        try:
            return msgspec.json.decode(kept.read_bytes(), type=tuple[PhoneSpan, ...])
        except msgspec.DecodeError:
            kept.unlink()  # it is made again
    phones = align(audio, words, known)
    if phones is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, msgspec.json.encode(phones))
    return phones

"""The speech corpus on disk: short recordings of many voices with the times of all phones."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import soundfile

from emogene_proto.errors import CorpusError
from emogene_proto.names import SAMPLE_RATE

from .corpus_folder import begin_corpus, read_index_of, write_index
from .phones import SILENCE, PhoneSpan
from .sentences import sentence
from .speech import Speech, Voice, require_programs, speak, tidy
from .voices import speech_speaker, split_of, voice_of

BATCH = 32


class SpeechFile(msgspec.Struct, frozen=True):
    """One line of the index."""

    file: str
    voice: str
    speaker: str
    split: str
    """train, val or test; no speaker is in two of them."""
    text: str
    seconds: float
    phones: tuple[tuple[str, float, float], ...]
    """Symbol, start and end in seconds; they cover the file."""


class SpeechIndex(msgspec.Struct, frozen=True):
    """index.json of a speech corpus."""

    sample_rate: int
    seed: int
    files: tuple[SpeechFile, ...]


@dataclass(frozen=True)
class Recording:
    """A file of the corpus, read."""

    audio: np.ndarray
    """(N,) float32, 16 kHz."""
    phones: tuple[PhoneSpan, ...]
    entry: SpeechFile


def make_speech_corpus(
    out: Path, minutes: float, seed: int, workers: int = 2, progress: Callable[[float, float], None] | None = None
) -> SpeechIndex:
    """Speak about `minutes` of sentences into `out` as FLAC files and index.json, which is written last.

    Args:
        progress: called with the minutes done and wanted.

    Raises:
        CorpusError: a speech program is missing, or the folder holds something else.
    """
    require_programs()
    begin_corpus(out, SpeechIndex)
    files: list[SpeechFile] = []
    done = 0.0
    with ThreadPoolExecutor(workers) as pool:
        while done < minutes:
            numbers = range(len(files), len(files) + BATCH)
            for number, (speech, speaker) in zip(numbers, pool.map(lambda n: recite(n, seed), numbers), strict=True):
                if done >= minutes:
                    break
                files.append(_write(out, number, speech, speaker))
                done += speech.seconds / 60
                if progress is not None:
                    progress(min(done, minutes), minutes)
    index = SpeechIndex(SAMPLE_RATE, seed, tuple(files))
    write_index(out, index)
    return index


def recite(number: int, seed: int) -> tuple[Speech, str]:
    """File `number` of the corpus with this seed, and its speaker."""
    rng = np.random.default_rng((seed, number))
    speaker = speech_speaker(rng)
    return speak_sentences(voice_of(speaker, rng), int(rng.integers(1, 4)), rng), speaker


def speak_sentences(voice: Voice, count: int, rng: np.random.Generator) -> Speech:
    """Some sentences of one voice, with pauses of different lengths before, between and after them."""
    parts = [speak(sentence(voice.language, rng), voice) for _ in range(count)]
    level = float(rng.uniform(0.25, 0.9)) / max(float(np.abs(part.audio).max()) for part in parts)
    audio: list[np.ndarray] = []
    phones: list[PhoneSpan] = []
    at = 0

    def pause(longest: float) -> None:
        nonlocal at
        # Squared, so that short pauses are the most frequent.
        samples = int(longest * rng.random() ** 2 * SAMPLE_RATE)
        audio.append(np.zeros(samples, np.float32))
        at += samples

    pause(0.8)
    for k, part in enumerate(parts):
        if k:
            pause(1.8)
        start = at / SAMPLE_RATE
        phones += [PhoneSpan(p.symbol, start + p.start, start + p.end) for p in part.phones if p.symbol != SILENCE]
        audio.append(part.audio * np.float32(level))
        at += len(part.audio)
    pause(0.8)
    return Speech(
        np.concatenate(audio), tidy(phones, at / SAMPLE_RATE), " ".join(p.text for p in parts), parts[0].voice
    )


def _write(out: Path, number: int, speech: Speech, speaker: str) -> SpeechFile:
    name = f"{number:05d}.flac"
    soundfile.write(out / name, speech.audio, SAMPLE_RATE, subtype="PCM_16")
    phones = tuple((p.symbol, round(p.start, 5), round(p.end, 5)) for p in speech.phones)
    return SpeechFile(name, speech.voice, speaker, split_of(speaker), speech.text, round(speech.seconds, 5), phones)


def read_index(folder: Path) -> SpeechIndex:
    """The index of a speech corpus.

    Raises:
        CorpusError: there is none, or it is damaged.
    """
    return read_index_of(folder, SpeechIndex, "speech")


def read_speech(folder: Path, split: str | None = None) -> Iterator[Recording]:
    """All recordings of a corpus, or those of one split, in the index's order.

    Raises:
        CorpusError: the corpus or one of its files is missing.
    """
    for entry in read_index(folder).files:
        if split in (None, entry.split):
            try:
                audio, _ = soundfile.read(folder / entry.file, dtype="float32")
            except (soundfile.SoundFileError, OSError) as error:
                raise CorpusError(
                    f"The speech corpus' file {entry.file} cannot be read.", "Make the corpus again."
                ) from error
            yield Recording(audio, tuple(PhoneSpan(*p) for p in entry.phones), entry)

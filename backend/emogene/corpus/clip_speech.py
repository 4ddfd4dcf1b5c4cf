"""What is said in one clip of the landmark corpus: sentences of a speech program, or recordings of a person."""

from pathlib import Path

import numpy as np
import soundfile

from emogene_proto.errors import CorpusError
from emogene_proto.names import SAMPLE_RATE

from .phones import SILENCE, PhoneSpan
from .speech import Speech, tidy
from .speech_corpus import SpeechFile, SpeechIndex, speak_sentences
from .voices import voice_of

SHORTEST, LONGEST = 4.0, 8.0
"""Seconds of a clip."""
RECORDED_SHARE = 0.5
"""Of the clips, where there are recordings."""


def speak_for(speaker: str, rng: np.random.Generator) -> Speech:
    """A clip's worth of sentences by one speaker, SHORTEST to LONGEST seconds; what is longer is cut."""
    voice = voice_of(speaker, rng)
    count = 1
    while True:
        speech = speak_sentences(voice, count, rng)
        if speech.seconds >= SHORTEST:
            return cut(speech, min(speech.seconds, LONGEST))
        count += 1


def recorded_speech(folder: Path, index: SpeechIndex, split: str, rng: np.random.Generator) -> Speech:
    """A clip's worth of one person's recordings, one after the other, of a corpus made by `emogene corpus recordings`.

    Raises:
        CorpusError: nobody of this split is in the corpus, or a file is missing.
    """
    speakers = sorted({entry.speaker for entry in index.files if entry.split == split})
    if not speakers:
        raise CorpusError(f"The recordings have no speaker for the {split} clips.", "Add recordings of more people.")
    speaker = speakers[int(rng.integers(len(speakers)))]
    own = [entry for entry in index.files if entry.speaker == speaker]
    audio = np.zeros(0, np.float32)
    phones: list[PhoneSpan] = []
    texts: list[str] = []
    while len(audio) < SHORTEST * SAMPLE_RATE:
        entry = own[int(rng.integers(len(own)))]
        at = len(audio) / SAMPLE_RATE
        audio = np.concatenate([audio, _read(folder, entry)])
        phones += [PhoneSpan(s, at + a, at + b) for s, a, b in entry.phones if s != SILENCE]
        texts.append(entry.text)
    speech = Speech(audio, tidy(phones, len(audio) / SAMPLE_RATE), " ".join(texts), speaker)
    return cut(speech, min(speech.seconds, LONGEST))


def cut(speech: Speech, seconds: float) -> Speech:
    """The beginning of a speech."""
    audio = speech.audio[: int(round(seconds * SAMPLE_RATE))]
    end = len(audio) / SAMPLE_RATE
    phones = tuple(PhoneSpan(p.symbol, p.start, min(p.end, end)) for p in speech.phones if p.start < end - 1e-6)
    return Speech(audio, phones, speech.text, speech.voice)


def _read(folder: Path, entry: SpeechFile) -> np.ndarray:
    try:
        return soundfile.read(folder / entry.file, dtype="float32")[0]
    except (soundfile.SoundFileError, OSError) as error:
        raise CorpusError(f"The recording {entry.file} cannot be read.", "Make the corpus again.") from error

"""Recordings of people, with words, as a speech corpus: aligned by force, in the same form as the synthetic one.

The recordings lie in folders of the form that Kaldi made common: `text` (recording and its words), `wav.scp` (recording
and its file) and `utt2spk` (recording and its speaker). speechocean762 comes in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from emogene.audio.load import load_audio
from emogene_proto.errors import AudioError, CorpusError
from emogene_proto.names import SAMPLE_RATE

from .corpus_folder import begin_corpus, write_index
from .forced_alignment import align, require_aligner
from .speech import tidy
from .speech_corpus import SpeechFile, SpeechIndex
from .worker_pool import worker_pool

VALIDATION_SHARE = 0.1
"""Of the speakers."""


@dataclass(frozen=True)
class Utterance:
    """One recording of a list."""

    name: str
    speaker: str
    words: tuple[str, ...]
    path: Path


def read_list(folder: Path) -> list[Utterance]:
    """The recordings that a folder lists, in the order of their names. Paths count from it, or from the folder above.

    Raises:
        CorpusError: a list or a recording is missing.
    """
    texts, files, speakers = (_pairs(folder / name) for name in ("text", "wav.scp", "utt2spk"))
    found = []
    for name in sorted(texts):
        if name not in files or name not in speakers:
            raise CorpusError(f"The recording {name} has no file or no speaker in {folder}.", "Complete its lists.")
        path = next((p for p in (folder / files[name], folder.parent / files[name]) if p.is_file()), None)
        if path is None:
            raise CorpusError(f"The recording {files[name]} is not there.", "Check the paths in wav.scp.")
        found.append(Utterance(name, speakers[name], tuple(texts[name].lower().split()), path))
    return found


def read_lexicon(path: Path) -> dict[str, str]:
    """Words in lower case and their phones; of several pronunciations the first.

    Raises:
        CorpusError: the file is missing.
    """
    lexicon: dict[str, str] = {}
    for line in _lines(path):
        word, _, phones = line.partition("\t") if "\t" in line else line.partition(" ")
        lexicon.setdefault(word.strip().lower(), phones.strip())
    return lexicon


def make_recorded_corpus(
    folders: Sequence[Path],
    out: Path,
    name: str,
    lexicon: Path | None = None,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[SpeechIndex, tuple[str, ...]]:
    """Align the recordings of `folders` and write them as FLAC files and index.json, which is written last.

    Recordings that are damaged or do not follow their words are left out; their names are the second thing returned.
    Every tenth speaker is for validation.

    Args:
        name: of the collection; stands before its speakers' names.
        lexicon: words and phones beside the aligner's own dictionary.
        progress: called with the recordings done and in all.

    Raises:
        CorpusError: a list is incomplete, the aligner is missing, or nothing could be aligned.
    """
    require_aligner()
    utterances = [u for folder in folders for u in read_list(folder)]
    begin_corpus(out, SpeechIndex)
    speakers = sorted({u.speaker for u in utterances})
    held_out = set(speakers[:: round(1 / VALIDATION_SHARE)])
    jobs = [(out, n, u, name, "val" if u.speaker in held_out else "train") for n, u in enumerate(utterances)]
    entries: list[SpeechFile | None] = []
    with worker_pool(workers, _start_worker, read_lexicon(lexicon) if lexicon else {}) as pool:
        for entry in pool.map(_write_aligned, jobs, chunksize=8):
            entries.append(entry)
            if progress is not None:
                progress(len(entries), len(jobs))
    files = tuple(entry for entry in entries if entry is not None)
    if not files:
        raise CorpusError("None of the recordings follows its words.", "Check that text and sound belong together.")
    index = SpeechIndex(SAMPLE_RATE, 0, files)
    write_index(out, index)
    return index, tuple(u.name for u, entry in zip(utterances, entries, strict=True) if entry is None)


_worker_lexicon: dict[str, str] = {}


def _start_worker(lexicon: dict[str, str]) -> None:
    _worker_lexicon.clear()
    _worker_lexicon.update(lexicon)


def _write_aligned(job: tuple[Path, int, Utterance, str, str]) -> SpeechFile | None:
    out, number, utterance, collection, split = job
    try:
        audio = load_audio(utterance.path)
        spans = align(audio, list(utterance.words), _worker_lexicon)
    except (AudioError, CorpusError):
        # A word that no dictionary knows, or a damaged file: this recording is not used.
        return None
    if spans is None:
        return None
    seconds = len(audio) / SAMPLE_RATE
    file = f"{number:05d}.flac"
    soundfile.write(out / file, np.clip(audio, -1.0, 1.0), SAMPLE_RATE, subtype="PCM_16")
    phones = tuple((p.symbol, round(p.start, 5), round(p.end, 5)) for p in tidy(list(spans), seconds))
    speaker = f"{collection}:{utterance.speaker}"
    return SpeechFile(file, speaker, speaker, split, " ".join(utterance.words), round(seconds, 5), phones)


def _pairs(path: Path) -> dict[str, str]:
    parted = (line.split(maxsplit=1) for line in _lines(path))
    return {pair[0]: pair[1].strip() for pair in parted if len(pair) == 2}


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"The list {path} cannot be read.", "Give folders with text, wav.scp and utt2spk.") from error

"""The landmark corpus on disk: the same speech in neutral and in emotion, of many identities, 68 points at 25 fps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS, MODEL_FPS

from .clip_speech import RECORDED_SHARE, recorded_speech, speak_for
from .corpus_folder import begin_corpus, read_index_of, write_index
from .expressions import emotion_style
from .face_model import DAMAGED, FaceModel, load_face_model
from .mouth_contacts import LOWER_INNER, UPPER_INNER, MouthContacts, mouth_contacts
from .performance import PerformanceClip, emotion_weights, perform
from .phones import PhoneSpan
from .speech import require_programs
from .speech_corpus import SpeechIndex
from .speech_corpus import read_index as read_speech_index
from .tongue import with_tongue
from .voices import speech_speaker
from .worker_pool import worker_pool

CLIPS = "clips"
IDENTITIES = {"train": 56, "val": 8, "test": 12}
"""People of each split; nobody is in two of them."""
SPLIT_SHARES = {"train": 0.80, "val": 0.07, "test": 0.13}
IDENTITY_COMPONENTS = 40
IDENTITY_DEVIATION = 0.8
REST_OPENING = (-0.0003, 0.0011)
"""Heights between the inner lips at rest of people who are taken, metres; the others' mouths hang open."""


class ClipEntry(msgspec.Struct, frozen=True):
    """One clip in the index."""

    file: str
    identity: int
    voice: str
    speaker: str
    split: str
    emotions: tuple[str, ...]
    """Emotions that the clip shows, neutral among them where it is the only one."""
    seconds: float
    text: str


class LandmarkIndex(msgspec.Struct, frozen=True):
    """index.json of a landmark corpus."""

    fps: int
    seed: int
    expression_names: tuple[str, ...]
    clips: tuple[ClipEntry, ...]


@dataclass(frozen=True)
class LandmarkClip:
    """A clip, read; T frames at 25 fps, landmarks in metres in the canonical head frame."""

    entry: ClipEntry
    audio: np.ndarray
    """(N,) float32, 16 kHz."""
    phones: tuple[PhoneSpan, ...]
    rest: np.ndarray
    """(68, 3) float32: this identity's face at rest."""
    neutral: np.ndarray
    """(T, 68, 3) float32: the speech without emotion."""
    emotional: np.ndarray
    """(T, 68, 3) float32: the same speech with emotion."""
    weights: np.ndarray
    """(T, 8) float32."""
    blink: np.ndarray
    gaze: np.ndarray
    poses: np.ndarray


@dataclass(frozen=True)
class LandmarkRows:
    """What of the face model this corpus needs; small enough to send to worker processes."""

    vertices: np.ndarray
    """(68, 3)."""
    expressions: np.ndarray
    """(E, 68, 3)."""
    identities: np.ndarray
    """(100, 68, 3)."""
    contacts: MouthContacts

    def rest(self, identity: np.ndarray) -> np.ndarray:
        """(68, 3) float32 of an identity."""
        return (self.vertices + np.tensordot(identity, self.identities, 1)).astype(np.float32)

    def move(self, rest: np.ndarray, expressions: np.ndarray) -> np.ndarray:
        """(T, 68, 3) float32 for (T, E) expressions."""
        return (rest + np.tensordot(expressions, self.expressions, 1)).astype(np.float32)


def landmark_rows_of(model: FaceModel) -> LandmarkRows:
    """The landmarks and the mouth of a face model with tongue."""
    points = model.landmarks68
    return LandmarkRows(
        model.vertices[points],
        model.expressions[:, points],
        model.identities[:, points],
        mouth_contacts(model),
    )


def draw_identity(number: int, seed: int, rows: LandmarkRows) -> np.ndarray:
    """(100,) float32 coefficients of person `number`; drawn again until the lips meet at rest."""
    rng = np.random.default_rng((seed, 1, number))
    while True:
        identity = np.zeros(len(rows.identities), np.float32)
        identity[:IDENTITY_COMPONENTS] = rng.normal(0.0, IDENTITY_DEVIATION, IDENTITY_COMPONENTS)
        rest = rows.rest(identity)
        openings = rest[list(UPPER_INNER), 1] - rest[list(LOWER_INNER), 1]
        if REST_OPENING[0] <= openings.min() and openings.max() <= REST_OPENING[1]:
            return identity


def make_landmark_corpus(
    face_model_path: Path,
    out: Path,
    clips: int,
    seed: int,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    recordings: Path | None = None,
) -> LandmarkIndex:
    """Write `clips` clips and index.json (last) into `out`; the same seed gives the same bytes.

    Args:
        recordings: corpus of people's speech, which then speak half of the training and validation clips, so that the
            motion is learned from what the encoder hears in people; test clips are always synthetic.
        progress: called with clips done and wanted.

    Raises:
        CorpusError: the face model or a speech program is missing, or the folder holds something else.
    """
    require_programs()
    rows = landmark_rows_of(with_tongue(load_face_model(face_model_path)))
    begin_corpus(out, LandmarkIndex)
    (out / CLIPS).mkdir(exist_ok=True)
    entries: list[ClipEntry] = []
    jobs = [(out, number, seed) for number in range(clips)]
    people = None if recordings is None else (recordings, read_speech_index(recordings))
    with worker_pool(workers, _start_worker, rows, people) as pool:
        for entry in pool.map(_make_clip, jobs, chunksize=4):
            entries.append(entry)
            if progress is not None:
                progress(len(entries), clips)
    index = LandmarkIndex(MODEL_FPS, seed, rows.contacts.names, tuple(entries))
    write_index(out, index)
    return index


People = tuple[Path, SpeechIndex]
"""A corpus of recordings: its folder and its index."""

_worker_values: list[tuple[LandmarkRows, People | None]] = []


def _start_worker(rows: LandmarkRows, people: People | None) -> None:
    _worker_values[:] = [(rows, people)]


def _make_clip(job: tuple[Path, int, int]) -> ClipEntry:
    out, number, seed = job
    return make_clip(out, number, seed, *_worker_values[0])


def make_clip(out: Path, number: int, seed: int, rows: LandmarkRows, people: People | None = None) -> ClipEntry:
    """Perform clip `number` and write its file."""
    rng = np.random.default_rng((seed, 2, number))
    split = str(rng.choice(list(SPLIT_SHARES), p=list(SPLIT_SHARES.values())))
    person = _first_identity(split) + int(rng.integers(IDENTITIES[split]))
    if people is not None and split != "test" and rng.random() < RECORDED_SHARE:
        speech = recorded_speech(*people, split, rng)
        speaker = speech.voice
    else:
        speaker = speech_speaker(rng, split)
        speech = speak_for(speaker, rng)
    style = emotion_style(rows.contacts.names, np.random.default_rng((seed, 3, person)))
    weights = emotion_weights(speech.seconds, rng, EMOTIONS[number % len(EMOTIONS)])
    clip = perform(speech, weights, style, rows.contacts, rng)
    name = f"{CLIPS}/{number:05d}.npz"
    _write(out / name, clip, draw_identity(person, seed, rows), rows)
    shown = tuple(
        e for e, peak in zip(EMOTIONS, clip.weights.max(axis=0), strict=True) if e != "neutral" and peak > 0.05
    )
    return ClipEntry(
        name, person, clip.voice, speaker, split, shown or ("neutral",), round(speech.seconds, 4), clip.text
    )


def _first_identity(split: str) -> int:
    names = list(IDENTITIES)
    return sum(IDENTITIES[name] for name in names[: names.index(split)])


def _write(path: Path, clip: PerformanceClip, identity: np.ndarray, rows: LandmarkRows) -> None:
    rest = rows.rest(identity)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez(
            file,
            audio=np.round(clip.audio * 32767.0).astype(np.int16),
            phone_symbols=np.array([p.symbol for p in clip.phones]),
            phone_spans=np.array([(p.start, p.end) for p in clip.phones]),
            identity=identity,
            rest=rest,
            neutral=rows.move(rest, clip.neutral),
            emotional=rows.move(rest, clip.emotional),
            weights=clip.weights,
            blink=clip.blink,
            gaze=clip.gaze,
            poses=clip.poses,
            neutral_coefficients=clip.neutral.astype(np.float16),
            emotional_coefficients=clip.emotional.astype(np.float16),
        )
    temporary.replace(path)


def read_index(folder: Path) -> LandmarkIndex:
    """The index of a landmark corpus.

    Raises:
        CorpusError: there is none, or it is damaged.
    """
    return read_index_of(folder, LandmarkIndex, "landmarks")


def read_clips(folder: Path, split: str | None = None) -> Iterator[LandmarkClip]:
    """All clips of a corpus, or those of one split, in the index's order.

    Raises:
        CorpusError: the corpus or one of its files is missing.
    """
    for entry in read_index(folder).clips:
        if split in (None, entry.split):
            yield read_clip(folder, entry)


def read_clip(folder: Path, entry: ClipEntry) -> LandmarkClip:
    """One clip of a corpus.

    Raises:
        CorpusError: its file is missing or damaged.
    """
    path = folder / entry.file
    if not path.is_file():
        raise CorpusError(f"The corpus lacks its file {entry.file}.", "Make the corpus again.")
    try:
        with path.open("rb") as file, np.load(file) as stored:
            z = {name: stored[name] for name in stored.files if not name.endswith("_coefficients")}
        spans = zip(z["phone_symbols"], z["phone_spans"], strict=True)
        return LandmarkClip(
            entry=entry,
            audio=z["audio"].astype(np.float32) / 32767.0,
            phones=tuple(PhoneSpan(str(symbol), float(a), float(b)) for symbol, (a, b) in spans),
            rest=z["rest"],
            neutral=z["neutral"],
            emotional=z["emotional"],
            weights=z["weights"],
            blink=z["blink"],
            gaze=z["gaze"],
            poses=z["poses"],
        )
    except DAMAGED as error:
        raise CorpusError(f"The corpus' file {entry.file} is damaged.", "Make the corpus again.") from error

"""Clips of a landmark corpus as a motion model hears them: speech features of the sound, clean and disturbed.

Hearing takes minutes, so what was heard is kept in a folder, for a resumed run and for other trainings.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import track

from emogene.audio.encoder import SpeechEncoder
from emogene.audio.feature_choice import features_from_option
from emogene.audio.features import FRAME_SAMPLES
from emogene.audio.speech_features import FeaturesNeeded, SpeechFeatures
from emogene.corpus.landmark_corpus import ClipEntry, LandmarkClip, read_clip, read_index
from emogene.corpus.phones import LABIODENTALS, PhoneSpan
from emogene.corpus.worker_pool import worker_pool
from emogene.motion.lip_contacts import LIPS, TEETH, lip_contacts, lower_lip_up
from emogene.training.augmentation import change_speed, music, noise, recorded
from emogene.training.run_inputs import file_digest
from emogene_proto.errors import CorpusError
from emogene_proto.names import MODEL_FPS

FEATURE_VARIANTS = 4
"""How many times each clip is heard: once clean, otherwise disturbed and at other speeds."""
_WORDLESS_SHARE = 0.06
"""Clips without speech, as a part of those with."""
_WORDLESS_FRAMES = 200
_WORDLESS_VARIANTS = 4
_HELD_OUT_EVERY = 10
_STILL_FRAMES = 15
"""Lips that stay together for so long, 0.6 s, are those of somebody who is silent."""
_FEW = 50
_FORMAT = "3"
"""Changes when what is kept of a clip changes."""


@dataclass(frozen=True)
class FeatureSource:
    """Which features a training hears with."""

    option: str = "built-in"
    """`built-in` or `hubert:...`, see `features_from_option`."""
    encoder: Path | None = None
    """File of the built-in encoder."""
    download: bool = False
    """Fetch HuBERT from the hub where it is not on this computer."""

    def load(self) -> SpeechFeatures:
        """The encoder itself.

        Raises:
            ActorError: it is missing or damaged.
        """
        return features_from_option(self.option, self.encoder, self.download)


@dataclass(frozen=True)
class MotionClip:
    """One clip, heard in several ways."""

    features: tuple[np.ndarray, ...]
    """(T / speed, F) float16 each."""
    speeds: tuple[float, ...]
    """How many times as fast as the motion each was played."""
    motion: np.ndarray
    """(T, 204) float32 metres, way of each landmark from the rest face."""
    contacts: np.ndarray
    """(T, 2) float32 in 0..1: the lips meet, the lower lip is at the upper teeth."""
    rest: np.ndarray
    """(204,) float32 metres."""


@dataclass(frozen=True)
class HeardCorpus:
    """Clips to learn from and clips to look at, of one corpus."""

    train: list[MotionClip]
    validation: list[MotionClip]
    """Of people and voices that are not in `train` where the corpus has such; empty of one or two clips."""
    wordless: list[MotionClip]
    """Nothing, noise and music, to which the face rests."""
    key: str
    """Digest of all that these clips depend on."""


def hear_corpus(corpus: Path, sound: FeatureSource, cache: Path, seed: int, quiet: bool = False) -> HeardCorpus:
    """All training and validation clips with their features, from the cache as far as they are there.

    A corpus without validation clips holds every tenth of its training clips out, of three to nine the last one.

    Args:
        cache: folder that keeps what was heard; several trainings may share it.

    Raises:
        CorpusError: there is no corpus, or it has no training clips.
        ActorError: the features' model is missing or damaged.
    """
    entries = [(i, e) for i, e in enumerate(read_index(corpus).clips) if e.split in ("train", "val")]
    if not any(entry.split == "train" for _, entry in entries):
        raise CorpusError(f"The landmark corpus in {corpus} has no training clips.", "Make it with more clips.")
    features = sound.load()
    key = _key(corpus, entries, features.needed, seed)
    folder = cache / f"heard-{key[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [_Job(entry, _file(folder, place), (seed, place)) for place, entry in entries]
    missing = [job for job in jobs if not job.file.exists()]
    done = _hear_all(corpus, sound, features, missing)
    for _ in track(done, "hearing the clips", total=len(missing), disable=quiet):
        pass
    clips = [_read(job.file) for job in jobs]
    held = _held_out([entry.split for _, entry in entries])
    train = [clip for clip, out in zip(clips, held, strict=True) if not out]
    validation = [clip for clip, out in zip(clips, held, strict=True) if out]
    return HeardCorpus(train, validation, _wordless(features, train, folder, seed), key)


def _held_out(splits: list[str]) -> list[bool]:
    """Which clips are for validation."""
    if "val" in splits:
        return [split == "val" for split in splits]
    count = len(splits)
    if count < _HELD_OUT_EVERY:
        return [count > 2 and place == count - 1 for place in range(count)]
    return [place % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1 for place in range(count)]


def _key(corpus: Path, entries: list[tuple[int, ClipEntry]], needed: FeaturesNeeded, seed: int) -> str:
    """Digest of all that the heard clips depend on: the clips themselves, their splits, features and chance."""
    key = hashlib.sha256(f"{_FORMAT} {seed} {FEATURE_VARIANTS}".encode())
    key.update(msgspec.json.encode(needed))
    for place, entry in entries:
        key.update(f"{place} {entry.split} {file_digest(corpus / entry.file)}".encode())
    return key.hexdigest()


@dataclass(frozen=True)
class _Job:
    entry: ClipEntry
    file: Path
    seed: tuple[int, int]


def _hear_all(corpus: Path, sound: FeatureSource, features: SpeechFeatures, jobs: list[_Job]) -> Iterator[None]:
    """Write the given clips into the cache, one yield each."""
    # HuBERT uses every core by itself; a handful of clips are not worth the start of processes.
    if sound.option != "built-in" or len(jobs) < _FEW:
        _worker[:] = [(corpus, features)]
        yield from map(_hear_one, jobs)
        return
    with worker_pool(2, _start_worker, corpus, sound) as pool:
        yield from pool.map(_hear_one, jobs, chunksize=8)


_worker: list[tuple[Path, SpeechFeatures]] = []


def _start_worker(corpus: Path, sound: FeatureSource) -> None:
    _worker[:] = [(corpus, sound.load())]


def _hear_one(job: _Job) -> None:
    corpus, features = _worker[0]
    _write(job.file, prepare_clip(features, read_clip(corpus, job.entry), job.seed, FEATURE_VARIANTS))


def _file(cache: Path, place: int) -> Path:
    return cache / f"{place:05d}.npz"


def hear(features: SpeechFeatures, audio: np.ndarray, rng: np.random.Generator, speed: float) -> np.ndarray:
    """(T, F) features of (N,) audio played `speed` times as fast, in another place and of another throat."""
    caught = recorded(audio if speed == 1.0 else change_speed(audio, speed), rng)
    if not isinstance(features, SpeechEncoder):
        return features.encode(caught)
    # What is played faster has its formants moved up: a throat longer by as much moves them back.
    warp = float(np.clip(rng.uniform(0.84, 1.2) * speed, 0.78, 1.25))
    return features.encode(caught, round(warp * 50) / 50)


def prepare_clip(features: SpeechFeatures, clip: LandmarkClip, seed: tuple[int, ...], variants: int) -> MotionClip:
    """A clip ready for training: heard as it is, then disturbed; every other disturbed one at another speed."""
    rng = np.random.default_rng(seed)
    heard, speeds = [features.encode(clip.audio)], [1.0]
    for variant in range(1, variants):
        speeds.append(round(float(np.exp(rng.uniform(np.log(0.9), np.log(1.5)))), 2) if variant % 2 else 1.0)
        heard.append(hear(features, clip.audio, rng, speeds[-1]))
    length = min(len(clip.neutral), len(heard[0]))
    motion = (clip.neutral[:length] - clip.rest[None]).reshape(length, -1).astype(np.float32)
    return MotionClip(
        tuple(f[: int(length / s)].astype(np.float16) for f, s in zip(heard, speeds, strict=True)),
        tuple(speeds),
        motion,
        true_contacts(clip.neutral[:length], clip.rest, clip.phones),
        clip.rest.reshape(-1).astype(np.float32),
    )


def true_contacts(landmarks: np.ndarray, rest: np.ndarray, phones: Iterable[PhoneSpan]) -> np.ndarray:
    """(T, 2) float32: contacts of a recorded or performed mouth.

    Lips by geometry. Where phones are known the lower lip is at the teeth in /f v/ as far as it is up, and nowhere
    else; where not, geometry has to do.
    """
    contacts = lip_contacts(landmarks, rest)
    spans = list(phones)
    if not spans:
        return contacts
    times = np.arange(len(landmarks)) / MODEL_FPS
    spoken = np.zeros(len(landmarks), bool)
    for span in spans:
        if span.symbol in LABIODENTALS:
            spoken |= (times >= span.start) & (times < span.end)
    contacts[:, TEETH] = spoken * lower_lip_up(landmarks, rest) * (1.0 - contacts[:, LIPS])
    return contacts


def silent_motion(clips: list[MotionClip]) -> np.ndarray:
    """(204,) metres: how the face is held in the midst of silence, on average; zero if no clip is ever silent."""
    total, count = np.zeros(3 * 68), 0
    for clip in clips:
        closed = np.convolve(clip.contacts[:, LIPS] > 0.5, np.ones(_STILL_FRAMES), mode="same") >= _STILL_FRAMES
        total += clip.motion[closed].sum(0)
        count += int(closed.sum())
    return (total / max(count, 1)).astype(np.float32)


def _wordless(features: SpeechFeatures, clips: list[MotionClip], folder: Path, seed: int) -> list[MotionClip]:
    """Clips of nothing, noise and music."""
    still = silent_motion(clips)
    wordless = []
    for i in range(max(4, round(_WORDLESS_SHARE * len(clips)))):
        path = folder / f"wordless-{i:05d}.npz"
        if not path.exists():
            rest = clips[i % len(clips)].rest
            _write(path, wordless_clip(features, still, rest, (seed, 1_000_000 + i)))
        wordless.append(_read(path))
    return wordless


def wordless_clip(features: SpeechFeatures, still: np.ndarray, rest: np.ndarray, seed: tuple[int, ...]) -> MotionClip:
    """Eight seconds of nothing, noise or music, in which the face holds `still` (204,), its way from rest."""
    rng = np.random.default_rng(seed)
    samples = _WORDLESS_FRAMES * FRAME_SAMPLES
    kinds = [np.zeros(samples, np.float32)]
    for _ in range(_WORDLESS_VARIANTS - 1):
        sound = (music if rng.random() < 0.4 else noise)(samples, rng)
        kinds.append((sound * 10.0 ** rng.uniform(-4, -0.7)).astype(np.float32))
    heard = tuple(features.encode(np.clip(audio, -1, 1)).astype(np.float16) for audio in kinds)
    motion = np.tile(still, (_WORDLESS_FRAMES, 1)).astype(np.float32)
    contacts = np.tile(np.array([[1.0, 0.0]], np.float32), (_WORDLESS_FRAMES, 1))
    return MotionClip(heard, (1.0,) * len(heard), motion, contacts, rest.astype(np.float32))


def _write(path: Path, clip: MotionClip) -> None:
    # Several trainings may share the folder.
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    heard = {f"features_{i}": f for i, f in enumerate(clip.features)}
    with temporary.open("wb") as file:
        np.savez(
            file,
            speeds=np.array(clip.speeds),
            motion=clip.motion,
            contacts=clip.contacts,
            rest=clip.rest,
            **heard,
        )
    temporary.replace(path)


def _read(path: Path) -> MotionClip:
    with np.load(path) as z:
        speeds = tuple(float(s) for s in z["speeds"])
        heard = tuple(z[f"features_{i}"] for i in range(len(speeds)))
        return MotionClip(heard, speeds, z["motion"], z["contacts"], z["rest"])

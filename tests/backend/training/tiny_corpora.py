"""Little corpora of tones in place of voices, in the form that the real ones have on disk."""

from pathlib import Path

import msgspec
import numpy as np
import soundfile

from emogene.corpus.landmark_corpus import ClipEntry, LandmarkIndex
from emogene.corpus.speech_corpus import SpeechFile, SpeechIndex
from emogene_proto.names import SAMPLE_RATE

TONES = {"aa": 300.0, "iy": 2500.0}
LOWER_LIP = (*range(55, 60), *range(65, 68))


def tones(rng: np.random.Generator, seconds: float) -> tuple[np.ndarray, list[tuple[str, float, float]]]:
    """Audio in which each phone is a tone of its own, and its spans."""
    edges = np.arange(0.0, seconds + 1e-6, 0.4)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    audio = rng.normal(0, 1e-3, len(time))
    spans = []
    for start, end in zip(edges[:-1], edges[1:], strict=True):
        symbol = str(rng.choice(["aa", "iy", "sil"]))
        inside = (time >= start) & (time < end)
        if symbol != "sil":
            audio[inside] += 0.3 * np.sin(2 * np.pi * TONES[symbol] * time[inside])
        spans.append((symbol, float(start), float(end)))
    return audio.astype(np.float32), spans


def write_speech_corpus(folder: Path, files: int = 4) -> None:
    folder.mkdir(parents=True)
    entries = []
    for i in range(files):
        audio, spans = tones(np.random.default_rng(i), 6.0)
        soundfile.write(folder / f"{i}.flac", audio, SAMPLE_RATE)
        entries.append(SpeechFile(f"{i}.flac", "tone", "tone", "train", "", 6.0, tuple(spans)))
    (folder / "index.json").write_bytes(msgspec.json.encode(SpeechIndex(SAMPLE_RATE, 0, tuple(entries))))


def write_landmark_corpus(folder: Path, clips: int = 6) -> None:
    """The mouth opens 8 mm for "aa"; "happy" lifts every point by 4 mm times its weight."""
    (folder / "clips").mkdir(parents=True)
    entries = []
    for i in range(clips):
        rng = np.random.default_rng(i)
        audio, spans = tones(rng, 4.8)
        frames = 120
        opening = np.zeros(frames)
        for symbol, start, end in spans:
            opening[round(start * 25) : round(end * 25)] = 0.008 if symbol == "aa" else 0.0
        rest = rng.uniform(-0.05, 0.05, (68, 3)).astype(np.float32)
        rest[[61, 62, 63], 1] = rest[[67, 66, 65], 1]
        neutral = np.tile(rest, (frames, 1, 1))
        neutral[:, LOWER_LIP, 1] -= opening[:, None].astype(np.float32)
        weights = np.zeros((frames, 8), np.float32)
        weights[:, 5] = rng.uniform(0, 1)
        weights[:, 0] = 1 - weights[:, 5]
        emotional = neutral + 0.004 * weights[:, 5, None, None] * np.array([0, 1, 0], np.float32)
        name = f"clips/{i}.npz"
        np.savez(
            folder / name,
            audio=np.round(audio * 32767).astype(np.int16),
            phone_symbols=np.array([s for s, _, _ in spans]),
            phone_spans=np.array([(a, b) for _, a, b in spans]),
            rest=rest,
            neutral=neutral,
            emotional=emotional.astype(np.float32),
            weights=weights,
            blink=np.zeros(frames, np.float32),
            gaze=np.zeros((frames, 2), np.float32),
            poses=np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1)),
        )
        split = "test" if i == clips - 1 else "train"
        entries.append(ClipEntry(name, i, "tone", "tone", split, ("happy",), 4.8, str(i)))
    index = LandmarkIndex(25, 0, ("jawOpen",), tuple(entries))
    (folder / "index.json").write_bytes(msgspec.json.encode(index))

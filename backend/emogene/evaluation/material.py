"""What is measured on: an actor, people of a landmark corpus whom nobody trained on, and recordings of people."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from emogene.actors.pack import Actor
from emogene.corpus.landmark_corpus import ClipEntry, LandmarkClip, read_clips, read_index
from emogene.evaluation.performers import spoken, with_face
from emogene.evaluation.recordings import HumanSpeech, Recording, audio_files, read_human_speech
from emogene_proto.errors import CorpusError

HELD_OUT = "test"
_NO_TEST = "Make it with more clips; a corpus from video has none, since all of its clips are of one person."


@dataclass(frozen=True)
class SpokenClip:
    """A clip of the corpus, and how the actor's models speak it with its own face."""

    clip: LandmarkClip
    landmarks: np.ndarray
    """(T, 68, 3) float32 metres, as long as the clip's own motion."""


@dataclass(frozen=True)
class SpokenRecording:
    """A person's recording, and how the actor speaks it."""

    recording: Recording
    landmarks: np.ndarray
    """(T, 68, 3) float32 metres."""


@dataclass(frozen=True)
class Material:
    """Read and spoken when first asked for, then kept."""

    actor: Actor
    corpus: Path
    speech: Path
    syncnet: Path
    most_clips: int | None = None
    """Use no more than so many clips and recordings, for a quick look; None is all."""

    @cached_property
    def held_out(self) -> tuple[ClipEntry, ...]:
        """The clips of the corpus' test split.

        Raises:
            CorpusError: no corpus, no such clips, or their voices or people are in the training too.
        """
        return held_out_clips(self.corpus)

    def clips(self) -> Iterator[LandmarkClip]:
        """The test clips, or the first of them."""
        _ = self.held_out
        yield from islice(read_clips(self.corpus, HELD_OUT), self.most_clips)

    @cached_property
    def mean_way(self) -> np.ndarray:
        """(68, 3) metres: mean way of each landmark from its rest over the training clips."""
        total, frames = np.zeros((68, 3)), 0
        for clip in islice(read_clips(self.corpus, "train"), self.most_clips):
            total += (clip.neutral - clip.rest).sum(0, dtype=np.float64)
            frames += len(clip.neutral)
        if not frames:
            raise CorpusError(f"The corpus {self.corpus} has no training clips.", "Make it with more clips.")
        return total / frames

    @cached_property
    def spoken_clips(self) -> tuple[SpokenClip, ...]:
        result: list[SpokenClip] = []
        performer = self.actor
        for clip in self.clips():
            performer = with_face(performer, clip.rest)
            landmarks = spoken(performer, clip.audio)
            length = min(len(landmarks), len(clip.neutral))
            result.append(SpokenClip(clip, landmarks[:length]))
        return tuple(result)

    @cached_property
    def human(self) -> HumanSpeech:
        return read_human_speech(self.speech, self.most_clips)

    @cached_property
    def spoken_recordings(self) -> tuple[SpokenRecording, ...]:
        return tuple(SpokenRecording(r, spoken(self.actor, r.audio)) for r in self.human.aligned)

    @cached_property
    def speech_files(self) -> list[Path]:
        return audio_files(self.speech)

    def clips_used(self) -> str:
        """Which clips these are, in words."""
        return clips_in_words(self.held_out[: self.most_clips])

    def recordings_used(self) -> str:
        """Which recordings these are, in words."""
        return recordings_in_words(self.human, self.speech)


def held_out_clips(corpus: Path) -> tuple[ClipEntry, ...]:
    """The clips of a landmark corpus' test split.

    Raises:
        CorpusError: no corpus, no such clips, or their voices or people are in the training too.
    """
    clips = read_index(corpus).clips
    test = tuple(clip for clip in clips if clip.split == HELD_OUT)
    others = [clip for clip in clips if clip.split != HELD_OUT]
    if not test:
        raise CorpusError(f"The corpus {corpus} has no clips to test with.", _NO_TEST)
    known = {c.speaker for c in test} & {c.speaker for c in others}
    if known or {c.identity for c in test} & {c.identity for c in others}:
        raise CorpusError(
            f"Test clips of the corpus {corpus} have voices or faces of its training clips.", "Make the corpus again."
        )
    return test


def clips_in_words(clips: tuple[ClipEntry, ...]) -> str:
    """Which clips of the test split these are."""
    voices = ", ".join(sorted({clip.speaker for clip in clips}))
    minutes = sum(clip.seconds for clip in clips) / 60
    return (
        f"{len(clips)} clips ({minutes:.1f} min) of the landmark corpus' test split: synthetic voices {voices}, "
        f"{len({clip.identity for clip in clips})} people; no voice and no face of them is in its training split."
    )


def recordings_in_words(human: HumanSpeech, folder: Path) -> str:
    """Which recordings of people these are."""
    names = ", ".join(recording.name for recording in human.aligned)
    seconds = sum(recording.seconds for recording in human.aligned)
    left_out = f" Left out: {'; '.join(human.left_out)}." if human.left_out else ""
    return (
        f"{len(human.aligned)} recordings of people ({seconds:.0f} s) in '{folder.name}', phones "
        f"aligned by force: {names}.{left_out} Whether the actor was trained on them is not checked."
    )

"""What emotion is measured on: speech that was heard once, and what whoever speaks it is then made to feel."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from emogene import pipeline
from emogene.actors.pack import Actor
from emogene.corpus.landmark_corpus import ClipEntry, LandmarkClip, read_clips
from emogene.corpus.phones import PhoneSpan
from emogene.evaluation.emotion_classifier import EmotionReader, train_reader
from emogene.evaluation.material import HELD_OUT, clips_in_words, held_out_clips, recordings_in_words
from emogene.evaluation.performers import with_face
from emogene.evaluation.recordings import HumanSpeech, read_human_speech
from emogene.evaluation.viseme_classifier import VisemeReader, train_viseme_reader
from emogene.training.ldm import mirrored, sneers_right
from emogene.values import Plan
from emogene_proto.names import EMOTIONS, MODEL_FPS
from emogene_proto.shot import AudioRef, CurvePoint, EmotionCurve, EmotionKey, EmotionStrength, Performance, Shot

FULL, THIRD = 1.0, 1.0 / 3.0
"""Intensities at which emotion is read; MEAD's third level and its first."""
STILL = Performance(blink=0.0, gaze=0.0, head_motion=0.0, head_object=0.0, breath=0.0)
"""Nothing moves but what speech and emotion move."""
WHOLE, NONE = EmotionStrength(), EmotionStrength(overall=0.0)
"""Emotions as the actor shows them; and displacing nothing (the ablation without the LDM)."""


@dataclass(frozen=True)
class Take:
    """Speech that was heard, and who speaks it."""

    performer: Actor
    speech: pipeline.Speech
    phones: tuple[PhoneSpan, ...]

    @property
    def rest(self) -> np.ndarray:
        return self.performer.rest

    @cached_property
    def neutral(self) -> np.ndarray:
        """(T, 68, 3) float32 metres at 25 fps, without emotion."""
        return self.performed().landmarks

    def felt(self, emotion: str, intensity: float = 1.0, strength: EmotionStrength = WHOLE) -> np.ndarray:
        """(T, 68, 3) float32 metres at 25 fps, with one emotion throughout; neutral is the speech without any."""
        if emotion == EMOTIONS[0]:
            return self.neutral
        return self.performed((EmotionKey(0.0, emotion, intensity),), strength=strength).landmarks

    def followed(self, weights: np.ndarray) -> np.ndarray:
        """(T, 68, 3) float32 metres at 25 fps, with the emotions of (T, 8) weights at this rate."""
        curves = [
            EmotionCurve(
                emotion, tuple(CurvePoint(i / MODEL_FPS, float(v), "linear") for i, v in enumerate(weights[:, column]))
            )
            for column, emotion in enumerate(EMOTIONS)
            if column and weights[:, column].any()
        ]
        return self.performed(curves=tuple(curves)).landmarks

    def performed(
        self,
        keys: tuple[EmotionKey, ...] = (),
        curves: tuple[EmotionCurve, ...] = (),
        fps: float = float(MODEL_FPS),
        strength: EmotionStrength = WHOLE,
    ) -> Plan:
        """The whole pipeline behind the voice, as an artist gets it, with a still head and without blinks."""
        shot = Shot(AudioRef(), fps, emotions=keys, emotion_curves=curves, emotion_strength=strength, performance=STILL)
        if fps not in self._deliveries:
            self._deliveries[fps] = pipeline.deliver(shot, self.speech, self.performer)
        return pipeline.feel(shot, self._deliveries[fps], self.performer)

    @cached_property
    def _deliveries(self) -> dict[float, pipeline.Delivery]:
        """What was said already, by frame rate."""
        return {}


@dataclass(frozen=True)
class HeldOutTake(Take):
    """A clip of the corpus' test split, spoken with its own face."""

    clip: LandmarkClip
    """Its truth, without sound; people who sneer with the right side are mirrored, as the actor's models are taught."""


@dataclass(frozen=True)
class Commanded:
    """What is read in the frames of all takes, spoken in each emotion."""

    confusion: np.ndarray
    """(8, 8) frames: the emotion asked for, by row, and the one that is read."""
    score: float
    """Mean probability that the reader gives the emotion asked for (the paper's emotion score)."""


@dataclass(frozen=True)
class EmotionMaterial:
    """Read, heard and learned when first asked for, then kept."""

    actor: Actor
    corpus: Path
    speech: Path
    most_clips: int | None = None
    """Use no more than so many clips and recordings, for a quick look; None is all."""

    @cached_property
    def held_out(self) -> tuple[ClipEntry, ...]:
        """The clips of the corpus' test split that are used; see `held_out_clips` for what it raises."""
        return held_out_clips(self.corpus)[: self.most_clips]

    @cached_property
    def takes(self) -> tuple[HeldOutTake, ...]:
        """The held-out clips, spoken."""
        _ = self.held_out
        result: list[HeldOutTake] = []
        for clip in islice(read_clips(self.corpus, HELD_OUT), self.most_clips):
            truth = _of_the_left(clip)
            performer = with_face(result[-1].performer if result else self.actor, truth.rest)
            speech = _heard(performer, clip.audio)
            result.append(HeldOutTake(performer, speech, clip.phones, truth))
        return tuple(result)

    @cached_property
    def few_takes(self) -> tuple[HeldOutTake, ...]:
        """The first two takes of every person, for what is tried at many intensities."""
        people: dict[int, list[HeldOutTake]] = {}
        for take in self.takes:
            people.setdefault(take.clip.entry.identity, []).append(take)
        return tuple(take for takes in people.values() for take in takes[:2])

    @cached_property
    def human(self) -> HumanSpeech:
        return read_human_speech(self.speech, self.most_clips)

    @cached_property
    def human_takes(self) -> tuple[Take, ...]:
        """The recordings of people, spoken by the actor with its own face."""
        return tuple(Take(self.actor, _heard(self.actor, r.audio), r.phones) for r in self.human.aligned)

    @cached_property
    def reader(self) -> EmotionReader:
        """Learned from the truth of the corpus' training split, which shares no face and no voice with the takes."""
        _ = self.held_out
        return train_reader(self.corpus)

    @cached_property
    def viseme_reader(self) -> VisemeReader:
        """Learned from the same."""
        _ = self.held_out
        return train_viseme_reader(self.corpus)

    @cached_property
    def commanded(self) -> dict[float, Commanded]:
        """What is read where each emotion is asked for, fully and by a third."""
        return {intensity: self._commanded(intensity) for intensity in (FULL, THIRD)}

    @cached_property
    def commanded_without(self) -> Commanded:
        """What is read where each emotion is asked for fully and displaces nothing."""
        return self._commanded(FULL, NONE)

    def _commanded(self, intensity: float, strength: EmotionStrength = WHOLE) -> Commanded:
        confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
        score = 0.0
        for number, take in enumerate(self.takes):
            for row, emotion in enumerate(EMOTIONS):
                reading = self.reader.read(take.felt(emotion, intensity, strength), take.rest, number)
                confusion[row] += np.bincount(reading.emotions, minlength=len(EMOTIONS))
                score += float(reading.probabilities[:, row].sum(dtype=np.float64))
        return Commanded(confusion, score / float(confusion.sum()))

    def clips_used(self) -> str:
        """Which clips these are, in words."""
        return clips_in_words(self.held_out)

    def few_used(self) -> str:
        """Which clips `few_takes` are, in words."""
        return f"The first two clips of each person of the test split, {len(self.few_takes)} in all."

    def recordings_used(self) -> str:
        """Which recordings these are, in words."""
        return recordings_in_words(self.human, self.speech)


def _heard(performer: Actor, audio: np.ndarray) -> pipeline.Speech:
    return pipeline.listen(Shot(AudioRef(), float(MODEL_FPS), performance=STILL), audio, performer)


def _of_the_left(clip: LandmarkClip) -> LandmarkClip:
    """The clip without its sound, in a mirror if contempt is on the right."""
    silent = replace(clip, audio=np.zeros(0, np.float32))
    if not sneers_right(clip):
        return silent
    rest, neutral, emotional = (mirrored(one) for one in (clip.rest, clip.neutral, clip.emotional))
    return replace(silent, rest=rest, neutral=neutral, emotional=emotional)

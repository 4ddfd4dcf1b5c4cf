"""What idle is measured on: an actor, a track of real head poses, and recordings of people with pauses."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from emogene import pipeline
from emogene.actors.pack import Actor
from emogene.audio.load import load_audio
from emogene.evaluation.recordings import audio_files
from emogene.idle.head_motion import HeadMotionBank, build_bank
from emogene.idle.pose_file import read_pose_track
from emogene.pipeline import Speech
from emogene.values import Plan
from emogene_proto.names import MODEL_FPS, SAMPLE_RATE
from emogene_proto.shot import AudioRef, EmotionKey, Performance, Shot

LONGER_SECONDS = (2.5, 0.4, 1.2, 5.0, 0.8)
"""Silence that is put into pauses."""


@dataclass(frozen=True)
class HeardRecording:
    """A recording and what the actor's models heard in it."""

    name: str
    audio: np.ndarray
    """(N,) float32 at 16 kHz."""
    speech: Speech


def with_longer_pauses(one: HeardRecording) -> np.ndarray:
    """(N,) the recording with silence in the middle of each pause, of LONGER_SECONDS in turn; and before and after it.

    People who read aloud pause for a quarter of a second; in a film they wait for an answer.
    """
    spans = one.speech.spans
    edges = [0.0, *(0.5 * (spans[:-1, 1] + spans[1:, 0])), len(one.audio) / SAMPLE_RATE]
    cuts = [round(float(edge) * SAMPLE_RATE) for edge in edges]
    parts = []
    for number, cut in enumerate(cuts):
        silence = LONGER_SECONDS[number % len(LONGER_SECONDS)]
        parts.append(np.zeros(round(silence * SAMPLE_RATE), np.float32))
        parts.append(one.audio[cut : cuts[number + 1]] if number + 1 < len(cuts) else one.audio[:0])
    return np.concatenate(parts)


@dataclass(frozen=True)
class IdleMaterial:
    """Read and heard when first asked for, then kept."""

    actor: Actor
    poses: Path
    """A JSON file of tracked head poses."""
    speech: Path
    """A folder with recordings of people and transcripts.txt."""
    most_recordings: int | None = None
    """Use no more than so many, for a quick look; None is all."""

    @cached_property
    def tracked(self) -> HeadMotionBank:
        """The real track as an actor's bank of head motion.

        Raises:
            ActorError: the file is no track of poses, or too short.
        """
        return build_bank([read_pose_track(self.poses)])

    @cached_property
    def files(self) -> list[Path]:
        return audio_files(self.speech)[: self.most_recordings]

    @cached_property
    def recordings(self) -> tuple[HeardRecording, ...]:
        """Each recording as it is, and once more with its pauses made longer."""
        heard = [self._heard(path.stem, load_audio(path)) for path in self.files]
        longer = [self._heard(f"{one.name}-paused", with_longer_pauses(one)) for one in heard]
        return tuple(heard + longer)

    def _heard(self, name: str, audio: np.ndarray) -> HeardRecording:
        return HeardRecording(name, audio, pipeline.listen(Shot(AudioRef(), fps=MODEL_FPS), audio, self.actor))

    def planned(
        self,
        speech: Speech,
        performance: Performance,
        seed: int,
        fps: float = MODEL_FPS,
        emotion: str = "neutral",
    ) -> Plan:
        """The whole performance, one emotion held throughout."""
        keys = (EmotionKey(0.0, emotion),)
        shot = Shot(AudioRef(), fps=fps, seed=seed, emotions=keys, performance=performance)
        return pipeline.perform(shot, speech, self.actor)

    def track_used(self) -> str:
        """Which poses these are, in words."""
        seconds = len(self.tracked.poses) / MODEL_FPS
        return f"{len(self.tracked.poses)} poses ({seconds:.0f} s) of a real head in '{self.poses.name}'."

    def bank_used(self) -> str:
        """Which head motion the actor has, in words."""
        bank = self.actor.head_motion
        seconds = len(bank.poses) / MODEL_FPS
        return f"Head motion of the actor '{self.actor.name}': {len(bank.starts)} recordings ({seconds:.0f} s)."

    def recordings_used(self) -> str:
        """Which recordings these are, in words."""
        seconds = sum(one.speech.duration_seconds for one in self.recordings)
        pauses = sum(max(len(one.speech.spans) - 1, 0) for one in self.recordings)
        return (
            f"{len(self.files)} recordings of people in '{self.speech.name}', as they are and with "
            f"{min(LONGER_SECONDS):g} to {max(LONGER_SECONDS):g} s of silence put into pauses ({seconds:.0f} s, "
            f"{pauses} pauses), spoken by the actor '{self.actor.name}' through the whole pipeline at 25 and 60 fps."
        )

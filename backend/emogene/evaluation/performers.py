"""Motion as an artist gets it: through the whole pipeline, without emotion, with default settings."""

from dataclasses import dataclass

import numpy as np

from emogene import pipeline
from emogene.actors.pack import Actor
from emogene_proto.names import MODEL_FPS
from emogene_proto.shot import AudioRef, Shot


@dataclass(frozen=True)
class Performer(Actor):
    """An actor's models on another person's face."""

    face: np.ndarray
    """(68, 3) float32 metres at rest."""
    shut_eyes: np.ndarray
    """(68, 3) float32 metres."""

    @property
    def rest(self) -> np.ndarray:
        return self.face

    @property
    def closed_eyes(self) -> np.ndarray:
        return self.shut_eyes


def with_face(actor: Actor, rest: np.ndarray) -> Performer:
    """The actor's models moving another face, (68, 3) metres. Models that were read are not read again."""
    performer = Performer(actor.folder, actor.manifest, rest, rest + actor.closed_eyes - actor.rest)
    for name, model in vars(actor).items():
        vars(performer).setdefault(name, model)
    return performer


def spoken(actor: Actor, audio: np.ndarray) -> np.ndarray:
    """(T, 68, 3) float32 metres at 25 fps: how the actor speaks (N,) audio."""
    return pipeline.plan(Shot(audio=AudioRef(), fps=float(MODEL_FPS)), audio, actor).landmarks

"""What pictures are measured on: an actor, held-out pictures of its corpus, and the studio that drew them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from emogene.actors.assemble import appearance_of
from emogene.actors.pack import Actor
from emogene.corpus.appearance.portrait import Portrait, draw
from emogene.corpus.appearance.studio import Studio
from emogene.corpus.pictures import PictureCorpus, open_studio, picture_path, read_pictures
from emogene.evaluation.picture_engine import engine_of
from emogene.render.kernels import Engine
from emogene.render.output.colour import straight_rgba
from emogene.values import Camera, FaceState, Frame
from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS

FRAMES = 128
"""Held-out pictures that are compared, the same number of each emotion."""
SAME_FACE_METRES = 0.001
"""Resting faces of a corpus and of the actor trained on it do not lie further apart."""


@dataclass(frozen=True)
class PictureState:
    """What one picture shows, as the renderer is told it and as the studio is."""

    face: FaceState
    expression: np.ndarray
    """(E,) coefficients of the actor's face model."""


@dataclass(frozen=True)
class PictureMaterial:
    """Read, baked and rendered when first asked for, then kept."""

    actor: Actor
    folder: Path
    """A picture corpus."""
    face_model: Path
    count: int = FRAMES

    @cached_property
    def corpus(self) -> PictureCorpus:
        """
        Raises:
            CorpusError: there is none, or it pictures somebody else than the actor.
        """
        corpus = read_pictures(self.folder)
        away = np.linalg.norm(corpus.rest - self.actor.rest, axis=1).max()
        if away > SAME_FACE_METRES:
            raise CorpusError(
                f"The pictures in {self.folder} show another face than the actor '{self.actor.name}' has.",
                "Give the corpus that the actor was trained on.",
            )
        return corpus

    @cached_property
    def engine(self) -> Engine:
        return engine_of(self.actor)

    @cached_property
    def studio(self) -> Studio:
        """Baked in about a minute.

        Raises:
            CorpusError: there is no face model.
        """
        return open_studio(self.face_model, appearance_of(self.corpus))

    @cached_property
    def frames(self) -> np.ndarray:
        """(N,) numbers of the held-out pictures that are compared, ascending.

        Raises:
            CorpusError: the corpus holds no pictures out, or has not been made to the end.
        """
        chosen = spread_over_emotions(self.corpus.weights, np.nonzero(self.corpus.test)[0], self.count)
        if not len(chosen):
            raise CorpusError(f"{self.folder} holds no pictures out.", "Make a corpus of 11 pictures or more.")
        if not all(picture_path(self.folder, int(i)).is_file() for i in chosen):
            raise CorpusError(f"{self.folder} is not finished.", "Run 'emogene corpus pictures' to the end.")
        return chosen

    @cached_property
    def rendered(self) -> np.ndarray:
        """(N, H, W, 4) uint8 straight alpha: the frames as the product writes them."""
        return np.stack([straight_rgba(frame) for frame in self._frames_rendered])

    @cached_property
    def depths(self) -> np.ndarray:
        """(N, H, W) float32 metres along the camera's axis of the frames rendered; infinity where nothing is."""
        return np.stack([frame.depth for frame in self._frames_rendered])

    @cached_property
    def _frames_rendered(self) -> list[Frame]:
        return [self.engine.render(self.state(i).face, self.corpus.camera(int(i))) for i in self.frames]

    def pairs(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Each compared frame's number, the picture rendered and the true one, (H, W, 4) uint8 straight alpha."""
        for number, made in zip(self.frames, self.rendered, strict=True):
            yield int(number), made, self.corpus.picture(int(number))

    def state(self, number: int) -> PictureState:
        """What picture `number` of the corpus shows."""
        corpus = self.corpus
        face = FaceState(corpus.landmarks[number], corpus.gaze[number].astype(np.float32), corpus.poses[number])
        return PictureState(face, corpus.expressions[number])

    def state_of(self, expression: np.ndarray, gaze: np.ndarray, pose: np.ndarray) -> PictureState:
        """A state that no picture shows: (E,) expression, (2,) gaze, (4, 4) head pose."""
        face = self.studio.face
        nobody = np.zeros(len(face.identities), np.float32)
        landmarks = face.landmarks(nobody, expression[None].astype(np.float32))[0]
        return PictureState(
            FaceState(landmarks.astype(np.float32), gaze.astype(np.float32), pose.astype(np.float32)), expression
        )

    def render(self, face: FaceState, camera: Camera) -> np.ndarray:
        """(H, W, 4) uint8 straight alpha, as the product writes it."""
        return straight_rgba(self.engine.render(face, camera))

    def draw(self, state: PictureState, camera: Camera) -> Portrait:
        """The truth."""
        return draw(self.studio, state.expression, state.face.gaze, state.face.pose, camera)

    def few(self, each: int) -> np.ndarray:
        """(M,) of the compared frames, so many of each emotion."""
        return spread_over_emotions(self.corpus.weights, self.frames, each * len(EMOTIONS))

    def frames_used(self) -> str:
        """Which pictures these are, in words."""
        counts = np.bincount(emotion_of(self.corpus.weights[self.frames]), minlength=len(EMOTIONS))
        told = ", ".join(f"{count} {emotion}" for count, emotion in zip(counts, EMOTIONS, strict=True))
        size = self.corpus.size
        return (
            f"{len(self.frames)} held-out pictures ({told}) of '{self.folder.name}', {size}x{size}, whole picture "
            f"over grey (sRGB 0.5) unless the name says otherwise, rendered from their landmarks, gaze and pose by the "
            f"actor '{self.actor.name}'."
        )


def emotion_of(weights: np.ndarray) -> np.ndarray:
    """(N,) column of the strongest of (N, 8) emotion weights."""
    return weights.argmax(1)


def spread_over_emotions(weights: np.ndarray, among: np.ndarray, count: int) -> np.ndarray:
    """About `count` of the frames `among`, ascending: as many of each emotion, spread evenly over its own.

    Args:
        weights: (N, 8) emotion weights of all frames.
        among: (M,) frames to choose from.
    """
    felt = emotion_of(weights[among])
    each = -(-count // weights.shape[1])
    chosen = []
    for emotion in range(weights.shape[1]):
        own = among[felt == emotion]
        chosen.append(own[np.unique(np.linspace(0, len(own) - 1, min(each, len(own))).round().astype(int))])
    return np.sort(np.concatenate(chosen))

"""What motion models hear: speech features at 25 Hz from one of several encoders behind one protocol.

A motion model is trained on the features of one encoder and says in its file which one that is (`FeaturesNeeded`).
The built-in encoder is part of an actor pack; HuBERT, as in the paper, is too large for that and lies elsewhere.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import numpy as np

from emogene.weights import load_config
from emogene_proto.errors import ActorError

FeatureKind = Literal["built-in", "hubert"]


class FeaturesNeeded(msgspec.Struct, frozen=True):
    """Which features a motion model was trained on; lies under `features` in the configuration of its file."""

    kind: FeatureKind
    name: str = ""
    """HuBERT: its name on the hub ("owner/name"), or of the folder that it was read from. Never a path."""
    size: int = 0
    """F: columns, the prosody among them."""
    layer: int | None = None
    """HuBERT: the hidden layer, 1 is the first; None is the model's last hidden state."""
    weights: str = ""
    """Digest of the encoder's weights, since another one of the same size hears something else; empty is unknown."""

    def fits(self, other: "FeaturesNeeded") -> bool:
        """Are these the same features, as far as it is known?"""
        if (self.kind, self.size, self.layer) != (other.kind, other.size, other.layer):
            return False
        if self.weights and other.weights:
            return self.weights == other.weights
        return self.name == other.name


class SpeechFeatures(Protocol):
    """An encoder of speech.

    Columns of the features: what is said, then `encoder.PROSODY` of how: voicing 0..1, log2 of f0 over 200 Hz where
    voiced and else 0, loudness relative to speech nearby.
    """

    @property
    def needed(self) -> FeaturesNeeded:
        """What a motion model trained on these features has to ask for."""
        ...

    @property
    def kind(self) -> FeatureKind: ...

    @property
    def feature_count(self) -> int:
        """F: columns of the features."""
        ...

    def encode(self, audio: np.ndarray) -> np.ndarray:
        """(T, F) float32 features at 25 Hz of (N,) float32 audio at 16 kHz, T = ceil(N / 640)."""
        ...

    def stream(self, pieces: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The same in consecutive blocks (n, F), of consecutive pieces (n,) of audio, while they come."""
        ...


def needed_from(config: dict) -> FeaturesNeeded:
    """What the configuration of a motion model's file asks for; files that say nothing want the built-in encoder.

    Raises:
        ActorError: it asks for something that this version does not know.
    """
    stored = config.get("features", {"kind": "built-in", "size": config.get("feature_count", 0)})
    try:
        return msgspec.convert(stored, FeaturesNeeded)
    except msgspec.ValidationError as error:
        raise ActorError("The motion model wants speech features that are unknown here.", "Update EmoGene.") from error


def needed_by(motion_model: Path) -> FeaturesNeeded:
    """What an `audio2motion.safetensors` asks for, from its header alone.

    Raises:
        ActorError: the file is missing, damaged, holds another model, or asks for something unknown.
    """
    return needed_from(load_config(motion_model, "audio2motion"))

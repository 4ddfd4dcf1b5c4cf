"""What motion models hear: speech features at 25 Hz from one of several encoders behind one protocol.

A motion model is trained on the features of one encoder and says in its file which one that is (`FeaturesNeeded`).
The built-in encoder is part of an actor pack; HuBERT, as in the paper, is too large for that and lies elsewhere.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol, get_args

import msgspec
import numpy as np

from emogene.weights import load_config
from emogene_proto.errors import ActorError

FeatureKind = Literal["built-in", "hubert"]
KINDS: tuple[FeatureKind, ...] = get_args(FeatureKind)

_HUBERT_OPTION = re.compile(r"hubert:(?P<place>.+?)(#(?P<layer>\d+))?$")


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


def features_for(needed: FeaturesNeeded, encoder_path: Path) -> SpeechFeatures:
    """Load what a motion model needs.

    Args:
        encoder_path: the built-in encoder's file, which is read only where that is needed.

    Raises:
        ActorError: it is missing, damaged, or not what the motion model was trained on.
    """
    features = _hubert_for(needed) if needed.kind == "hubert" else _built_in(encoder_path)
    if features.feature_count != needed.size:
        raise ActorError(
            f"The motion model wants {needed.size} speech features, but its encoder gives {features.feature_count}.",
            "The models of the actor do not fit together: build it again.",
        )
    if needed.kind == "built-in" and not features.needed.fits(needed):
        raise ActorError(
            "The motion model was trained on another speech encoder than the one beside it.",
            "Take the encoder that it was trained on, or train the motion model again.",
        )
    return features


def features_from_option(text: str, encoder_path: Path | None, download: bool = False) -> SpeechFeatures:
    """The features that somebody asks for on the command line.

    Args:
        text: `built-in`, or `hubert:` and a folder or a name on the hub, with `#9` at its end for the ninth layer.
        encoder_path: file of the built-in encoder.
        download: fetch HuBERT from the hub where it is not on this computer.

    Raises:
        ActorError: the text is neither, or the model is missing or damaged.
    """
    if text == "built-in":
        if encoder_path is None:
            raise ActorError("The built-in features need a trained speech encoder.", "Name its file with --encoder.")
        return _built_in(encoder_path)
    asked = _HUBERT_OPTION.match(text)
    if asked is None:
        raise ActorError(
            f"There are no speech features '{text}'.", "Say 'built-in', or 'hubert:' and a folder or a hub name."
        )
    from emogene.audio.hubert_files import load_hubert, locate_hubert

    return load_hubert(locate_hubert(asked["place"], download), int(asked["layer"]) if asked["layer"] else None)


def _built_in(path: Path) -> SpeechFeatures:
    from emogene.audio.encoder import load_speech_encoder

    return load_speech_encoder(path)


def _hubert_for(needed: FeaturesNeeded) -> SpeechFeatures:
    from emogene.audio.hubert_files import find_hubert, load_hubert

    features = load_hubert(find_hubert(needed.name), needed.layer)
    if needed.weights not in ("", features.needed.weights):
        raise ActorError(
            f"The HuBERT found here is not the one that this actor was trained with, '{needed.name}'.",
            "Let EMOGENE_HUBERT name the folder of that one.",
        )
    return features

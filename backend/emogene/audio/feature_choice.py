"""From what a motion model or a command line asks for to the encoder that gives it."""

import re
from pathlib import Path

from emogene.audio.encoder import load_speech_encoder
from emogene.audio.speech_features import FeaturesNeeded, SpeechFeatures
from emogene_proto.errors import ActorError

_HUBERT_OPTION = re.compile(r"hubert:(?P<place>.+?)(#(?P<layer>\d+))?$")


def features_for(needed: FeaturesNeeded, encoder_path: Path) -> SpeechFeatures:
    """Load what a motion model needs.

    Args:
        encoder_path: the built-in encoder's file, which is read only where that is needed.

    Raises:
        ActorError: it is missing, damaged, or not what the motion model was trained on.
    """
    features = _hubert_for(needed) if needed.kind == "hubert" else load_speech_encoder(encoder_path)
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
        return load_speech_encoder(encoder_path)
    asked = _HUBERT_OPTION.match(text)
    if asked is None:
        raise ActorError(
            f"There are no speech features '{text}'.", "Say 'built-in', or 'hubert:' and a folder or a hub name."
        )
    from emogene.audio.hubert_files import load_hubert, locate_hubert

    return load_hubert(locate_hubert(asked["place"], download), int(asked["layer"]) if asked["layer"] else None)


def _hubert_for(needed: FeaturesNeeded) -> SpeechFeatures:
    from emogene.audio.hubert_files import find_hubert, load_hubert

    features = load_hubert(find_hubert(needed.name), needed.layer)
    if needed.weights not in ("", features.needed.weights):
        raise ActorError(
            f"The HuBERT found here is not the one that this actor was trained with, '{needed.name}'.",
            "Let EMOGENE_HUBERT name the folder of that one.",
        )
    return features

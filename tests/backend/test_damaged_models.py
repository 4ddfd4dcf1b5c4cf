"""A model's file that does not fit together is refused in words, whichever model it is and whatever is wrong."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emogene.audio import encoder
from emogene.audio.encoder import EncoderConfig, load_speech_encoder, save_speech_encoder
from emogene.emotion import ldm
from emogene.emotion.ldm import LdmConfig, load_ldm, save_ldm
from emogene.idle.head_motion import load_head_motion
from emogene.motion import audio2motion
from emogene.motion.audio2motion import load_audio2motion, save_audio2motion
from emogene.motion.syncnet import SyncConfig, SyncNet, SyncNetwork, load_syncnet, save_syncnet
from emogene.motion.vae import VaeConfig
from emogene.weights import load_weights, save_weights
from emogene_proto.errors import ActorError


def motion_model(path: Path) -> None:
    sizes = VaeConfig(9, 8, 6, 2, encoder_layers=1, decoder_layers=1, contact_width=4, contact_layers=1)
    save_audio2motion(audio2motion.untrained(sizes), path)


def speech_encoder(path: Path) -> None:
    save_speech_encoder(encoder.untrained(EncoderConfig(("a", "sil"), width=8, dilations=(1, 2))), path)


def syncnet(path: Path) -> None:
    network = SyncNetwork(SyncConfig(9, 5, width=12, vector=16))
    save_syncnet(SyncNet(network, np.zeros(60, np.float32), np.ones(60, np.float32), validation_loss=0.5), path)


def deformation(path: Path) -> None:
    save_ldm(ldm.untrained(LdmConfig(hidden=16, embedding=4)), path)


def head_motion(path: Path) -> None:
    tensors = {"motion": np.zeros((200, 6), np.float32), "starts": np.zeros(1, np.int32)}
    save_weights(path, tensors, "head_motion", {})


MODELS = {
    "audio2motion": (motion_model, load_audio2motion),
    "speech_encoder": (speech_encoder, load_speech_encoder),
    "syncnet": (syncnet, load_syncnet),
    "ldm": (deformation, load_ldm),
    "head_motion": (head_motion, load_head_motion),
}

UNUSED = {"encoder_layers", "contacts", "validation_loss", "dropout"}
"""Settings that a loaded model does without, or that take many values."""


@pytest.fixture(params=MODELS)
def model(request, tmp_path):
    """Kind, file and loader of a model that is whole."""
    save, load = MODELS[request.param]
    path = tmp_path / "m.safetensors"
    with torch.random.fork_rng():
        save(path)
    load(path)
    return request.param, path, load


def refused(path: Path, load) -> bool:
    with pytest.raises(ActorError) as caught:
        load(path)
    return path.name in caught.value.message and bool(caught.value.hint)


def test_each_tensor_is_needed_and_has_its_shape(model):
    kind, path, load = model
    tensors, config = load_weights(path, kind)
    for name, tensor in tensors.items():
        if name.endswith("num_batches_tracked"):
            continue  # counted in training, of no use later
        for others in ({}, {name: np.zeros((*tensor.shape, 2), tensor.dtype)}, {name: tensor.ravel()[:0]}):
            kept = {other: value for other, value in tensors.items() if other != name}
            save_weights(path, kept | others, kind, config)
            assert refused(path, load), name


def test_each_setting_is_needed_and_has_its_type(model):
    kind, path, load = model
    tensors, config = load_weights(path, kind)
    for name in config.keys() - UNUSED:
        if kind not in ("audio2motion", "ldm") and name != "features":  # which have defaults
            save_weights(path, tensors, kind, {other: value for other, value in config.items() if other != name})
            assert refused(path, load), name
        for wrong in (None, "x", -2, {"a": "b"}):
            save_weights(path, tensors, kind, config | {name: wrong})
            with pytest.raises(ActorError):
                load(path)


def test_a_setting_of_a_newer_version_is_refused(tmp_path):
    motion_model(tmp_path / "m")
    tensors, config = load_weights(tmp_path / "m", "audio2motion")
    save_weights(tmp_path / "m", tensors, "audio2motion", config | {"attention": 8})
    assert refused(tmp_path / "m", load_audio2motion)


def test_features_of_another_size_than_the_networks_are_refused(tmp_path):
    motion_model(tmp_path / "m")
    tensors, config = load_weights(tmp_path / "m", "audio2motion")
    save_weights(tmp_path / "m", tensors, "audio2motion", config | {"features": {"kind": "built-in", "size": 8}})
    assert refused(tmp_path / "m", load_audio2motion)


@pytest.mark.parametrize("starts", [[0, 5], [0, 100, 137], [0, 126], [0, 37, 74, 111], [0, 100, 90], [1, 100], [[0]]])
def test_head_motion_whose_recordings_are_too_short_to_fade_is_refused(tmp_path, starts):
    tensors = {"motion": np.zeros((200, 6), np.float32), "starts": np.array(starts, np.int32)}
    save_weights(tmp_path / "m", tensors, "head_motion", {})
    assert refused(tmp_path / "m", load_head_motion)


@pytest.mark.parametrize("dilations", [[0, 1], [1, 10**9], [1, 2.5]])
def test_dilations_that_no_tensor_shows_are_looked_at(tmp_path, dilations):
    speech_encoder(tmp_path / "m")
    tensors, config = load_weights(tmp_path / "m", "speech_encoder")
    save_weights(tmp_path / "m", tensors, "speech_encoder", config | {"dilations": dilations})
    assert refused(tmp_path / "m", load_speech_encoder)


def test_a_syncnet_that_never_varies_is_refused(tmp_path):
    syncnet(tmp_path / "m")
    tensors, config = load_weights(tmp_path / "m", "syncnet")
    save_weights(tmp_path / "m", tensors | {"deviation_mm": np.zeros(60, np.float32)}, "syncnet", config)
    assert refused(tmp_path / "m", load_syncnet)

"""Where HuBERT models are found and how they are read: real files of a little model, and ways they can be wrong."""

import json
import shutil
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_hubert import save_tiny_hubert

from emogene.audio.feature_choice import features_for, features_from_option
from emogene.audio.hubert_files import (
    FOLDER_VARIABLE,
    HubertFolder,
    find_hubert,
    installed_models,
    load_hubert,
    locate_hubert,
)
from emogene.audio.speech_features import FeaturesNeeded
from emogene_proto.errors import ActorError

pytest.importorskip("transformers", reason="transformers is not installed")

NAME = "somebody/hubert-tiny"
NO_ENCODER = Path("no-encoder")
SOUND = np.random.default_rng(0).standard_normal(16000).astype(np.float32) * 0.1


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return save_tiny_hubert(tmp_path_factory.mktemp("models") / "hubert-tiny")


@pytest.fixture
def copied(model, tmp_path) -> Path:
    """A model that a test may spoil."""
    return Path(shutil.copytree(model, tmp_path / "hubert-tiny"))


@pytest.fixture(autouse=True)
def no_models_and_no_network(tmp_path, monkeypatch):
    """An empty cache of the hub; whoever tries to reach the network fails the test."""

    def refuse(*_):
        pytest.fail("the network was asked")

    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def put_into_cache(model: Path, cache: Path) -> None:
    """As a download leaves it."""
    place = cache / "models--somebody--hubert-tiny"
    shutil.copytree(model, place / "snapshots/0123abcd")
    (place / "refs").mkdir()
    (place / "refs/main").write_text("0123abcd")


def test_a_folder_is_read_and_says_what_it_is(model):
    hubert = features_from_option(f"hubert:{model}", None)
    assert hubert.needed == FeaturesNeeded("hubert", "hubert-tiny", 35, None, hubert.needed.weights)
    assert len(hubert.needed.weights) == 16
    assert features_from_option(f"hubert:{model}#2", None).needed.layer == 2


def test_a_model_in_the_cache_is_found_by_its_name(model, tmp_path):
    put_into_cache(model, tmp_path / "hub")
    hubert = features_from_option(f"hubert:{NAME}", None)
    assert hubert.needed.name == NAME
    assert np.array_equal(features_for(hubert.needed, NO_ENCODER).encode(SOUND), hubert.encode(SOUND))
    assert installed_models()[1] == [NAME]


def test_the_variable_names_a_model_or_a_folder_of_models(model, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(model))
    assert find_hubert(NAME) == HubertFolder(model, NAME)
    monkeypatch.setenv(FOLDER_VARIABLE, str(model.parent))
    assert find_hubert(NAME) == HubertFolder(model, NAME)
    assert installed_models()[1] == [str(model)]
    monkeypatch.setenv(FOLDER_VARIABLE, str(model / "nowhere"))
    with pytest.raises(ActorError, match="nowhere"):
        find_hubert(NAME)
    assert installed_models()[1] == []


def test_a_missing_model_says_how_to_get_it_and_what_works_without(tmp_path):
    for ask in (find_hubert, locate_hubert):
        with pytest.raises(ActorError, match="not on this computer") as caught:
            ask(NAME)
        for part in (f"hf download {NAME}", FOLDER_VARIABLE, "built-in encoder"):
            assert part in caught.value.hint
    with pytest.raises(ActorError, match="There is no HuBERT model in"):
        locate_hubert(str(tmp_path))


@pytest.mark.parametrize("name", ["../models", "/etc", "a/b/c", "", "~", "C:\\models", "a/../b"])
def test_a_name_in_a_pack_is_never_a_path(name, model, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(model))
    with pytest.raises(ActorError, match="which is none"):
        find_hubert(name)


def test_a_download_that_fails_is_told(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ActorError, match="cannot be downloaded"):
        locate_hubert(NAME, download=True)


def test_another_model_of_the_same_size_is_refused(model, tmp_path, monkeypatch):
    needed = features_from_option(f"hubert:{model}", None).needed
    monkeypatch.setenv(FOLDER_VARIABLE, str(save_tiny_hubert(tmp_path / "other", seed=1)))
    with pytest.raises(ActorError, match="not the one") as caught:
        features_for(needed, NO_ENCODER)
    assert FOLDER_VARIABLE in caught.value.hint


def test_a_motion_model_of_another_size_is_refused(model, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(model))
    with pytest.raises(ActorError, match="wants 99 speech features, but its encoder gives 35"):
        features_for(FeaturesNeeded("hubert", NAME, 99), NO_ENCODER)


def test_older_weights_and_those_of_other_tasks_are_read(copied, model):
    from transformers import HubertConfig, HubertForCTC

    expected = load_hubert(HubertFolder(model, "m"))
    state = load_state(copied)
    (copied / "model.safetensors").unlink()
    torch.save(state, copied / "pytorch_model.bin")
    pickled = load_hubert(HubertFolder(copied, "m"))
    assert pickled.needed == expected.needed and np.array_equal(pickled.encode(SOUND), expected.encode(SOUND))

    recogniser = HubertForCTC(HubertConfig.from_pretrained(model))
    recogniser.hubert.load_state_dict(state)
    recogniser.half().save_pretrained(copied)
    (copied / "pytorch_model.bin").unlink()
    halved = load_hubert(HubertFolder(copied, "m"))
    assert halved.needed == expected.needed
    assert np.allclose(halved.encode(SOUND), expected.encode(SOUND), atol=0.02)


def load_state(folder: Path) -> dict[str, torch.Tensor]:
    from transformers import HubertModel

    return HubertModel.from_pretrained(folder).state_dict()


def changed(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


SPOILED = {
    "no weights": lambda f: (f / "model.safetensors").unlink(),
    "cut weights": lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:-1000]),
    "empty weights": lambda f: (f / "model.safetensors").write_bytes(b""),
    "no config": lambda f: (f / "config.json").unlink(),
    "a damaged config": lambda f: (f / "config.json").write_text("{"),
    "no preprocessor": lambda f: (f / "preprocessor_config.json").unlink(),
    "a damaged preprocessor": lambda f: (f / "preprocessor_config.json").write_text("{"),
    "another architecture": lambda f: changed(f / "config.json", model_type="wav2vec2"),
    "other sizes": lambda f: changed(f / "config.json", hidden_size=64),
    "more layers than weights": lambda f: changed(f / "config.json", num_hidden_layers=4),
    "another rate": lambda f: changed(f / "preprocessor_config.json", sampling_rate=8000),
    "another stride": lambda f: changed(f / "config.json", conv_stride=[5, 2, 2, 2, 2, 2, 1]),
    "nonsense": lambda f: changed(f / "config.json", conv_dim="many"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_folder_is_refused_in_a_sentence(copied, what):
    SPOILED[what](copied)
    with pytest.raises(ActorError) as caught:
        load_hubert(HubertFolder(copied, "hubert-tiny"))
    assert "hubert-tiny" in caught.value.message and "built-in encoder" in caught.value.hint


def test_an_unknown_layer_is_refused(model):
    for layer in (0, 4):
        with pytest.raises(ActorError, match=f"no layer {layer}"):
            load_hubert(HubertFolder(model, "m"), layer)


def test_without_transformers_it_says_what_to_install(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ActorError, match="transformers") as caught:
        load_hubert(HubertFolder(model, "m"))
    assert "pip install" in caught.value.hint and "built-in encoder" in caught.value.hint

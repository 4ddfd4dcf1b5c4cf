"""A network is made only where the tensors have the sizes that the configuration says: it may say anything."""

import numpy as np
import psutil
import pytest
import torch
from torch import nn

from emogene.emotion import ldm
from emogene.emotion.ldm import LdmConfig, load_ldm, save_ldm
from emogene.module_loading import MOST, MOST_LAYERS, load_module, require_modest
from emogene.weights import LARGEST_HEADER, load_config, load_weights, save_weights
from emogene_proto.errors import ActorError


def tensors(**changes) -> dict[str, np.ndarray]:
    return {
        "net.weight": np.ones((3, 2), np.float32),
        "net.bias": np.zeros(3, np.float32),
        "other": np.zeros(9),
        **changes,
    }


def test_a_network_gets_its_own_tensors():
    loaded = load_module(lambda: nn.Linear(2, 3), tensors(), "net.")
    assert torch.equal(loaded.weight, torch.ones(3, 2))


@pytest.mark.parametrize(
    "changes",
    [
        {"net.weight": np.ones((2, 3), np.float32)},
        {"net.weight": np.ones((3, 2), np.int32)},
        {"net.extra": np.ones(1, np.float32)},
        {"net.bias": np.zeros(0, np.float32)},
    ],
    ids=["shape", "kind of number", "unknown", "empty"],
)
def test_other_tensors_are_refused(changes):
    with pytest.raises(ValueError):
        load_module(lambda: nn.Linear(2, 3), tensors(**changes), "net.")


def test_nothing_large_is_made_for_a_configuration_that_lies(tmp_path):
    save_ldm(ldm.untrained(LdmConfig(hidden=16, embedding=4)), tmp_path / "m.safetensors")
    stored, config = load_weights(tmp_path / "m.safetensors", "ldm")
    before = psutil.Process().memory_info().rss
    for hidden in (MOST, 30_000, 10**12):
        save_weights(tmp_path / "m.safetensors", stored, "ldm", config | {"hidden": hidden})
        with pytest.raises(ActorError):
            load_ldm(tmp_path / "m.safetensors")
    assert psutil.Process().memory_info().rss - before < 50e6


@pytest.mark.parametrize(
    "config",
    [
        {"decoder_layers": MOST_LAYERS + 1},
        {"hidden": MOST + 1},
        {"dropout": float("nan")},
        {"dilations": [1] * 300},
        {"dilations": [1, 10**9]},
    ],
)
def test_numbers_that_no_network_has_are_refused(config):
    with pytest.raises(ValueError):
        require_modest(config)


@pytest.mark.parametrize("dtype", [np.float64, np.int8, np.uint16, np.bool_])
def test_a_model_has_no_other_kinds_of_numbers(tmp_path, dtype):
    save_weights(tmp_path / "m", {"a": np.zeros(3, dtype)}, "ldm", {})
    with pytest.raises(ActorError):
        load_weights(tmp_path / "m", "ldm")


def test_a_header_of_megabytes_is_not_read(tmp_path):
    save_weights(tmp_path / "m", {"a": np.zeros(3, np.float32)}, "ldm", {"words": "x" * LARGEST_HEADER})
    with pytest.raises(ActorError):
        load_config(tmp_path / "m", "ldm")

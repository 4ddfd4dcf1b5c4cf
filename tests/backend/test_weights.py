"""Model files carry their kind and configuration, and refuse to be taken for another model."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from emogene.weights import load_config, load_weights, save_weights
from emogene_proto.errors import ActorError


def test_tensors_and_config_come_back(tmp_path):
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array([3], np.int64)}
    save_weights(tmp_path / "m.safetensors", tensors, "ldm", {"hidden": 8}, half=True)
    read, config = load_weights(tmp_path / "m.safetensors", "ldm")
    assert config == {"hidden": 8}
    assert read["a"].dtype == np.float32 and np.array_equal(read["a"], tensors["a"])
    assert read["n"].dtype == np.int64


def test_half_precision_halves_the_file(tmp_path):
    tensors = {"a": np.zeros((100, 100), np.float32)}
    save_weights(tmp_path / "full", tensors, "x", {})
    save_weights(tmp_path / "half", tensors, "x", {}, half=True)
    assert (tmp_path / "half").stat().st_size < 0.6 * (tmp_path / "full").stat().st_size


def test_another_kind_is_refused(tmp_path):
    save_weights(tmp_path / "m", {"a": np.zeros(1, np.float32)}, "ldm", {})
    with pytest.raises(ActorError, match="'ldm', not 'head_field'"):
        load_weights(tmp_path / "m", "head_field")


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\xff" * 64])
def test_damaged_and_missing_files_are_refused_in_words(tmp_path, content):
    path = tmp_path / "m"
    with pytest.raises(ActorError, match="missing"):
        load_weights(path, "ldm")
    path.write_bytes(content)
    with pytest.raises(ActorError, match="damaged"):
        load_weights(path, "ldm")


def test_weights_of_another_program_are_refused_in_words(tmp_path):
    save_file({"a": np.zeros(1, np.float32)}, tmp_path / "m", metadata={"kind": "ldm"})
    with pytest.raises(ActorError, match="damaged"):
        load_weights(tmp_path / "m", "ldm")


@pytest.mark.parametrize("config", ["[]", "7", "null", "{"])
def test_a_configuration_that_is_none_is_refused_in_words(tmp_path, config):
    save_file({"a": np.zeros(1, np.float32)}, tmp_path / "m", metadata={"kind": "ldm", "config": config})
    for load in (load_weights, load_config):
        with pytest.raises(ActorError, match="damaged"):
            load(tmp_path / "m", "ldm")


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("half", [False, True])
def test_numbers_that_are_not_finite_are_refused(tmp_path, wrong, half):
    """A kernel that is handed NaN as a position reads anywhere."""
    save_weights(tmp_path / "m", {"a": np.array([0.0, wrong], np.float32)}, "ldm", {}, half=half)
    with pytest.raises(ActorError, match="damaged"):
        load_weights(tmp_path / "m", "ldm")

import pytest
import torch

from emogene.training.precision import autocast, resolved, training_device

CPU = torch.device("cpu")


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_is_asked_for_is_taken(precision):
    assert resolved(precision, CPU) == precision


def test_auto_is_something_that_the_machine_has():
    assert resolved("auto", training_device()) in ("fp32", "bf16", "fp16")
    assert resolved("auto", CPU) in ("fp32", "bf16")


def test_products_are_narrow_only_inside():
    layer, x = torch.nn.Linear(4, 4), torch.ones(1, 4)
    with autocast("bf16", CPU):
        assert layer(x).dtype == torch.bfloat16
    with autocast("fp32", CPU):
        assert layer(x).dtype == torch.float32
    assert layer.weight.dtype == torch.float32

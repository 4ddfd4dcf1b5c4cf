"""Network layers by vectors in registers."""

import numpy as np
import pytest

from emogene.render.hash_grid import BLOCK
from emogene.render.kernels.cpu_networks import layer


@pytest.mark.parametrize(("outputs", "inputs"), [(4, 1), (4, 7), (16, 32), (48, 39), (64, 64)])
def test_a_layer_is_a_product_and_a_bias(outputs, inputs):
    chance = np.random.default_rng(outputs * inputs)
    weights = chance.standard_normal((outputs, inputs)).astype(np.float32)
    bias, given = (chance.standard_normal(shape).astype(np.float32) for shape in (outputs, (inputs + 3, BLOCK)))
    made = np.full((outputs + 4, BLOCK), 7.0, np.float32)
    # Arrays with more rows than a layer has: it reads and writes none of them.
    layer(weights, bias, given, made)
    assert np.abs(made[:outputs] - (weights @ given[:inputs] + bias[:, None])).max() < 1e-4
    assert (made[outputs:] == 7.0).all()


def test_other_kinds_of_arrays_are_refused():
    wide = np.ones((4, 4))
    with pytest.raises(Exception, match="multiply_rows"):
        layer(wide, wide[0], wide, wide)

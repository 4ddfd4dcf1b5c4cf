import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emogene.motion.latent_noise import latent_noise


@given(st.integers(-2000, 200_000), st.integers(0, 700), st.integers(0, 2**31))
def test_a_latent_depends_on_its_number_and_the_seed_alone(first, count, seed):
    piece = latent_noise(seed, first, count, 3)
    assert piece.shape == (count, 3) and piece.dtype == np.float32
    around = latent_noise(seed, first - 5, count + 12, 3)
    np.testing.assert_array_equal(around[5 : 5 + count], piece)


def test_it_is_standard_normal_and_different_for_every_seed():
    noise = latent_noise(1, -300, 4000, 4)
    assert abs(noise.mean()) < 0.03 and abs(noise.std() - 1.0) < 0.03
    assert abs(np.corrcoef(noise[:, 0], latent_noise(2, -300, 4000, 4)[:, 0])[0, 1]) < 0.05

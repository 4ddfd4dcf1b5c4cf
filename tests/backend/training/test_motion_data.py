import numpy as np
import pytest

from emogene.training.heard_clips import MotionClip
from emogene.training.motion_data import MotionBatches, crop, less_sure, validation_batch


def a_clip(speeds=(1.0, 2.0), frames=100):
    motion = np.arange(frames, dtype=np.float32)[:, None].repeat(204, 1)
    features = tuple(np.arange(int(frames / s))[:, None].repeat(9, 1).astype(np.float16) for s in speeds)
    return MotionClip(features, speeds, motion, motion[:, :2] / frames, np.zeros(204, np.float32))


def test_motion_is_as_fast_as_its_sound():
    at_speed = [crop(a_clip(), variant, 10, 20) for variant in (0, 1)]
    np.testing.assert_allclose(at_speed[0].motion[:, 0], np.arange(10, 30))
    # Frame 10 is at 0.4 s; there the motion is where it else is at 0.8 s, in frame 20.
    np.testing.assert_allclose(at_speed[1].motion[:, 0], 20 + 2 * np.arange(20))
    np.testing.assert_allclose(at_speed[1].contacts[:, 0], at_speed[1].motion[:, 0] / 100, rtol=1e-6)
    assert (at_speed[1].features[:, 0] == np.arange(10, 30)).all()


def test_a_clip_is_held_at_its_ends():
    cut = crop(a_clip(), 0, -5, 120)
    assert (cut.motion[:6, 0] == 0).all() and (cut.motion[105:, 0] == 99).all()


def test_a_batch_depends_on_seed_and_step_only():
    def batch(seed, step):
        return MotionBatches([a_clip()] * 3, "hubert", seed)(step)

    assert batch(0, 5).features.equal(batch(0, 5).features)
    assert not batch(0, 5).features.equal(batch(0, 6).features)
    assert not batch(0, 5).features.equal(batch(1, 5).features)
    assert batch(0, 5).motion.shape == (16, 204, 96) and batch(0, 5).contacts.shape == (16, 2, 96)


def test_validation_is_spread_over_the_clips_and_clean():
    batch = validation_batch([a_clip() for _ in range(5)], frames=40, most=3)
    assert batch.features.shape == (3, 9, 40)
    assert (batch.features[:, 0] == batch.motion[:, 0]).all()


@pytest.fixture
def heard():
    rng = np.random.default_rng(0)
    prosody = np.array([[0.9, 0.5, 0.0]] * 10 + [[0.1, 0.0, 0.0]] * 10)
    return np.concatenate([rng.dirichlet(np.ones(4), 20), rng.dirichlet(np.ones(4), 20), prosody], 1)


def test_less_sure_features_are_still_probabilities(heard):
    changed = less_sure(heard.astype(np.float32), "built-in", np.random.default_rng(1))
    np.testing.assert_allclose(changed[:, :4].sum(1), 1.0, rtol=1e-4)
    np.testing.assert_allclose(changed[:, 4:8].sum(1), 1.0, rtol=1e-4)
    assert (changed[:, :4].argmax(1) == heard[:, :4].argmax(1)).all()


def test_a_voice_of_another_height_is_unvoiced_where_it_was(heard):
    changed = less_sure(heard.astype(np.float32), "built-in", np.random.default_rng(1))
    assert (changed[10:, 9] == 0).all()
    assert np.ptp(changed[:10, 9]) < 1e-6 and changed[0, 9] != 0.5


def test_states_of_hubert_get_noise(heard):
    changed = less_sure(heard.astype(np.float32), "hubert", np.random.default_rng(1))
    difference = np.abs(changed - heard)[:, :8]
    assert 0 < difference.mean() < 0.2

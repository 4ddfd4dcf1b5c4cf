import numpy as np
import pytest

from emogene.training import augmentation
from emogene_proto.names import SAMPLE_RATE


def tone(hz, seconds=1.0):
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE).astype(np.float32)


def power(audio, low, high):
    spectrum = np.abs(np.fft.rfft(audio)) ** 2
    hz = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
    return spectrum[(hz >= low) & (hz < high)].sum() / spectrum.sum()


@pytest.mark.parametrize("seed", range(12))
def test_a_recording_keeps_its_length_and_range(seed):
    rng = np.random.default_rng(seed)
    audio = tone(300) * np.repeat(rng.uniform(0, 1, 20), 800).astype(np.float32)
    caught = augmentation.recorded(audio, rng, babble=tone(700))
    assert caught.shape == audio.shape and caught.dtype == np.float32
    assert np.isfinite(caught).all() and np.abs(caught).max() <= 1.0 + 1e-6
    again = augmentation.recorded(audio, np.random.default_rng(seed), babble=tone(700))
    assert again.shape == caught.shape


def test_digital_silence_stays_finite():
    for seed in range(12):
        assert np.isfinite(augmentation.recorded(np.zeros(8000, np.float32), np.random.default_rng(seed))).all()


def test_twice_as_fast_is_half_as_long_and_an_octave_up():
    fast = augmentation.change_speed(tone(400), 2.0)
    assert abs(len(fast) - 8000) <= 2
    assert power(fast, 780, 820) > 0.95


def test_noise_has_the_wanted_level():
    rng = np.random.default_rng(0)
    audio = tone(300)
    added = augmentation.with_noise(audio, augmentation.noise(len(audio), rng), 20.0) - audio
    assert 10 * np.log10((audio**2).mean() / (added**2).mean()) == pytest.approx(20.0, abs=0.1)


def test_a_telephone_keeps_the_middle_band():
    rng = np.random.default_rng(0)
    mixed = tone(60) + tone(1000) + tone(6000)
    heard = augmentation.telephone(mixed, rng)
    assert power(heard, 900, 1100) > 0.85
    assert power(heard, 0, 100) < 0.02 and power(heard, 5900, 6100) < 0.02


def test_a_room_adds_a_tail_and_nothing_before():
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[4000] = 1.0
    heard = augmentation.in_room(click, np.random.default_rng(0))
    assert np.abs(heard[:4000]).max() < 1e-6
    assert np.abs(heard[4100:8000]).max() > 1e-4

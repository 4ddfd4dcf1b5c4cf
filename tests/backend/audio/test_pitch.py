import numpy as np
import pytest

from emogene.audio.pitch import pitch
from emogene_proto.names import SAMPLE_RATE


def harmonic_tone(hz, seconds=1.0):
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 6) if hz * k < 8000).astype(np.float32) * 0.2


@pytest.mark.parametrize("hz", [82.0, 110.0, 163.3, 220.0, 440.0, 739.0])
@pytest.mark.parametrize("form", ["sine", "harmonics", "no fundamental"])
def test_the_pitch_of_a_tone(hz, form):
    audio = harmonic_tone(hz)
    sine = np.sin(2 * np.pi * hz * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32) * 0.2
    if form == "sine":
        audio = sine
    elif form == "no fundamental":
        audio = audio - sine
    found, voicing = pitch(audio)
    assert found.shape == voicing.shape == (50,)
    np.testing.assert_allclose(found[3:-3], hz, rtol=0.01)
    assert voicing[3:-3].min() > 0.9


def test_noise_and_silence_are_not_voiced():
    hiss = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * 0.1
    assert (pitch(hiss)[0] > 0).mean() < 0.05
    found, voicing = pitch(np.zeros(SAMPLE_RATE, np.float32))
    assert not found.any() and not voicing.any()


def test_a_rising_tone_is_followed():
    hz = np.linspace(120, 300, 2 * SAMPLE_RATE)
    audio = np.sin(2 * np.pi * np.cumsum(hz) / SAMPLE_RATE).astype(np.float32)
    found, _ = pitch(audio)
    np.testing.assert_allclose(found[3:-3], np.linspace(120, 300, 100)[3:-3], rtol=0.03)


def test_length_and_range():
    for samples in (1, 319, 320, 321, 5000):
        found, voicing = pitch(np.ones(samples, np.float32))
        assert len(found) == len(voicing) == -(-samples // 320)

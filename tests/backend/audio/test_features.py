import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emogene.audio.features import MELS_PER_FRAME, NORMALISATION_FRAMES, frame_count, log_mel, normalised
from emogene_proto.names import SAMPLE_RATE


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20_000))
def test_every_begun_25th_of_a_second_is_a_frame(samples):
    frames = frame_count(samples)
    assert (frames - 1) * 640 < samples <= frames * 640
    assert log_mel(np.zeros(samples, np.float32)).shape == (MELS_PER_FRAME * frames, 64)


def test_a_click_shows_at_its_own_time():
    for at in (1600, 8080, 15_990):
        audio = np.zeros(SAMPLE_RATE, np.float32)
        audio[at] = 1.0
        loudest = log_mel(audio).sum(1).argmax().item()
        assert abs((loudest + 0.5) / 100 - at / SAMPLE_RATE) <= 0.005 + 1e-9


def test_a_warped_filterbank_hears_formants_lower():
    audio = np.sin(2 * np.pi * 2000 * np.arange(8000) / SAMPLE_RATE).astype(np.float32)
    plain, warped = (log_mel(audio, warp).mean(0).argmax() for warp in (1.0, 1.2))
    assert warped < plain


def test_level_and_steady_filters_drop_out():
    rng = np.random.default_rng(0)
    swell = np.repeat(rng.uniform(0.05, 1, 60), 800)
    audio = (rng.standard_normal(48_000) * swell * 0.1).astype(np.float32)
    filtered = np.convolve(audio, [1.0, -0.6])[: len(audio)].astype(np.float32)
    plain = normalised(log_mel(audio))
    assert (normalised(log_mel(audio * 0.1)) - plain).abs().max() < 0.05
    # 20 dB tilt from the lowest to the highest band stays within a tenth of that.
    assert (normalised(log_mel(filtered)) - plain).abs().mean() < 0.1


def test_a_pause_stays_far_below_speech():
    rng = np.random.default_rng(0)
    audio = rng.standard_normal(5 * SAMPLE_RATE).astype(np.float32) * 0.1
    audio[2 * SAMPLE_RATE : 4 * SAMPLE_RATE] *= 0.003
    level = normalised(log_mel(audio))[:, -1]
    assert level[220:380].max() < level[:180].min() - 2.0


def test_normalisation_sees_four_seconds_and_no_more():
    spectra = torch.randn(2000, 64, generator=torch.Generator().manual_seed(0))
    changed = spectra.clone()
    changed[1500:] += 3.0
    same = (normalised(spectra) == normalised(changed)).all(1)
    assert same[: 1500 - NORMALISATION_FRAMES].all()
    assert not same[1500 - NORMALISATION_FRAMES :].any()

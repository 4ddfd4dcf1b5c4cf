import math

import pytest
import torch

from emogene.motion.audio_stem import PITCH_BINS, AudioStem, mel, pitch_bins


def prosody(voicing, hz):
    """(1, 3, T) of lists of voicing and Hz."""
    log_pitch = [math.log2(f / 200.0) if f else 0.0 for f in hz]
    return torch.tensor([voicing, log_pitch, [0.0] * len(hz)])[None]


def test_bins_are_even_in_mel_from_50_to_1100_hz():
    bins = pitch_bins(prosody([1.0] * 5, [20.0, 50.0, 200.0, 1100.0, 3000.0]))[0].tolist()
    expected = 1 + round((mel(200.0) - mel(50.0)) / (mel(1100.0) - mel(50.0)) * (PITCH_BINS - 2))
    assert bins == [1, 1, expected, PITCH_BINS - 1, PITCH_BINS - 1]


def test_unvoiced_is_a_bin_of_its_own():
    assert pitch_bins(prosody([0.2, 0.9], [200.0, 200.0]))[0].tolist()[0] == 0
    assert pitch_bins(prosody([0.2, 0.9], [200.0, 200.0]))[0].tolist()[1] > 0


@pytest.mark.parametrize(("form", "hears"), [("embedded", True), ("none", False)])
def test_without_pitch_neither_f0_nor_voicing_is_heard(form, hears):
    torch.manual_seed(0)
    stem = AudioStem(9, 6, form).eval()
    said = torch.randn(1, 6, 4)
    low, high = (torch.cat([said, prosody([v] * 4, [hz] * 4)], 1) for v, hz in ((0.7, 100.0), (0.9, 300.0)))
    assert torch.equal(stem(low), stem(high)) == (not hears)
    louder = low.clone()
    louder[:, -1] += 0.5
    assert not torch.equal(stem(low), stem(louder))

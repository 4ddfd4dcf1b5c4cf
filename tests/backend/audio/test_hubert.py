"""HuBERT features: what transformers gives, aligned to our frames, however long the sound is and however it comes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_hubert import save_tiny_hubert

from emogene.audio import hubert as hubert_module
from emogene.audio.blocks import overlapping_blocks
from emogene.audio.encoder import PROSODY, EncoderConfig, untrained
from emogene.audio.hubert import BLOCK_FRAMES, MARGIN_FRAMES, Hubert
from emogene.audio.hubert_files import HubertFolder, load_hubert

pytest.importorskip("transformers", reason="transformers is not installed")

SIZE = 32
RATE = 16000


@pytest.fixture(scope="module", params=["base", "large"])
def folder(request, tmp_path_factory) -> HubertFolder:
    """Models like the base one normalise within their first layer, those like the large one their input."""
    place = tmp_path_factory.mktemp(request.param)
    return HubertFolder(save_tiny_hubert(place, large=request.param == "large"), request.param)


@pytest.fixture(scope="module")
def hubert(folder) -> Hubert:
    return load_hubert(folder)


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """A buzz of changing pitch in syllables, with pauses between its words."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    pitch = 150 + 40 * np.sin(1.3 * t) + 20 * np.sin(4.1 * t)
    buzz = np.tanh(8 * np.sin(2 * np.pi * np.cumsum(pitch) / RATE)) + 0.3 * rng.standard_normal(len(t))
    syllables = np.clip(np.sin(2 * np.pi * 3.7 * t) + 0.5, 0, 1) * (np.sin(2 * np.pi * 0.4 * t) > -0.7)
    return (0.2 * buzz * syllables + 1e-3 * rng.standard_normal(len(t))).astype(np.float32)


@pytest.mark.parametrize("layer", [None, 1, 2])
def test_content_is_what_transformers_gives_averaged_in_pairs(folder, layer):
    from transformers import HubertModel, Wav2Vec2FeatureExtractor

    audio = voice(2.0)[:-100]
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(folder.folder)
    model = HubertModel.from_pretrained(folder.folder).eval()
    heard = torch.from_numpy(extractor(audio, sampling_rate=RATE).input_values[0])
    with torch.inference_mode():
        told = model(torch.nn.functional.pad(heard, (40, 40 + 100))[None], output_hidden_states=True)
    states = told.last_hidden_state if layer is None else told.hidden_states[layer]
    assert states.shape == (1, 100, SIZE)
    features = load_hubert(folder, layer).encode(audio)
    assert np.allclose(features[:, :SIZE], states[0].reshape(50, 2, SIZE).mean(1).numpy(), atol=1e-5)


@pytest.mark.parametrize("samples", [0, 1, 320, 639, 640, 641, 20 * RATE, 20 * RATE + 1])
def test_every_begun_frame_has_features(hubert, samples):
    features = hubert.encode(voice(21.0)[:samples])
    assert features.shape == (-(-samples // 640), SIZE + PROSODY) and features.dtype == np.float32
    assert np.isfinite(features).all()


@pytest.mark.parametrize("frame", [3, 24, 25])
def test_a_click_is_heard_in_its_frame(hubert, frame):
    silence = 1e-3 * np.random.default_rng(0).standard_normal(50 * 640).astype(np.float32)
    click = silence.copy()
    click[frame * 640 + 300 : frame * 640 + 340] += 0.1 * np.float32((-1.0) ** np.arange(40))
    change = np.abs(hubert.encode(click) - hubert.encode(silence))[:, :SIZE].sum(1)
    assert change.argmax() == frame


@given(length=st.integers(0, 60 * RATE), cuts=st.lists(st.integers(0, 60 * RATE), max_size=6))
@settings(max_examples=25, deadline=None)
def test_windows_lie_on_one_grid_however_the_sound_comes(length, cuts):
    sound = np.arange(length, dtype=np.float32)  # every sample tells where it is
    pieces = np.split(sound, sorted(cut for cut in cuts if cut <= length))
    found = list(overlapping_blocks(pieces, BLOCK_FRAMES, MARGIN_FRAMES))
    assert sum(window.frames for window in found) == -(-length // 640)
    for number, window in enumerate(found):
        first = number * BLOCK_FRAMES
        begin, end = max(0, first - MARGIN_FRAMES), first + BLOCK_FRAMES + MARGIN_FRAMES
        assert window.inside.start == first - begin
        assert np.array_equal(window.audio, sound[begin * 640 : end * 640])


def test_streaming_is_exact_and_a_block_hears_its_own_window_only(hubert):
    audio = voice(27.0)
    features = hubert.encode(audio)
    pieces = np.split(audio, [5, 16005, 300000])
    assert np.array_equal(np.concatenate(list(hubert.stream(pieces))), features)
    # The first block hears 25 s; what comes later does not change it.
    assert np.array_equal(hubert.encode(audio[: 25 * RATE])[: 20 * 25], features[: 20 * 25])


def test_blocks_are_near_to_hearing_everything_at_once(hubert, monkeypatch):
    """Against one pass over 42 s, and over a piece cut out of it: half of the frames differ by less than 0.1 of a
    column's deviation, nine of ten by less than 0.4. The prosody is the same."""
    audio = voice(42.0)
    blocks, piece = hubert.encode(audio), hubert.encode(audio[8 * RATE : 30 * RATE])
    monkeypatch.setattr("emogene.audio.hubert.BLOCK_FRAMES", len(blocks))
    whole = hubert.encode(audio)
    deviation = np.sqrt((whole[:, :SIZE].std(0) ** 2).mean())
    for heard, at_once in ((blocks, whole), (piece[125:-125], whole[13 * 25 : 25 * 25])):
        difference = heard - at_once
        of_frames = np.sqrt((difference[:, :SIZE] ** 2).mean(1)) / deviation
        assert np.median(of_frames) < 0.1 and np.percentile(of_frames, 90) < 0.4
        assert np.abs(difference[:, SIZE:]).max() < 1e-4


def test_prosody_is_that_of_the_built_in_encoder(hubert):
    audio = voice(22.0)
    own = untrained(EncoderConfig(("a", "b"), width=8, dilations=(1,))).encode(audio)
    assert np.abs(hubert.encode(audio)[:, -PROSODY:] - own[:, -PROSODY:]).max() < 1e-4


def test_prosody_is_summed_in_one_order_and_threads_are_left_alone(hubert, monkeypatch):
    used = []
    log_mel = hubert_module.log_mel
    monkeypatch.setattr(hubert_module, "log_mel", lambda audio: used.append(torch.get_num_threads()) or log_mel(audio))
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        hubert.encode(voice(1.0))
        assert used == [1] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)

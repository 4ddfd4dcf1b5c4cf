import numpy as np
import pytest
import torch

from emogene.audio import encoder as encoder_module
from emogene.audio.blocks import BLOCK_FRAMES, MARGIN_FRAMES, overlapping_blocks
from emogene.audio.encoder import EncoderConfig, load_speech_encoder, save_speech_encoder, untrained
from emogene.audio.features import frame_count
from emogene_proto.errors import ActorError
from emogene_proto.names import SAMPLE_RATE

PHONES = ("a", "b", "sil")


@pytest.fixture
def encoder():
    return untrained(EncoderConfig(PHONES, width=16, dilations=(1, 2)))


@pytest.fixture
def audio():
    rng = np.random.default_rng(0)
    return (rng.standard_normal(50_000) * np.repeat(rng.uniform(0, 0.3, 50), 1000)).astype(np.float32)


def test_one_row_of_features_a_frame(encoder):
    for samples in (1, 640, 641, 16_000, 33_333):
        features = encoder.encode(np.full(samples, 0.1, np.float32))
        assert features.shape == (frame_count(samples), encoder.feature_count) == (frame_count(samples), 9)
        assert features.dtype == np.float32 and np.isfinite(features).all()


def test_no_sound_no_frames(encoder):
    assert encoder.encode(np.zeros(0, np.float32)).shape == (0, 9)


def test_the_first_columns_are_probabilities_of_two_halves(encoder, audio):
    features, posteriors = encoder.encode(audio), encoder.posteriors(audio)
    np.testing.assert_array_equal(features[:, :3], posteriors[::2])
    np.testing.assert_array_equal(features[:, 3:6], posteriors[1::2])
    np.testing.assert_allclose(posteriors.sum(1), 1.0, rtol=1e-5)


def test_saved_and_loaded_it_hears_the_same(encoder, audio, tmp_path):
    save_speech_encoder(encoder, tmp_path / "e.safetensors")
    loaded = load_speech_encoder(tmp_path / "e.safetensors")
    assert loaded.phones == PHONES
    np.testing.assert_allclose(loaded.encode(audio), encoder.encode(audio), atol=2e-3)
    save_speech_encoder(loaded, tmp_path / "again.safetensors")
    assert np.array_equal(load_speech_encoder(tmp_path / "again.safetensors").encode(audio), loaded.encode(audio))


def test_the_same_bytes_twice_on_any_number_of_threads(encoder, audio):
    once = encoder.encode(audio).tobytes()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert encoder.encode(audio).tobytes() == once
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def long_audio():
    rng = np.random.default_rng(1)
    return (rng.standard_normal(140 * SAMPLE_RATE) * np.repeat(rng.uniform(0, 0.3, 1400), 1600)).astype(np.float32)


def test_in_blocks_as_in_one(encoder, long_audio, monkeypatch):
    audio = long_audio[: 40 * SAMPLE_RATE]
    whole = encoder.encode(audio)
    monkeypatch.setattr(encoder_module, "overlapping_blocks", lambda pieces: overlapping_blocks(pieces, 250))
    np.testing.assert_allclose(encoder.encode(audio), whole, atol=1e-4)


@pytest.mark.parametrize("samples", [0, 1, 65 * SAMPLE_RATE, 65 * SAMPLE_RATE + 1, 140 * SAMPLE_RATE - 77])
def test_a_stream_gives_the_same_bytes_however_it_is_cut(encoder, long_audio, samples):
    audio = long_audio[:samples]
    cuts = np.sort(np.random.default_rng(samples).integers(0, samples + 1, 9))
    blocks = list(encoder.stream(np.split(audio, cuts)))
    streamed = np.concatenate([np.zeros((0, encoder.feature_count), np.float32), *blocks])
    assert streamed.tobytes() == encoder.encode(audio).tobytes()


def test_a_stream_takes_no_more_sound_than_the_next_block_needs(encoder, long_audio):
    taken = 0

    def pieces():
        nonlocal taken
        for piece in np.split(long_audio, 140):
            taken += 1
            yield piece

    stream = encoder.stream(pieces())
    assert len(next(stream)) == BLOCK_FRAMES and taken <= (BLOCK_FRAMES + MARGIN_FRAMES) // 25 + 1


def test_a_piece_is_heard_as_within_the_whole(encoder, long_audio):
    whole = encoder.encode(long_audio)
    piece = encoder.encode(long_audio[20 * SAMPLE_RATE : 100 * SAMPLE_RATE])
    np.testing.assert_allclose(piece[125:-125], whole[20 * 25 + 125 : 100 * 25 - 125], atol=1e-4)


def test_another_kind_of_model_is_refused(tmp_path):
    from emogene.weights import save_weights

    save_weights(tmp_path / "x.safetensors", {"a": np.zeros(3, np.float32)}, "ldm", {})
    with pytest.raises(ActorError, match="not 'speech_encoder'"):
        load_speech_encoder(tmp_path / "x.safetensors")

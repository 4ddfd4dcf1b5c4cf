"""What a motion model asks for: written, read, and asked for by a person."""

import json
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emogene.actors.pack import BUNDLED
from emogene.audio.encoder import EncoderConfig, SpeechEncoder, save_speech_encoder, untrained
from emogene.audio.feature_choice import features_for, features_from_option
from emogene.audio.speech_features import FeaturesNeeded, needed_by, needed_from
from emogene_proto.errors import ActorError

ENCODER = untrained(EncoderConfig(("a", "b"), width=8, dilations=(1,)))


@given(needed=st.from_type(FeaturesNeeded))
def test_what_is_written_is_read(needed):
    assert needed_from(json.loads(json.dumps({"features": msgspec.to_builtins(needed)}))) == needed


def test_files_that_say_nothing_want_the_built_in_encoder():
    assert needed_from({"feature_count": 83}) == FeaturesNeeded("built-in", size=83)


@pytest.mark.parametrize("stored", [{"kind": "whisper"}, {}, "hubert", {"kind": "hubert", "size": "many"}, None])
def test_unknown_wishes_are_refused(stored):
    with pytest.raises(ActorError, match="unknown"):
        needed_from({"features": stored})


def test_the_bundled_actor_asks_for_what_it_brings():
    needed = needed_by(BUNDLED / "audio2motion.safetensors")
    assert features_for(needed, BUNDLED / "speech_encoder.safetensors").needed.fits(needed)


def test_the_built_in_encoder_is_loaded_and_checked(tmp_path):
    path = tmp_path / "speech_encoder.safetensors"
    save_speech_encoder(ENCODER, path)
    assert features_from_option("built-in", path).needed == ENCODER.needed
    with pytest.raises(ActorError, match="wants 8 speech features, but its encoder gives 7"):
        features_for(FeaturesNeeded("built-in", size=8), path)
    with pytest.raises(ActorError, match="missing"):
        features_for(ENCODER.needed, tmp_path / "nowhere")


def test_the_encoder_is_known_by_its_weights_before_and_after_saving(tmp_path):
    path = tmp_path / "speech_encoder.safetensors"
    save_speech_encoder(ENCODER, path)
    loaded = features_from_option("built-in", path)
    # What is loaded is in half precision; saved once more it is the same still.
    assert isinstance(loaded, SpeechEncoder) and loaded.needed.weights == ENCODER.needed.weights != ""
    save_speech_encoder(loaded, path)
    assert features_from_option("built-in", path).needed == ENCODER.needed


def test_another_encoder_of_the_same_size_is_refused(tmp_path):
    path = tmp_path / "speech_encoder.safetensors"
    other = untrained(ENCODER.network.config, seed=1)
    save_speech_encoder(other, path)
    with pytest.raises(ActorError, match="another speech encoder"):
        features_for(ENCODER.needed, path)
    assert features_for(other.needed, path).needed == other.needed
    # Files of older versions do not say which encoder it was.
    assert features_for(FeaturesNeeded("built-in", size=7), path).needed == other.needed


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (FeaturesNeeded("built-in", "", 7, None, "x"), FeaturesNeeded("built-in", "", 7), True),
        (FeaturesNeeded("built-in", "", 7, None, "x"), FeaturesNeeded("built-in", "", 7, None, "y"), False),
        (FeaturesNeeded("hubert", "owner/it", 7, 9, "x"), FeaturesNeeded("hubert", "a-folder", 7, 9, "x"), True),
        (FeaturesNeeded("hubert", "owner/it", 7, 9, "x"), FeaturesNeeded("hubert", "owner/it", 7, 8, "x"), False),
        (FeaturesNeeded("hubert", "owner/it", 7), FeaturesNeeded("hubert", "owner/other", 7), False),
    ],
)
def test_features_fit_by_weights_where_both_are_known(a, b, same):
    assert a.fits(b) is b.fits(a) is same


@pytest.mark.parametrize("text", ["built-in", "hubert", "hubert:", "hubert:#3", "whisper:base", ""])
def test_options_that_name_no_features_are_refused(text):
    with pytest.raises(ActorError) as caught:
        features_from_option(text, None)
    assert caught.value.hint


def test_transformers_is_not_imported_where_hubert_is_not_used():
    code = "import sys, emogene.cli, emogene.pipeline, emogene.actors.pack; print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""An actor that hears through HuBERT: built, packed, planned with; and told in a sentence what it lacks."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_hubert import save_tiny_hubert
from typer.testing import CliRunner

from emogene import cli_actor, pipeline
from emogene.actors.archive import SPEECH_ENCODER, write_archive
from emogene.actors.build import write_actor
from emogene.actors.pack import Actor, load_actor
from emogene.audio.feature_choice import features_from_option
from emogene.audio.hubert_files import FOLDER_VARIABLE
from emogene.motion import audio2motion
from emogene.motion.audio2motion import Audio2Motion, save_audio2motion
from emogene.motion.vae import VaeConfig
from emogene_proto.errors import ActorError
from emogene_proto.shot import AudioRef, Shot

pytest.importorskip("transformers", reason="transformers is not installed")

VOICE = 0.1 * np.random.default_rng(0).standard_normal(32100).astype(np.float32)


@pytest.fixture(scope="module")
def hubert(tmp_path_factory) -> Path:
    return save_tiny_hubert(tmp_path_factory.mktemp("hubert-tiny"))


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def actor(tiny_actor, hubert, tmp_path) -> Actor:
    """The tiny actor with a motion model on HuBERT features, without an encoder of its own."""
    models = Path(shutil.copytree(tiny_actor, tmp_path / "models"))
    (models / SPEECH_ENCODER).unlink()
    needed = features_from_option(f"hubert:{hubert}", None).needed
    random = audio2motion.untrained(VaeConfig(needed.size, 8, 8, encoder_layers=1, decoder_layers=2))
    model = Audio2Motion(random.decoder, random.mean, random.deviation, needed)
    save_audio2motion(model, models / "audio2motion.safetensors")
    return write_actor(tmp_path / "pack", load_actor(tiny_actor).manifest, models)


def shot() -> Shot:
    return Shot(audio=AudioRef(), seed=3)


def test_a_voice_moves_the_face(actor, hubert, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(hubert))
    planned = pipeline.plan(shot(), VOICE, actor)
    assert planned.landmarks.shape == (49, 68, 3)  # 2.006 s at 24 fps
    assert np.isfinite(planned.landmarks).all() and np.ptp(planned.landmarks, axis=0).max() > 0
    other = pipeline.plan(shot(), VOICE[::-1].copy(), actor)
    assert not np.array_equal(other.landmarks, planned.landmarks)


def test_without_the_model_it_says_how_to_get_it(actor):
    with pytest.raises(ActorError, match="not on this computer") as caught:
        pipeline.plan(shot(), VOICE, actor)
    assert FOLDER_VARIABLE in caught.value.hint and "built-in encoder" in caught.value.hint


def test_the_pack_has_no_encoder_and_survives_packing(actor, tmp_path):
    assert not (actor.folder / SPEECH_ENCODER).exists()
    write_archive(actor.folder, tmp_path / "tiny.actor")
    unpacked = load_actor(tmp_path / "tiny.actor")
    assert unpacked.fingerprint == actor.fingerprint
    assert unpacked.features_needed == actor.features_needed == actor.audio2motion.features


def test_an_encoder_that_nobody_hears_through_is_left_behind(actor, tiny_actor, tmp_path):
    fingerprint = actor.fingerprint
    shutil.copy(tiny_actor / SPEECH_ENCODER, actor.folder)
    again = load_actor(actor.folder)
    assert again.fingerprint == fingerprint
    assert not (write_actor(tmp_path / "again", again.manifest, again.folder).folder / SPEECH_ENCODER).exists()


def test_an_archive_needs_the_encoder_that_its_motion_model_hears_through(tiny_actor, actor, tmp_path):
    shutil.copy(tiny_actor / "audio2motion.safetensors", actor.folder)
    with pytest.raises(ActorError, match=SPEECH_ENCODER):
        write_archive(actor.folder, tmp_path / "tiny.actor")
    with pytest.raises(ActorError, match=SPEECH_ENCODER):
        load_actor(actor.folder)


def test_checking_the_pack_says_what_it_hears_through(actor):
    told = CliRunner().invoke(cli_actor.app, ["check", str(actor.folder)])
    assert told.exit_code == 0 and "HuBERT" in told.output and actor.features_needed.name in told.output

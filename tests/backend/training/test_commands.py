import json

import pytest
from safetensors import safe_open
from typer.testing import CliRunner

from emogene.audio.encoder import EncoderConfig, save_speech_encoder, untrained
from emogene.training.commands import train_app


def test_ldm_from_the_command_line(landmark_corpus, tmp_path):
    arguments = ["ldm", "--corpus", str(landmark_corpus), "--out", str(tmp_path), "--steps", "2", "--threads", "1"]
    done = CliRunner().invoke(train_app, arguments)
    assert done.exit_code == 0, done.output
    assert "ldm.safetensors" in done.output.replace("\n", "")
    assert (tmp_path / "ldm.safetensors").is_file()


def test_every_model_has_its_command():
    shown = CliRunner().invoke(train_app, ["--help"]).output
    for name in ("speech-encoder", "syncnet", "audio2motion", "ldm", "head"):
        assert name in shown


@pytest.fixture
def common(landmark_corpus, tmp_path):
    """Arguments of a short training on the features of a random encoder."""
    encoder = tmp_path / "e.safetensors"
    save_speech_encoder(untrained(EncoderConfig(("a", "b", "sil"), 16, (1, 2))), encoder)
    common = ["--corpus", landmark_corpus, "--encoder", encoder, "--heard", tmp_path / "heard"]
    return [str(x) for x in (*common, "--steps", 1, "--threads", 1, "--quiet")]


def run(*arguments):
    return CliRunner().invoke(train_app, [str(a) for a in arguments])


def config_of(path):
    with safe_open(path, framework="numpy") as file:
        return json.loads(file.metadata()["config"])


def test_syncnet_and_then_the_vae_from_the_command_line(common, tmp_path):
    done = run("syncnet", *common, "--out", tmp_path / "s", "--window", 7)
    assert done.exit_code == 0, done.output
    assert config_of(tmp_path / "s/syncnet.safetensors")["window"] == 7
    # One step teaches nothing, which the VAE's training may refuse: only a file that is named wrongly is missing.
    done = run("audio2motion", *common, "--out", tmp_path / "m", "--syncnet", tmp_path / "no.safetensors")
    assert "no.safetensors is missing" in str(done.exception)
    done = run("audio2motion", *common, "--out", tmp_path / "m")
    assert "needs a SyncNet" in str(done.exception)


def test_ablations_are_options(common, tmp_path):
    def trained(name, *options):
        done = run("audio2motion", *common, "--no-sync", "--out", tmp_path / name, *options)
        assert done.exit_code == 0, done.output
        losses = json.loads((tmp_path / name / "losses.jsonl").read_text().splitlines()[-1])
        return config_of(tmp_path / name / "audio2motion.safetensors"), losses

    whole, losses = trained("whole")
    assert (whole["pitch"], whole["prior"], whole["contacts"]) == ("embedded", "flow", True)
    assert "velocity" in losses and "sync" not in losses
    bare, losses = trained("bare", "--no-pitch", "--no-velocity", "--plain-prior")
    assert (bare["pitch"], bare["prior"]) == ("none", "normal")
    assert "velocity" not in losses


@pytest.mark.parametrize("command", ["syncnet", "audio2motion", "ldm", "head", "speech-encoder"])
def test_a_seed_below_zero_is_told(command, tmp_path):
    done = run(command, "--corpus", tmp_path, "--out", tmp_path, "--seed", -1)
    assert done.exit_code == 2 and "--seed" in done.output

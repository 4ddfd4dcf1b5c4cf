from typer.testing import CliRunner

from emogene.training.commands import train_app


def test_ldm_from_the_command_line(landmark_corpus, tmp_path):
    arguments = ["ldm", "--corpus", str(landmark_corpus), "--out", str(tmp_path), "--steps", "2", "--threads", "1"]
    done = CliRunner().invoke(train_app, arguments)
    assert done.exit_code == 0, done.output
    assert "ldm.safetensors" in done.output.replace("\n", "")
    assert (tmp_path / "ldm.safetensors").is_file()


def test_every_model_has_its_command():
    shown = CliRunner().invoke(train_app, ["--help"]).output
    for name in ("speech-encoder", "audio2motion", "ldm", "head"):
        assert name in shown

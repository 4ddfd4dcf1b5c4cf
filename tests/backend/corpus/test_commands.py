"""The commands under `emogene corpus`."""

import pytest

from emogene.cli import run
from emogene.corpus import speech
from emogene.corpus.landmark_corpus import read_index


def test_landmarks_are_made_from_the_command_line(face_model_path, speech_programs, tmp_path, capsys):
    out = tmp_path / "landmarks"
    arguments = ["corpus", "landmarks", "--face-model", str(face_model_path), "--out", str(out), "--clips", "1"]
    assert run([*arguments, "--workers", "1", "--quiet"]) == 0
    assert len(read_index(out).clips) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "command", [["speech"], ["landmarks", "--face-model", "none.npz"], ["pictures", "--face-model", "none.npz"]]
)
def test_missing_speech_programs_are_told(command, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(speech.shutil, "which", lambda name: None)
    assert run(["corpus", *command, "--out", str(tmp_path / "corpus")]) == 2
    told = capsys.readouterr().err
    assert "'flite' is missing" in told
    assert "apt install flite espeak-ng" in told


def test_a_wrong_checkout_is_told(tmp_path, capsys):
    assert run(["corpus", "pack", str(tmp_path), "--out", str(tmp_path / "model.npz")]) == 2
    assert "no checkout of ICT-FaceKit" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["landmarks", "pictures"])
def test_a_missing_face_model_is_told(command, speech_programs, tmp_path, capsys):
    arguments = ["corpus", command, "--face-model", str(tmp_path / "none.npz"), "--out", str(tmp_path / "corpus")]
    assert run(arguments) == 2
    told = capsys.readouterr().err
    assert "no face model" in told
    assert "emogene corpus pack" in told
    assert not (tmp_path / "corpus").exists()


def test_a_folder_of_another_corpus_is_left_alone(speech_programs, tmp_path, capsys):
    index = tmp_path / "index.json"
    index.write_text('{"photos": []}')
    assert run(["corpus", "speech", "--out", str(tmp_path), "--minutes", "0.1"]) == 2
    assert "something else" in capsys.readouterr().err
    assert index.read_text() == '{"photos": []}'
    assert list(tmp_path.iterdir()) == [index]


def test_a_video_that_is_not_there_is_told(tmp_path, capsys):
    assert run(["corpus", "video", str(tmp_path / "none.mp4"), "--out", str(tmp_path / "corpus")]) == 2
    assert "There is no file" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["4", "8-4", "a-b", "4-inf"])
def test_clip_lengths_that_are_none_are_told(seconds, tmp_path, capsys):
    arguments = ["corpus", "video", "a.mp4", "--out", str(tmp_path / "corpus"), "--clip-seconds", seconds]
    assert run(arguments) == 2
    assert "--clip-seconds" in capsys.readouterr().err

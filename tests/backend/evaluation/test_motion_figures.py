"""`emogene evaluate motion` on a tiny actor, a tiny corpus and short recordings."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile

from emogene import cli, pipeline
from emogene.actors.pack import Actor, load_actor
from emogene.corpus.landmark_corpus import ClipEntry, LandmarkIndex
from emogene.corpus.phones import BILABIALS, PhoneSpan
from emogene.evaluation import recordings, speed, sync, synthetic_motion
from emogene.evaluation.lips_plot import write_lips_plot
from emogene.evaluation.material import Material, SpokenClip, SpokenRecording
from emogene.evaluation.motion import FIGURES, GROUPS, evaluate
from emogene.evaluation.performers import spoken, with_face
from emogene.evaluation.recordings import HumanSpeech, Recording, joined, read_human_speech
from emogene.motion.syncnet import SyncConfig, SyncNet, SyncNetwork, save_syncnet
from emogene_proto.errors import ActorError, CorpusError
from emogene_proto.names import MODEL_FPS, SAMPLE_RATE
from emogene_proto.shot import AudioRef, Shot

SECONDS = 6.0
FRAMES = round(SECONDS * MODEL_FPS)
PHONES = (("sil", 0.0, 0.6), ("m", 0.6, 0.8), ("aa", 0.8, 4.0), ("sil", 4.0, 5.0), ("f", 5.0, 6.0))


def noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * SAMPLE_RATE)).astype(np.float32)


def write_clip(folder: Path, number: int, split: str, speaker: str, rest: np.ndarray) -> ClipEntry:
    """A mouth that swings with its voice's number."""
    neutral = np.tile(rest, (FRAMES, 1, 1))
    neutral[:, 55:60, 1] -= 0.004 * (1 + np.sin(np.arange(FRAMES) / 3 + number))[:, None]
    neutral[:, 65:68, 1] -= 0.004 * (1 + np.sin(np.arange(FRAMES) / 3 + number))[:, None]
    name = f"clips/{number}.npz"
    np.savez(
        folder / name,
        audio=np.round(noise(SECONDS, number) * 32767).astype(np.int16),
        phone_symbols=np.array([symbol for symbol, _, _ in PHONES]),
        phone_spans=np.array([span for _, *span in PHONES]),
        rest=rest,
        neutral=neutral,
        emotional=neutral,
        weights=np.tile(np.eye(8, dtype=np.float32)[0], (FRAMES, 1)),
        blink=np.zeros(FRAMES, np.float32),
        gaze=np.zeros((FRAMES, 2), np.float32),
        poses=np.tile(np.eye(4, dtype=np.float32), (FRAMES, 1, 1)),
    )
    return ClipEntry(name, number, speaker, speaker, split, ("neutral",), SECONDS, "")


def write_corpus(folder: Path, actor: Actor, test_speaker: str = "guest") -> Path:
    (folder / "clips").mkdir(parents=True)
    people = [("train", "host"), ("train", "host"), ("test", test_speaker)]
    clips = tuple(
        write_clip(folder, number, split, speaker, actor.rest * (1 + 0.05 * number))
        for number, (split, speaker) in enumerate(people)
    )
    (folder / "index.json").write_bytes(msgspec.json.encode(LandmarkIndex(MODEL_FPS, 0, ("jawOpen",), clips)))
    return folder


@pytest.fixture(scope="module")
def actor(tiny_actor) -> Actor:
    return load_actor(tiny_actor)


@pytest.fixture(scope="module")
def corpus(actor, tmp_path_factory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "landmarks", actor)


@pytest.fixture(scope="module")
def speech(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("speech")
    soundfile.write(folder / "noise.flac", noise(3.0, 7), SAMPLE_RATE)
    (folder / "transcripts.txt").write_text("noise: hello\n")
    return folder


@pytest.fixture(scope="module")
def syncnet(actor, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sync") / "syncnet.safetensors"
    network = SyncNetwork(SyncConfig(actor.features_needed.size, width=8, vector=8))
    save_syncnet(SyncNet(network, np.zeros(60, np.float32), np.ones(60, np.float32), actor.features_needed), path)
    return path


@pytest.fixture
def material(actor, corpus, speech, syncnet) -> Material:
    return Material(actor, corpus, speech, syncnet)


def test_an_actor_speaks_as_its_plan_does(actor):
    audio = noise(1.0, 0)
    planned = pipeline.plan(Shot(audio=AudioRef(), fps=25.0), audio, actor).landmarks
    np.testing.assert_array_equal(spoken(actor, audio), planned)


def test_another_face_moves_by_the_same_models(actor):
    spoken(actor, noise(0.5, 0))
    larger = with_face(actor, actor.rest * 1.1)
    assert larger.audio2motion is actor.audio2motion
    np.testing.assert_array_equal(larger.rest, actor.rest * 1.1)
    np.testing.assert_array_equal(load_actor(actor.folder).rest, actor.rest)
    # Still eyes and nose show whose face it is.
    assert np.abs(spoken(larger, noise(0.5, 0))[:, 27:31] - larger.rest[27:31]).max() < 0.01


def test_true_motion_has_no_error_and_the_mean_mouth_its_own(material):
    true = tuple(SpokenClip(clip, clip.neutral) for clip in material.clips())
    vars(material)["spoken_clips"] = true
    assert synthetic_motion.mouth_errors(material) == {"mouth_error_mm": 0.0, "mouth_error_to_mean": 0.0}
    vars(material)["spoken_clips"] = tuple(
        SpokenClip(one.clip, np.tile(one.clip.rest + material.mean_way, (FRAMES, 1, 1))) for one in true
    )
    assert synthetic_motion.mouth_errors(material)["mouth_error_to_mean"] == pytest.approx(1.0)
    values = synthetic_motion.contacts_and_pauses(material)
    assert values["mouth_activity"] == pytest.approx(0.0, abs=1e-3)
    assert values["synthetic_pause_motion_truth"] == pytest.approx(100.0, rel=0.1)  # it swings all the time


def test_a_corpus_whose_test_voices_are_trained_on_is_refused(actor, speech, syncnet, tmp_path):
    material = Material(actor, write_corpus(tmp_path / "landmarks", actor, test_speaker="host"), speech, syncnet)
    with pytest.raises(CorpusError, match="voices or faces of its training"):
        evaluate(material, ["mouth_error_mm"])


def test_every_figure_is_measured_by_one_group():
    assert sorted(name for group in GROUPS for name in group.names) == sorted(FIGURES)


def test_unknown_figures_and_missing_inputs_are_told(material, actor, corpus, speech, syncnet, tmp_path):
    with pytest.raises(CorpusError, match="no figure 'beauty'"):
        evaluate(material, ["beauty"])
    with pytest.raises(CorpusError, match="no landmarks corpus"):
        evaluate(Material(actor, tmp_path, speech, syncnet), ["mouth_error_mm"])
    with pytest.raises(CorpusError, match=r"no transcripts\.txt"):
        evaluate(Material(actor, corpus, tmp_path, syncnet), ["mouth_error_mm"])
    with pytest.raises(ActorError, match="no SyncNet"):
        evaluate(Material(actor, corpus, speech, tmp_path / "none.safetensors"), ["sync_accuracy"])


def test_a_syncnet_for_other_features_is_told(material, actor, tmp_path):
    path = tmp_path / "other.safetensors"
    other = SyncNet(SyncNetwork(SyncConfig(5, width=8, vector=8)), np.zeros(60, np.float32), np.ones(60, np.float32))
    save_syncnet(other, path)
    with pytest.raises(ActorError, match="other features"):
        sync.true_motion(Material(actor, material.corpus, material.speech, path))


def test_every_window_of_sound_has_room_for_every_delay():
    assert list(sync.windows(104)) == []
    assert list(sync.windows(105)) == [0]
    assert list(sync.windows(180)) == [0, 75]


def test_the_same_inputs_give_the_same_figures(actor, corpus, speech, syncnet):
    names = ["mouth_error_mm", "mouth_activity", "sync_accuracy"]
    first, second = (evaluate(Material(actor, corpus, speech, syncnet), names) for _ in range(2))
    assert first.figures == second.figures
    assert [figure.name for figure in first.figures] == sorted(names, key=list(FIGURES).index)
    assert "guest" in first.inputs[0].speech


def test_a_fresh_process_tells_time_and_memory(material):
    planned = speed.plan_apart(material, 3.0, 2)
    assert len(planned.seconds) == 2
    assert min(planned.seconds) > 0.0
    if sys.platform != "win32":
        assert planned.peak_bytes is not None
        assert 50e6 < planned.peak_bytes < 5e9


def test_recordings_are_joined_until_the_time_is_full(material):
    pieces = list(joined(material.speech_files, 7.5))
    assert [len(piece) / SAMPLE_RATE for piece in pieces] == [3.0, 3.0, 1.5]


def test_fast_recordings_keep_their_phones_in_place():
    fast = Recording("a", noise(2.6, 0), (PhoneSpan("m", 1.3, 2.6),)).played_faster(1.3)
    assert fast.seconds == pytest.approx(2.0, abs=0.01)
    assert (fast.phones[0].start, fast.phones[0].end) == pytest.approx((1.0, 2.0))


def test_spoken_words_are_aligned_once(tmp_path, monkeypatch):
    pytest.importorskip("pocketsphinx", reason="PocketSphinx is not installed")
    if shutil.which("flite") is None:
        pytest.skip("the speech program flite is not installed")
    from emogene.corpus.speech import Voice, speak

    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))
    told = speak("Please press the pound key.", Voice("flite", "slt"))
    soundfile.write(tmp_path / "pound.flac", told.audio, SAMPLE_RATE)
    soundfile.write(tmp_path / "birds.flac", noise(0.5, 1), SAMPLE_RATE)
    lines = ["pound: Please press the pound key.", "birds: [birds]", "gone: Hello."]
    (tmp_path / "transcripts.txt").write_text("\n".join(lines))
    human = read_human_speech(tmp_path)
    assert [recording.name for recording in human.aligned] == ["pound"]
    assert [recording.name for recording in human.wordless] == ["birds"]
    assert human.left_out == ("gone has a transcript and no sound file",)
    found = [p for p in human.aligned[0].phones if p.symbol in BILABIALS]
    true = [p for p in told.phones if p.symbol in BILABIALS]
    assert [p.symbol for p in found] == [p.symbol for p in true] == ["p", "p", "p"]
    assert all(abs(a.start - b.start) < 0.1 for a, b in zip(found, true, strict=True))
    assert len(list((tmp_path / "cache" / "alignments").iterdir())) == 1
    assert read_human_speech(tmp_path).aligned[0].phones == human.aligned[0].phones


def test_lips_are_drawn_with_their_phones(actor, tmp_path):
    recording = Recording("hum", noise(2.0, 0), (PhoneSpan("m", 0.5, 0.7), PhoneSpan("f", 0.8, 0.9)))
    write_lips_plot(tmp_path / "lips.png", SpokenRecording(recording, spoken(actor, recording.audio)))
    assert (tmp_path / "lips.png").stat().st_size > 5000


def test_the_program_writes_table_and_file(actor, corpus, speech, syncnet, tmp_path):
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "emogene", "evaluate", "motion", "--corpus", corpus, "--speech", speech]
    command += ["--actor", actor.folder, "--syncnet", syncnet, "--json", out]
    command += ["--only", "mouth_error_mm", "--only", "synthetic_closure"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "mouth_error_mm" in done.stdout
    assert "no voice and no face of them" in done.stdout
    written = json.loads(out.read_bytes())
    assert [figure["name"] for figure in written["figures"]] == ["mouth_error_mm", "synthetic_closure"]
    assert written["figures"][0]["reach"] == 1.2


def test_a_missing_corpus_is_told_on_the_command_line(speech, tmp_path, capsys):
    arguments = ["evaluate", "motion", "--corpus", str(tmp_path / "none"), "--speech", str(speech)]
    assert cli.run(arguments) == 2
    assert "emogene corpus landmarks" in capsys.readouterr().err


def test_a_syncnet_of_another_encoder_of_the_same_size_is_told(actor, material, tmp_path):
    path = tmp_path / "other.safetensors"
    network = SyncNetwork(SyncConfig(actor.features_needed.size, width=8, vector=8))
    of_another = msgspec.structs.replace(actor.speech_features.needed, weights="0123456789abcdef")
    save_syncnet(SyncNet(network, np.zeros(60, np.float32), np.ones(60, np.float32), of_another), path)
    with pytest.raises(ActorError, match="other features"):
        sync.true_motion(Material(actor, material.corpus, material.speech, path))


def test_the_table_does_not_say_what_it_cannot_know(material):
    vars(material)["human"] = HumanSpeech((Recording("a", noise(1.0, 0), ()),), (), ())
    assert material.recordings_used().endswith("Whether the actor was trained on them is not checked.")


def test_another_aligner_aligns_anew(speech, monkeypatch, tmp_path):
    asked = []

    def aligned(audio, words, known):
        asked.append(words)
        return (PhoneSpan("aa", 0.0, 1.0),)

    monkeypatch.setattr(recordings, "align", aligned)
    monkeypatch.setattr(recordings, "cache_folder", lambda: tmp_path)
    for version in ("5.0", "5.0", "5.1"):
        monkeypatch.setattr(recordings, "aligner_version", lambda version=version: version)
        assert read_human_speech(speech).aligned[0].phones == (PhoneSpan("aa", 0.0, 1.0),)
    assert len(asked) == 2

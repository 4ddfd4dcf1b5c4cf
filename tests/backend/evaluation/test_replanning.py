"""The time after a key was moved is measured on a backend of its own, as Blender meets it."""

import statistics
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from running_backend import write_voice

from emogene.actors.pack import Actor, load_actor
from emogene.evaluation.backend_process import ask, fresh_backend, upload
from emogene.evaluation.replanning import keyed, replan, waited
from emogene_proto.errors import BackendError, CorpusError
from emogene_proto.messages import PlanShot, RenderFrame
from emogene_proto.shot import AudioRef, Shot


@dataclass
class Given:
    actor: Actor
    speech: Path


@pytest.fixture
def given(tiny_actor, tmp_path):
    speech = tmp_path / "speech"
    speech.mkdir()
    write_voice(speech / "a.wav", 1.5)
    (speech / "transcripts.txt").write_text("a: some words\n")
    return Given(load_actor(tiny_actor), speech)


def test_both_figures_are_measured(given):
    values = replan(given, seconds=4.0, moves=3)
    assert set(values) == {"replan_seconds", "first_plan_seconds"}
    assert 0.0 < values["replan_seconds"] < values["first_plan_seconds"]


def test_a_moved_key_takes_a_part_of_the_time_that_hearing_again_takes_in_the_same_backend(given, tmp_path):
    """Both are measured warm: models are read, so what differs is what was kept."""
    folder = tmp_path / "backend"
    folder.mkdir()
    voice = write_voice(tmp_path / "long.wav", 30.0)
    with fresh_backend(folder, given.actor.folder.parent) as client:
        shot = keyed(Shot(AudioRef(upload(client, voice)), actor="pack"), 30.0, 0)
        waited(client, shot)
        moved, anew = [], []
        for number in range(1, 4):
            moved.append(waited(client, keyed(shot, 30.0, number)))
            anew.append(waited(client, msgspec.structs.replace(shot, seed=number)))
    assert statistics.median(moved) < 0.5 * statistics.median(anew)


def test_a_folder_without_recordings_is_refused(given, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError):
        replan(Given(given.actor, tmp_path / "empty"), seconds=1.0, moves=1)


def test_what_the_measured_backend_refuses_is_told(given, tmp_path):
    folder = tmp_path / "backend"
    folder.mkdir()
    with fresh_backend(folder, given.actor.folder.parent) as client:
        shot = Shot(AudioRef(upload(client, given.speech / "a.wav")), actor="pack")
        assert ask(client, PlanShot(shot=shot))
        with pytest.raises(BackendError, match="frames"):
            ask(client, RenderFrame(shot=shot, frame=999))


def test_the_log_of_a_backend_that_fails_is_in_the_message(given, tmp_path):
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "cache").write_text("a file where the folder of the cache should be")
    with pytest.raises(BackendError, match=r"Its log ends: .*cache"), fresh_backend(folder, given.actor.folder.parent):
        pass

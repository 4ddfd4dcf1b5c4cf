"""`emogene evaluate emotion` on a tiny actor and a corpus in which each emotion moves points of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tiny_emotions import LOWER_LIP, JumpingDeformation, PlainDeformation, expressions, write_emotional_corpus

from emogene import cli
from emogene.actors.pack import Actor, load_actor
from emogene.corpus.landmark_corpus import LandmarkClip
from emogene.corpus.phones import PhoneSpan
from emogene.emotion.track import emotion_track
from emogene.evaluation import emotion_lips, emotion_reading, emotion_shape, emotion_transitions
from emogene.evaluation.emotion import FIGURES, GROUPS, evaluate
from emogene.evaluation.emotion_classifier import EmotionReader, named_emotion, train_reader
from emogene.evaluation.emotion_material import EmotionMaterial, HeldOutTake, Take
from emogene.evaluation.emotion_plots import write_change_plot, write_confusion_plot, write_faces_plots
from emogene.evaluation.viseme_classifier import VisemeReader, sounding, train_viseme_reader
from emogene.motion.audio2motion import NeutralMotion
from emogene.pipeline import Speech
from emogene.training.speech_encoder import VISEMES
from emogene.values import Plan
from emogene_proto.errors import CorpusError
from emogene_proto.names import EMOTIONS, MODEL_FPS, SAMPLE_RATE
from emogene_proto.shot import EmotionKey


@pytest.fixture(scope="module")
def actor(tiny_actor) -> Actor:
    return load_actor(tiny_actor)


@pytest.fixture(scope="module")
def corpus(actor, tmp_path_factory) -> Path:
    return write_emotional_corpus(tmp_path_factory.mktemp("emotions") / "landmarks", actor.rest)


@pytest.fixture(scope="module")
def speech(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("speech")
    noise = np.random.default_rng(7).normal(0, 0.1, 3 * SAMPLE_RATE)
    soundfile.write(folder / "noise.flac", noise, SAMPLE_RATE)
    (folder / "transcripts.txt").write_text("noise: hello\n")
    return folder


@pytest.fixture(scope="module")
def reader(corpus) -> EmotionReader:
    return train_reader(corpus, steps=150)


@pytest.fixture(scope="module")
def viseme_reader(corpus) -> VisemeReader:
    return train_viseme_reader(corpus, steps=100)


@pytest.fixture
def played_by(tiny_actor, corpus, speech, reader, viseme_reader):
    """What is measured of an actor with this deformation."""

    def material(deformation: PlainDeformation) -> EmotionMaterial:
        actor = load_actor(tiny_actor)
        vars(actor)["ldm"] = deformation
        found = EmotionMaterial(actor, corpus, speech)
        vars(found)["reader"] = reader
        vars(found)["viseme_reader"] = viseme_reader
        vars(found)["human_takes"] = found.takes[:2]
        return found

    return material


@pytest.fixture
def perfect(played_by) -> EmotionMaterial:
    return played_by(PlainDeformation(expressions()))


def test_an_actor_who_shows_the_truth_is_read_as_the_truth_is(perfect):
    found = emotion_reading.accuracies(perfect) | emotion_reading.truth(perfect)
    assert found["emotion_accuracy_truth"] > 99.0
    assert found["emotion_accuracy"] > 99.0
    assert found["emotion_accuracy_third"] > 90.0
    assert found["emotion_accuracy_third_truth"] > 90.0


def test_an_actor_who_takes_sad_for_happy_loses_both(played_by):
    swapped = expressions()
    swapped[[5, 6]] = swapped[[6, 5]]
    material = played_by(PlainDeformation(swapped))
    found = emotion_reading.accuracies(material)
    assert found["emotion_accuracy"] == pytest.approx(75.0, abs=1.0)
    assert found["emotion_accuracy_worst"] < 1.0
    assert material.commanded[1.0].confusion[5].argmax() == 6


def test_without_deformation_nobody_can_tell_what_was_asked_for(perfect):
    assert emotion_reading.without_deformation(perfect)["ablation_accuracy"] == 12.5


def test_an_emotion_that_moves_the_face_past_the_deformation_is_found_out(played_by):
    class Leaking(PlainDeformation):
        def deform(self, landmarks, rest, weights, gains=None):
            return super().deform(landmarks, rest, weights)

    found = emotion_reading.without_deformation(played_by(Leaking(expressions())))
    assert found["ablation_accuracy"] > 90.0 and found["ablation_score"] > 80.0


def test_more_is_read_where_more_is_asked_for(perfect, played_by):
    assert emotion_reading.intensities(perfect)["intensity_rank_correlation"] > 0.95
    jumping = emotion_reading.intensities(played_by(JumpingDeformation(expressions())))
    assert jumping["intensity_rank_correlation"] < 0.9


def test_levels_between_levels_lie_between_them(perfect, played_by):
    assert emotion_shape.half_levels(perfect)["half_levels_between"] == pytest.approx(100.0, abs=0.5)

    class Leaping(PlainDeformation):
        def intensities(self, weights):
            return np.where(np.abs(weights[:, 1:] - 0.5) < 0.01, 2.0, weights[:, 1:])

    assert emotion_shape.half_levels(played_by(Leaping(expressions())))["half_levels_between"] < 60.0


def test_no_intensity_moves_nothing(perfect, played_by):
    assert emotion_shape.nothing_at_zero(perfect) == {"zero_intensity_displacement_mm": 0.0}


def test_the_way_of_the_true_emotion_is_nearer_than_none(perfect):
    found = emotion_shape.errors(perfect)
    assert found["face_error_emotional_mm"] < found["face_error_emotional_without_mm"] - 0.2


def test_a_still_face_that_jumps_at_a_key_is_found_out(perfect, played_by):
    assert emotion_transitions.still_key(perfect)["still_key_acceleration_ratio"] == pytest.approx(1.0, abs=0.02)
    jumping = played_by(JumpingDeformation(expressions()))
    assert emotion_transitions.still_key(jumping)["still_key_acceleration_ratio"] > 3.0


@dataclass(frozen=True)
class Swinging:
    """A minute in which the lower lip swings all the time, whatever the face feels."""

    deformation: PlainDeformation

    @property
    def speech(self) -> Speech:
        nothing = NeutralMotion(np.zeros((0, 68, 3)), np.zeros((0, 2)))
        return Speech(nothing, np.zeros((0, 2)), 60.0)

    pulse_seconds: float | None = None
    """Once the lip jumps at this time, whatever the face feels."""

    def performed(self, keys: tuple[EmotionKey, ...] = (), *, fps: float) -> Plan:
        times = np.arange(round(60.0 * fps)) / fps
        landmarks = np.zeros((len(times), 68, 3))
        landmarks[:, LOWER_LIP, 1] = 0.004 * np.sin(20.0 * times)[:, None]
        if self.pulse_seconds is not None:
            landmarks[round(self.pulse_seconds * fps), LOWER_LIP, 1] += 0.03
        weights = emotion_track(keys, (), times)
        shown = self.deformation.deform(landmarks, np.zeros((68, 3)), weights)
        return Plan(shown, weights, np.zeros((len(times), 4, 4)), np.zeros((len(times), 2)), fps, 1)


def key_figures(material: EmotionMaterial, swinging: Swinging) -> dict[str, float | None]:
    vars(material)["human_takes"] = (swinging,)
    return emotion_transitions.key_accelerations(material)


def test_speech_that_jumps_at_a_key_is_found_out(perfect):
    smooth = key_figures(perfect, Swinging(PlainDeformation(expressions())))
    jumping = key_figures(perfect, Swinging(JumpingDeformation(expressions())))
    assert set(smooth) == set(emotion_transitions.NAMES)
    for name in ("key_acceleration_ratio", "key_acceleration_added"):
        assert smooth[name] < 1.2 and smooth[f"{name}_60fps"] < 1.2
        assert jumping[name] > 2.0 and jumping[f"{name}_shortest"] > 2.0 and jumping[f"{name}_60fps"] > 2.0
    assert smooth["key_acceleration_ratio_shortest"] > smooth["key_acceleration_ratio"]


def test_speech_that_jumps_by_itself_is_told_from_a_key_that_does(perfect):
    found = key_figures(perfect, Swinging(PlainDeformation(expressions()), pulse_seconds=1.2))
    assert found["key_acceleration_ratio"] > 2.0 and found["key_acceleration_unchanged"] > 2.0
    assert found["key_acceleration_added"] < 1.2


@dataclass(frozen=True)
class Mouth:
    """Speech of one /m/ whose gap, by emotion, is known."""

    gaps_mm: dict[str, float]
    phones: tuple[PhoneSpan, ...] = (PhoneSpan("aa", 0.0, 1.0), PhoneSpan("m", 1.0, 1.2), PhoneSpan("s", 2.0, 3.0))

    @property
    def neutral(self) -> np.ndarray:
        return self.felt("neutral")

    def felt(self, emotion: str) -> np.ndarray:
        gap = np.full(75, 10.0 if emotion != "surprised" else 30.0)
        gap[25:30] = self.gaps_mm.get(emotion, 0.0)
        landmarks = np.zeros((75, 68, 3))
        landmarks[:, [65, 66, 67], 1] = -gap[:, None] / 1000.0
        return landmarks


def test_closures_under_an_emotion_are_those_that_neutral_closes(perfect):
    vars(perfect)["human_takes"] = (Mouth({"happy": 5.0}), Mouth({}), Mouth({"neutral": 5.0, "sad": 5.0}))
    found = emotion_lips.human_closures(perfect)
    assert found["closure_under_happy"] == 50.0
    assert found["closure_under_sad"] == 100.0
    assert found["closure_under_emotion"] == 50.0
    assert found["false_closure_under_emotion"] == 0.0


def test_a_wide_mouth_must_close_as_far_as_a_small_one(perfect):
    vars(perfect)["human_takes"] = (Mouth({"surprised": 3.0}),)  # under 15 % of 30 mm, not of 10 mm
    assert emotion_lips.human_closures(perfect)["closure_under_surprised"] == 0.0


def test_sounds_are_told_by_their_mouths(perfect):
    assert emotion_lips.visemes(perfect)["viseme_accuracy_truth"] > 80.0


@dataclass(frozen=True)
class Truthful:
    """Speaks as the truth does, but mumbles in fear."""

    take: HeldOutTake

    @property
    def clip(self) -> LandmarkClip:
        return self.take.clip

    @property
    def phones(self) -> tuple[PhoneSpan, ...]:
        return self.take.phones

    @property
    def rest(self) -> np.ndarray:
        return self.take.rest

    def felt(self, emotion: str) -> np.ndarray:
        return np.tile(self.rest, (len(self.clip.neutral), 1, 1)) if emotion == "fear" else self.clip.neutral


def test_what_an_emotion_takes_from_the_lips_is_not_kept(perfect):
    vars(perfect)["takes"] = tuple(map(Truthful, perfect.takes))
    found = emotion_lips.visemes(perfect)
    assert found["viseme_accuracy_neutral"] > 80.0 and found["viseme_accuracy_under_emotion"] < 20.0
    kept = 100.0 * found["viseme_accuracy_under_emotion"] / found["viseme_accuracy_neutral"]
    assert found["viseme_kept"] == pytest.approx(kept)


def test_a_sound_has_the_frames_in_which_it_is_heard():
    found = sounding((PhoneSpan("sil", 0.0, 0.08), PhoneSpan("m", 0.08, 0.16)), 5)
    assert found.tolist() == [-1, -1, 0, 0, -1]
    assert "m" in VISEMES[0]


def test_mixtures_and_traces_have_no_name():
    weights = np.zeros((4, 8), np.float32)
    weights[[1, 2, 3], [5, 5, 5]] = [1 / 3, 0.1, 0.5]
    weights[3, 6] = 0.3
    weights[:, 0] = 1.0 - weights.sum(1)
    named, intensity = named_emotion(weights)
    assert named.tolist() == [0, 5, -1, -1]
    assert intensity[1] == pytest.approx(1 / 3)


def test_a_reader_is_the_same_every_time(corpus, perfect, reader):
    again, landmarks = train_reader(corpus, steps=150), perfect.takes[0].felt("sad")
    first, second = (one.read(landmarks, perfect.takes[0].rest, 3).probabilities for one in (reader, again))
    np.testing.assert_array_equal(first, second)


def test_a_take_is_heard_once_and_felt_as_a_shot_would_be(perfect):
    take = perfect.takes[0]
    held = take.performed((EmotionKey(0.0, "happy", 0.5),)).landmarks
    np.testing.assert_array_equal(take.felt("happy", 0.5), held)
    followed = take.followed(np.tile([0.5, 0, 0, 0, 0, 0.5, 0, 0], (len(held), 1)))
    np.testing.assert_allclose(followed, held, atol=1e-6)
    assert isinstance(take, Take)


def test_people_who_sneer_with_the_right_are_mirrored(perfect):
    contempt = EMOTIONS.index("contempt")
    for take in perfect.takes:
        lift = (take.clip.emotional - take.clip.neutral)[:, :, 1] * take.clip.weights[:, contempt, None]
        assert lift[:, 48].sum() <= lift[:, 54].sum()


def test_readers_learn_from_nobody_who_is_measured(perfect, corpus):
    assert {take.clip.entry.split for take in perfect.takes} == {"test"}
    assert len(perfect.few_takes) == 4  # two people, two each
    assert "no voice and no face" in perfect.clips_used()


def test_every_figure_is_measured_by_one_group():
    assert sorted(name for group in GROUPS for name in group.names) == sorted(FIGURES)


def test_missing_inputs_are_told(actor, corpus, speech, tmp_path, capsys):
    with pytest.raises(CorpusError, match="no figure 'beauty'"):
        evaluate(EmotionMaterial(actor, corpus, speech), ["beauty"])
    with pytest.raises(CorpusError, match="no landmarks corpus"):
        evaluate(EmotionMaterial(actor, tmp_path, speech), ["emotion_accuracy"])
    with pytest.raises(CorpusError, match=r"no transcripts\.txt"):
        evaluate(EmotionMaterial(actor, corpus, tmp_path), ["replan_seconds"])
    arguments = ["evaluate", "emotion", "--corpus", str(tmp_path / "none"), "--speech", str(speech)]
    assert cli.run(arguments) == 2
    assert "emogene corpus landmarks" in capsys.readouterr().err


def test_the_program_writes_table_and_file(actor, corpus, speech, tmp_path):
    out = tmp_path / "figures.json"
    command = [sys.executable, "-m", "emogene", "evaluate", "emotion", "--corpus", corpus, "--speech", speech]
    command += ["--actor", actor.folder, "--json", out, "--only", "zero_intensity_displacement_mm"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "zero_intensity" in done.stdout
    assert json.loads(out.read_bytes())["figures"][0]["value"] == 0.0


def test_faces_confusions_and_changes_are_drawn(perfect, tmp_path):
    write_faces_plots(tmp_path, perfect)
    write_confusion_plot(tmp_path / "confusion.png", perfect)
    write_change_plot(tmp_path / "change.png", perfect)
    drawn = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert sorted(drawn) == ["change.png", "confusion.png", "faces_2.png", "faces_3.png"]
    assert min(drawn.values()) > 5000
    assert MODEL_FPS == 25

"""Shots of several recordings: planned as their mix would be, packed whole, and heard in films."""

import shutil
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
import soundfile

from emogene import pipeline
from emogene.actors.pack import load_actor
from emogene.audio.load import load_audio, open_audio
from emogene.audio.voice import open_voice
from emogene.films.joining import Film, join_film
from emogene.films.rendering import RenderWay, render_frames
from emogene.films.shot_folder import pack_shot
from emogene.films.shot_frames import ShotFrames
from emogene.films.shot_needs import Asked, shot_needs
from emogene.plan_files import load_shot, save_shot, with_file_hashes
from emogene.render.output.film_form import PRORES_422
from emogene.render.output.film_sound import MixedSound, Sound, samples
from emogene_proto.coverage import peak_intensities
from emogene_proto.errors import AudioError
from emogene_proto.names import SAMPLE_RATE
from emogene_proto.shot import AudioPart, AudioRef, EmotionKey, Performance, Shot

SPOKEN = Path(__file__).parents[2] / "demo/voice.flac"
FIRST, SECOND = (0.0, 3.2), (5.4, 2.6)
"""Offsets and lengths of two sentences of it."""
START = 6.5
STILL = Performance(blink=0.0, gaze=0.0, head_motion=0.0, breath=0.0)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Path:
    """Both sentences in one file, the second one later."""
    whole = load_audio(SPOKEN)
    second = round(START * SAMPLE_RATE)
    samples = np.zeros(second + round(SECOND[1] * SAMPLE_RATE), np.float32)
    for at, (offset, length) in ((0, FIRST), (second, SECOND)):
        cut = whole[round(offset * SAMPLE_RATE) :][: round(length * SAMPLE_RATE)]
        samples[at : at + len(cut)] = cut
    path = tmp_path_factory.mktemp("mixed") / "mixed.wav"
    soundfile.write(path, samples, SAMPLE_RATE, subtype="FLOAT")
    return path


def test_two_sentences_with_a_pause_are_planned_as_their_mix_and_the_mouth_rests_between(mixed):
    """With the bundled actor, who speaks."""
    actor = load_actor("bundled")
    shot = Shot(AudioRef("", "", *FIRST), further_audio=(AudioPart(AudioRef("", "", *SECOND), START),))
    shot = msgspec.structs.replace(shot, performance=STILL)
    plan = pipeline.plan(shot, open_voice(shot, [SPOKEN, SPOKEN]), actor)
    whole = msgspec.structs.replace(shot, audio=AudioRef(), further_audio=())
    expected = pipeline.plan(whole, open_audio(mixed), actor)
    assert len(plan) == len(expected) == round((START + SECOND[1]) * 24.0 + 0.49)
    np.testing.assert_allclose(plan.landmarks, expected.landmarks, atol=1e-7)
    moved = np.linalg.norm(np.diff(plan.landmarks[:, [51, 57, 66]], axis=0), axis=(1, 2))
    speaking, resting = [moved[12:72], moved[164:210]], moved[100:144]
    assert min(part.max() for part in speaking) > 10.0 * resting.max()


@pytest.fixture(scope="module")
def little(tmp_path_factory, tiny_actor):
    """A document of a small shot of three parts of two recordings, a third of a second each."""
    folder = tmp_path_factory.mktemp("little")
    (folder / "sounds").mkdir()
    files = [folder / "sounds/Höflich.WAV", folder / "sounds/laut.flac"]
    for path, hertz in zip(files, (440, 1000), strict=True):
        times = np.arange(16_000) / 16_000
        soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * times), 16_000)
    shot = Shot(
        AudioRef(duration_seconds=1 / 3),
        further_audio=(
            AudioPart(AudioRef(offset_seconds=0.25, duration_seconds=1 / 3), 2 / 3),
            AudioPart(AudioRef(offset_seconds=0.5, duration_seconds=1 / 6), 4 / 3),
        ),
        emotions=(EmotionKey(0.0, "happy"),),
        actor=tiny_actor.as_posix(),
        width=16,
        height=16,
        engine="cpu",
    )
    recordings = [files[0], files[1], files[0]]
    shot = with_file_hashes(shot, recordings, None)
    save_shot(folder / "shot.json", shot, recordings)
    return folder / "shot.json"


def rendered(document: Path, out: Path, told) -> ShotFrames:
    """All frames of the shot of a document, in a folder."""
    shot, recordings = load_shot(document)
    actor = load_actor((document.parent / shot.actor).resolve())
    frames = ShotFrames(shot, actor, pipeline.plan(shot, open_voice(shot, recordings), actor), out)
    out.mkdir()
    render_frames(frames, range(len(frames.plan)), None, RenderWay(), told)
    return frames


class Unheard:
    """A report that nobody reads."""

    def doing(self, what: str) -> None: ...

    def finished(self, number: int, reused: bool) -> None: ...

    def failed(self, number: int, reason: str) -> None:
        raise AssertionError(reason)


def test_a_document_names_all_recordings_relative_to_it(little):
    shot, recordings = load_shot(little)
    assert [part.audio.path for part in shot.recordings] == ["sounds/Höflich.WAV", "sounds/laut.flac"] + [
        "sounds/Höflich.WAV"
    ]
    assert [path.name for path in recordings] == ["Höflich.WAV", "laut.flac", "Höflich.WAV"]
    assert len({part.audio.sha256 for part in shot.recordings} - {""}) == 2


def test_a_recording_that_is_gone_or_another_is_told(little, tmp_path):
    folder = shutil.copytree(little.parent, tmp_path / "copy")
    later = folder / "sounds/laut.flac"
    later.write_bytes(later.read_bytes() + b"\0")
    with pytest.raises(AudioError, match=r"laut\.flac has changed"):
        load_shot(folder / "shot.json")
    later.unlink()
    needs = {need.name: need for need in shot_needs(folder / "shot.json", Asked())}
    assert not needs["audio 2"].met and "not there" in needs["audio 2"].detail
    assert needs["audio"].met and needs["audio 3"].met


def test_what_a_shot_needs_counts_all_recordings(little):
    needs = {need.name: need for need in shot_needs(little, Asked())}
    assert all(need.met for need in needs.values())
    assert {"audio", "audio 2", "audio 3"} <= set(needs) and needs["frames"].detail == "1 to 36"


def test_a_packed_shot_has_every_recording_once_and_renders_the_same_bytes_elsewhere(little, tmp_path):
    before = rendered(little, tmp_path / "before", Unheard())
    shot, recordings = load_shot(little)
    packed = msgspec.structs.replace(shot, actor=(little.parent / shot.actor).resolve().as_posix())
    files = pack_shot(packed, recordings, None, tmp_path / "packed")
    assert [path.name for path in files] == ["actor.actor", "shot.json", "voice.wav", "voice_2.flac"]
    moved = (tmp_path / "packed").rename(tmp_path / "elsewhere") / "shot.json"
    again, _ = load_shot(moved)
    assert [part.audio.path for part in again.recordings] == ["voice.wav", "voice_2.flac", "voice.wav"]
    after = rendered(moved, tmp_path / "after", Unheard())
    assert len(before.plan) == len(after.plan) == 36
    for path in before.folder.glob("frame_*.png"):
        assert (after.folder / path.name).read_bytes() == path.read_bytes()


def sound_of(film: Path) -> np.ndarray:
    """(n,) float at 48 kHz, the left ear."""
    with av.open(str(film)) as container:
        frames = list(container.decode(audio=0))
    return np.concatenate([frame.to_ndarray().reshape(-1, 2)[:, 0] for frame in frames]) / 2.0**31


def hertz(sound: np.ndarray) -> float:
    """The strongest; 0 in silence."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.fft.rfftfreq(len(sound), 1 / 48_000)[spectrum.argmax()]) if np.abs(sound).max() > 1e-3 else 0.0


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (range(36), [(0.05, 440), (0.28, 440), (0.36, 0), (0.6, 0), (0.7, 1000), (0.95, 1000), (1.05, 0), (1.38, 440)]),
        (range(20, 30), [(0.02, 1000), (0.12, 1000), (0.2, 0), (0.37, 0)]),
    ],
)
def test_a_film_has_the_sound_of_all_parts_each_at_its_time(little, tmp_path, rows, expected):
    frames = rendered(little, tmp_path / "frames", Unheard())
    _, recordings = load_shot(little)
    film = tmp_path / "film.mov"
    join_film(frames, rows, recordings, Film(film, PRORES_422, (128, 128, 128)), lambda done: None)
    sound = sound_of(film)
    assert len(sound) == pytest.approx(len(rows) / 24 * 48_000, abs=2)
    for seconds, wanted in expected:
        at = round(seconds * 48_000)
        assert hertz(sound[at : at + 1200]) == pytest.approx(wanted, abs=50), seconds


def test_overlapping_sound_of_a_film_is_summed(little):
    _, (first, second, _) = load_shot(little)
    both = np.concatenate(list(samples(MixedSound(((0.0, Sound(first)), (-0.25, Sound(second)))))), axis=1)
    alone = [np.concatenate(list(samples(Sound(path))), axis=1) for path in (first, second)]
    expected = alone[0].copy()
    expected[:, :36_000] += alone[1][:, 12_000:]
    assert both.shape == (2, 48_000)
    np.testing.assert_allclose(both, np.clip(expected, -1.0, 1.0), atol=1e-6)


def test_emotions_count_until_the_last_part_ends():
    late = EmotionKey(5.0, "sad")
    assert "sad" not in peak_intensities(Shot(AudioRef(duration_seconds=4.0), emotions=(late,)))
    for length in (2.0, None):
        part = AudioPart(AudioRef(duration_seconds=length), 4.0)
        shot = Shot(AudioRef(duration_seconds=4.0), emotions=(late,), further_audio=(part,))
        assert peak_intensities(shot) == {"sad": 1.0}

"""Video: as many pictures as were given, sound that starts with them and ends with them, colours that come back."""

import os
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from emogene.render.output import sound_track
from emogene.render.output.film_form import PRORES_422, PRORES_4444
from emogene.render.output.film_sound import Sound
from emogene.render.output.video import write_video
from emogene_proto.errors import AudioError, RenderError


@pytest.fixture(scope="module")
def clicks(tmp_path_factory) -> Path:
    """Three seconds of silence with a click at each whole second."""
    sound = np.zeros(3 * 16_000, np.float32)
    for second in (0, 1, 2):
        sound[second * 16_000 : second * 16_000 + 160] = 0.9
    path = tmp_path_factory.mktemp("sound") / "clicks.wav"
    soundfile.write(path, sound, 16_000)
    return path


def plain(count: int, size: tuple[int, int] = (32, 48), colour: tuple[int, int, int] = (200, 60, 30)):
    return (np.full((*size, 3), colour, np.uint8) for _ in range(count))


def read(path: Path) -> tuple[list[np.ndarray], np.ndarray, dict[str, float]]:
    """Pictures, sound at 48 kHz (one channel), and the length of each stream in seconds."""
    with av.open(str(path)) as container:
        lengths = {s.type: float(s.duration * s.time_base) for s in container.streams}
        pictures = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    with av.open(str(path)) as container:
        pieces = [f.to_ndarray()[0] for f in container.decode(audio=0)] if container.streams.audio else [np.zeros(0)]
    return pictures, np.concatenate(pieces), lengths


@pytest.mark.parametrize(("fps", "count"), [(24.0, 72), (23.976, 71), (30.0, 30), (25.0, 100)])
def test_picture_and_sound_are_equally_long(tmp_path, clicks, fps, count):
    assert write_video(tmp_path / "v.mp4", plain(count), fps, Sound(clicks)) == count
    pictures, sound, lengths = read(tmp_path / "v.mp4")
    assert len(pictures) == count
    assert lengths["video"] == pytest.approx(count / fps, abs=1e-3)
    assert abs(lengths["video"] - lengths["audio"]) < 1 / fps
    assert abs(len(sound) / 48_000 - count / fps) < 1 / fps


def test_clicks_stay_where_they_were(tmp_path, clicks):
    write_video(tmp_path / "v.mp4", plain(72), 24.0, Sound(clicks))
    sound = np.abs(read(tmp_path / "v.mp4")[1])
    for second in (1, 2):
        onset = np.flatnonzero(sound[second * 48_000 - 4800 : second * 48_000 + 4800] > 0.3)[0] / 48_000
        assert onset == pytest.approx(0.1, abs=0.01)


def test_a_part_of_the_sound_starts_at_its_offset(tmp_path, clicks):
    write_video(tmp_path / "v.mp4", plain(24), 24.0, Sound(clicks, 0.5))
    sound = np.abs(read(tmp_path / "v.mp4")[1])
    assert np.flatnonzero(sound > 0.3)[0] / 48_000 == pytest.approx(0.5, abs=0.01)


def test_colours_come_back_and_are_marked(tmp_path):
    write_video(tmp_path / "v.mp4", plain(3, colour=(200, 60, 30)), 24.0)
    assert np.abs(read(tmp_path / "v.mp4")[0][0].astype(int) - (200, 60, 30)).max() <= 4
    with av.open(str(tmp_path / "v.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.pix_fmt == "yuv420p" and container.streams.video[0].average_rate == Fraction(24)


def test_odd_sides_lose_a_line(tmp_path):
    write_video(tmp_path / "v.mp4", plain(2, size=(33, 49)), 24.0)
    assert read(tmp_path / "v.mp4")[0][0].shape == (32, 48, 3)


def test_a_video_that_cannot_be_made_leaves_nothing(tmp_path):
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(RenderError):
        write_video(tmp_path / "v.mp4", iter(()), 24.0)
    with pytest.raises(AudioError):
        write_video(tmp_path / "v.mp4", plain(30), 24.0, Sound(tmp_path / "text.wav"))
    assert [path.name for path in tmp_path.iterdir()] == ["text.wav"]


def test_two_who_write_one_film_at_once_leave_it_whole(tmp_path, clicks):
    """The second begins and ends while the first takes its pictures."""
    write_video(tmp_path / "alone.mp4", plain(30), 24.0, Sound(clicks))
    path = tmp_path / "v.mp4"

    def disturbed():
        for number, picture in enumerate(plain(30)):
            if number == 20:
                write_video(path, plain(5, colour=(0, 200, 0)), 24.0)
                assert len(read(path)[0]) == 5
            yield picture

    assert write_video(path, disturbed(), 24.0, Sound(clicks)) == 30
    assert path.read_bytes() == (tmp_path / "alone.mp4").read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["alone.mp4", "v.mp4"]


def test_a_film_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    path, synced, sync = tmp_path / "v.mp4", [], os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda number: (synced.append((os.fstat(number).st_size, path.exists())), sync(number))
    )
    write_video(path, plain(3), 24.0)
    assert synced[0] == (path.stat().st_size, False)


def test_what_a_killed_join_left_is_removed_after_a_day(tmp_path):
    for name, hours in ((".v.mp4.a.tmp", 30), (".v.mp4.b.tmp", 1)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - hours * 3600,) * 2)
    write_video(tmp_path / "v.mp4", plain(2), 24.0)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".v.mp4.b.tmp", "v.mp4"]


def test_sound_that_breaks_off_is_followed_by_silence(tmp_path):
    """Such a recording is planned as far as it goes; its video must not fail on the last picture."""
    soundfile.write(tmp_path / "a.flac", 0.3 * np.random.default_rng(0).standard_normal(48_000 * 2), 48_000)
    (tmp_path / "a.flac").write_bytes((tmp_path / "a.flac").read_bytes()[:100_000])
    frames = (np.zeros((32, 32, 3), np.uint8) for _ in range(50))
    assert write_video(tmp_path / "out.mp4", frames, 25.0, Sound(tmp_path / "a.flac")) == 50


def test_an_error_of_the_frames_is_not_told_as_the_videos(tmp_path, clicks):
    """Frames are written to files as they are taken: a full disk there has nothing to do with the video."""

    def frames():
        yield np.zeros((32, 32, 3), np.uint8)
        raise PermissionError(13, "Permission denied", "frame_0002.png")

    with pytest.raises(PermissionError, match=r"frame_0002\.png"):
        write_video(tmp_path / "v.mp4", frames(), 24.0, Sound(clicks))
    assert not list(tmp_path.iterdir())


def test_the_sound_is_let_go_where_writing_fails(tmp_path, clicks, monkeypatch):
    closed = []
    samples = sound_track.samples

    def watched(sound):
        try:
            yield from samples(sound)
        finally:
            closed.append(sound.path)

    monkeypatch.setattr(sound_track, "samples", watched)

    def frames():
        yield from plain(30)
        assert not closed
        raise ValueError("broken frame")

    with pytest.raises(ValueError, match="broken frame") as caught:
        write_video(tmp_path / "v.mp4", frames(), 24.0, Sound(clicks))
    # The error keeps the frames of the call alive, so nothing has been closed by chance.
    assert caught.tb is not None and closed == [clicks]


@pytest.mark.parametrize(("form", "profile"), [(PRORES_422, "HQ"), (PRORES_4444, "4444")])
def test_prores_keeps_ten_bits_alpha_and_the_sound_as_it_is(tmp_path, clicks, form, profile):
    """What is written to be cut and graded comes back to a thousandth, and is marked as BT.709 with video levels."""
    across = np.linspace(0, 65_535, 96).astype(np.uint16)
    picture = np.stack([np.broadcast_to(across, (64, 96))] * 3, -1).copy()
    picture[32:] = (51_400, 15_420, 7_710)
    if form is PRORES_4444:
        picture = np.concatenate([picture, np.broadcast_to(across[::-1, None], (64, 96, 1))], -1)
    path = tmp_path / "a.mov"
    assert write_video(path, (picture for _ in range(24)), 23.976, Sound(clicks), form) == 24
    with av.open(str(path)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        context = video.codec_context
        assert (context.name, context.profile, video.average_rate) == ("prores", profile, Fraction(24_000, 1001))
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        frame = next(container.decode(video))
        assert frame.color_range == 1, "video levels"
        back = frame.reformat(format=form.given_as, src_colorspace="ITU709").to_ndarray()
        assert (sound.codec_context.name, sound.rate) == ("pcm_s24le", 48_000)
    away = np.abs(back.astype(int) - picture)
    assert away.max() < 200, "of 65535"
    heard = read(path)[1][::2]
    assert len(heard) == 48_048 and np.abs(heard[:400]).max() / 2**31 == pytest.approx(0.9, abs=0.01)


def test_an_odd_size_stays_where_the_form_can_have_it(tmp_path):
    for form, size in ((PRORES_422, (33, 48)), (PRORES_4444, (33, 49))):
        channels = 4 if form is PRORES_4444 else 3
        write_video(tmp_path / "v.mov", (np.zeros((33, 49, channels), np.uint16) for _ in range(2)), 24.0, None, form)
        with av.open(str(tmp_path / "v.mov")) as container:
            context = container.streams.video[0].codec_context
            assert (context.height, context.width) == size


def test_sound_ends_where_the_shot_uses_no_more_of_it(tmp_path, clicks):
    write_video(tmp_path / "v.mov", plain16(48), 24.0, Sound(clicks, 0.5, 0.75), PRORES_422)
    heard = np.abs(read(tmp_path / "v.mov")[1][::2])
    assert heard[: 48_000 * 3 // 4].max() > 0 and heard[48_000 * 3 // 4 :].max() == 0


def plain16(count: int):
    return (np.full((32, 48, 3), 9_000, np.uint16) for _ in range(count))


def test_the_same_pictures_and_sound_are_the_same_bytes(tmp_path, clicks):
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, plain(30), 24.0, Sound(clicks))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    for name in ("a.mov", "b.mov"):
        write_video(tmp_path / name, plain16(30), 24.0, Sound(clicks), PRORES_422)
    assert (tmp_path / "a.mov").read_bytes() == (tmp_path / "b.mov").read_bytes()

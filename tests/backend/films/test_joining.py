"""Films from finished frames: all of them, whole, in order, with their colours, alpha and sound."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from emogene.films.joining import Film, join_film, spans
from emogene.films.pictures import film_picture, read_straight
from emogene.films.rendering import RenderWay, render_frames
from emogene.render.output.exr import exr_bytes
from emogene.render.output.film_form import MP4, PRORES_422, PRORES_4444, film_form
from emogene.render.output.png import png_bytes
from emogene.values import Frame
from emogene_proto.errors import ShotError

GREY = (128, 128, 128)


@pytest.fixture
def audio(tmp_path) -> Path:
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.3 * np.sin(np.arange(16_000) / 10), 16_000)
    return path


@pytest.fixture
def rendered(tmp_path, frames_in, told):
    frames = frames_in(tmp_path / "frames")
    render_frames(frames, range(8), None, RenderWay(), told)
    return frames


def length(path: Path, kind: str) -> float:
    with av.open(str(path)) as container:
        stream = next(each for each in container.streams if each.type == kind)
        return float(stream.duration * stream.time_base)


@pytest.mark.parametrize(("name", "form", "behind"), [("a.mp4", MP4, GREY), ("a.mov", PRORES_4444, None)])
def test_a_film_has_the_frames_and_their_sound(tmp_path, rendered, audio, name, form, behind):
    done: list[int] = []
    assert join_film(rendered, range(8), [audio], Film(tmp_path / "new" / name, form, behind), done.append) == 1
    assert done == [1, 2, 3, 4, 5, 6, 7, 8]
    for kind in ("video", "audio"):
        assert length(tmp_path / "new" / name, kind) == pytest.approx(8 / 24, abs=1e-3)


def test_all_that_is_missing_damaged_or_another_is_named_first(tmp_path, rendered, audio, frames_in):
    folder = rendered.folder
    (folder / "frame_0002.png").unlink()
    (folder / "frame_0003.png").write_bytes(b"damaged")
    (folder / "frame_0007.png").write_bytes((folder / "frame_0006.png").read_bytes())
    film = Film(tmp_path / "a.mp4", MP4, GREY)
    with pytest.raises(ShotError, match=r"Of 8 frames, 3 are missing, damaged or of another shot: 2-3, 7\."):
        join_film(rendered, range(8), [audio], film, lambda done: None)
    with pytest.raises(ShotError, match="Of 1 frames, 1 is missing"):
        join_film(frames_in(folder, quality="draft"), range(1), [audio], film, lambda done: None)
    assert not film.path.exists()


def test_frames_of_two_makers_are_counted(tmp_path, audio, frames_in, told, monkeypatch):
    frames = frames_in(tmp_path / "frames")
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("emogene.films.shot_frames.drawing_code", lambda: "another release")
        render_frames(frames, range(2), None, RenderWay(), told)
    render_frames(frames, range(2, 8), None, RenderWay(), told)
    assert join_film(frames, range(8), [audio], Film(tmp_path / "a.mp4", MP4, GREY), lambda done: None) == 2


@pytest.mark.parametrize("kind", ["png", "exr"])
def test_what_was_checked_is_what_the_film_shows(tmp_path, audio, frames_in, told, monkeypatch, kind):
    """Another process writes a frame anew in the moment between the check and the reading of its pixels."""
    frames = frames_in(tmp_path / "frames", output=kind)
    render_frames(frames, range(2), None, RenderWay(), told)
    shown = []

    def meanwhile(content):
        for path in frames.folder.glob(f"*.{kind}"):
            path.write_bytes(b"")
        shown.append(read_straight(content))
        return shown[-1]

    monkeypatch.setattr("emogene.films.joining.read_straight", meanwhile)
    assert join_film(frames, range(1), [audio], Film(tmp_path / "a.mp4", MP4, GREY), lambda done: None) == 1
    assert shown[0].shape == (16, 16, 4)


@pytest.mark.parametrize("content", [b"", b"\x89PNG", b"\x76\x2f\x31\x01 and nothing more"])
def test_what_is_no_picture_is_told_as_such(content):
    with pytest.raises(OSError):
        read_straight(content)


def test_runs_of_numbers_are_short_to_read():
    assert spans([1, 2, 3, 7]) == "1-3, 7" and spans([-3, -2, 5]) == "-3 to -2, 5"
    assert spans(list(range(0, 30, 2))).endswith("18, and 5 more")


def test_names_and_transparency_decide_the_form(tmp_path):
    assert film_form(tmp_path / "a.MP4", transparent=True) is MP4
    assert film_form(tmp_path / "a.mov", transparent=True) is PRORES_4444
    assert film_form(tmp_path / "a.mov", transparent=False) is PRORES_422
    (tmp_path / "b.mov").mkdir()
    for name in ("a.avi", "mov", "b.mov"):
        with pytest.raises(ShotError):
            film_form(tmp_path / name, transparent=False)


@pytest.mark.parametrize("kind", ["png", "exr"])
def test_pictures_come_back_from_their_files_as_they_were(kind):
    chance = np.random.default_rng(3)
    alpha = chance.random((6, 8, 1)).astype(np.float32)
    alpha[:2], alpha[2:4] = 0.0, 1.0
    frame = Frame(np.concatenate([chance.random((6, 8, 3)).astype(np.float32) * alpha, alpha], -1), alpha[..., 0])
    straight = read_straight({"png": png_bytes, "exr": exr_bytes}[kind](frame))
    assert np.abs(straight[..., 3:] - alpha).max() < 3e-3
    assert np.abs(straight[..., :3] * straight[..., 3:] - frame.rgba[..., :3]).max() < 5e-3
    over = film_picture(straight, MP4, (255, 0, 0))
    expected = frame.rgba[..., :3] + (1.0 - alpha) * np.array([1.0, 0.0, 0.0])
    assert over.dtype == np.uint8 and np.abs(over / 255.0 - expected).max() < 8e-3
    kept = film_picture(straight, PRORES_4444, None)
    assert kept.dtype == np.uint16 and np.abs(kept / 65_535.0 - straight).max() < 1e-4
    assert film_picture(straight, PRORES_422, GREY).shape == (6, 8, 3)

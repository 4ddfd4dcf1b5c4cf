"""A face through real files: times, turned phones, several people, and files that cannot be used."""

import importlib.util
import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tracked_person import person

from emogene.corpus import video_track
from emogene.corpus.head_alignment import align_head
from emogene.corpus.mesh_landmarks import STABLE_ROWS
from emogene.corpus.rest_face import lip_gap
from emogene.corpus.track_cleaning import find_faults
from emogene.corpus.video_track import choose_face, sound_begins, track_face
from emogene_proto.errors import CorpusError

VIDEOS = Path(os.environ.get("EMOGENE_SHARED", Path(__file__).parents[4] / "shared")) / "data/video"


def write_video(path: Path, times_ms: list[int], sound_from_ms: int | None = None, rotation: int = 0) -> Path:
    """Grey pictures, red in their upper left quarter, at any times; a tone from a moment on."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 160, 96, "yuv420p"
        pictures.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            pictures.set_display_rotation(rotation)
        sound = container.add_stream("pcm_s16le" if path.suffix == ".mkv" else "aac", rate=16000)
        picture = np.full((96, 160, 3), 90, np.uint8)
        picture[:48, :80] = [250, 0, 0]
        for time in times_ms:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode())
        if sound_from_ms is not None:
            tone = av.AudioFrame.from_ndarray(np.full((1, 16000), 3000, np.int16), format="s16", layout="mono")
            tone.rate, tone.pts, tone.time_base = 16000, sound_from_ms * 16, Fraction(1, 16000)
            container.mux(sound.encode(tone))
            container.mux(sound.encode())
    return path


def test_times_are_the_containers_even_where_frames_are_uneven(tmp_path):
    times = [0, 33, 67, 150, 167, 400]
    path = write_video(tmp_path / "uneven.mkv", times, 200)
    read = [round(time * 1000) for time, _, _ in video_track._pictures(path)]
    assert read == times
    assert sound_begins(path) == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize(("rotation", "corner"), [(90, (-1, 0)), (-90, (0, -1)), (180, (-1, -1))])
def test_a_turned_phones_pictures_are_upright(tmp_path, rotation, corner):
    path = write_video(tmp_path / "phone.mp4", [0, 40, 80], 0, rotation)
    _, picture, _ = next(video_track._pictures(path))
    assert picture.shape[:2] == ((96, 160) if rotation == 180 else (160, 96))
    rows, columns = (np.array([12, -12])[where] for where in corner)
    assert picture[rows, columns, 0] > picture[rows, columns, 1] + 100


def test_the_followed_face_is_kept_until_another_is_much_larger():
    mine = person(np.zeros(1)).seen[0]
    other = mine * 1.2 + [900, 0, 0]
    assert choose_face([mine, other], None) is other
    assert choose_face([other, mine + 3.0], mine)[0, 0] == mine[0, 0] + 3.0
    giant = mine * 2 + [900, 0, 0]
    assert choose_face([mine, giant], mine) is giant
    assert choose_face([], mine) is None


def test_files_that_cannot_be_used_are_told(tmp_path):
    with pytest.raises(CorpusError, match="no file"):
        sound_begins(tmp_path / "none.mp4")
    (tmp_path / "text.mp4").write_text("no video at all")
    with pytest.raises(CorpusError, match="damaged or is not a video"):
        sound_begins(tmp_path / "text.mp4")
    silent = write_video(tmp_path / "silent.mkv", [0, 40, 80])
    with pytest.raises(CorpusError, match="sound"):
        sound_begins(silent)


def test_a_missing_mediapipe_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    path = write_video(tmp_path / "a.mkv", [0, 40, 80], 0)
    with pytest.raises(CorpusError, match="MediaPipe") as told:
        track_face(path)
    assert "'.[video]'" in told.value.hint


needs_mediapipe = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="mediapipe is not installed (pip install -e '.[video]')"
)


@needs_mediapipe
def test_pictures_without_a_face_are_told(tmp_path):
    with pytest.raises(CorpusError, match="No face was found"):
        track_face(write_video(tmp_path / "grey.mkv", [0, 40, 80], 0))


@needs_mediapipe
@pytest.mark.slow
@pytest.mark.parametrize(("name", "widest_mm"), [("expressions_19s.mp4", 10), ("expressions_33s.mp4", 25)])
def test_real_faces_are_tracked(name, widest_mm):
    if not (VIDEOS / name).is_file():
        pytest.skip("the videos are not here (set EMOGENE_SHARED)")
    track = track_face(VIDEOS / name)
    assert track.found.mean() > 0.98
    aligned = align_head(track.points[track.found], STABLE_ROWS)
    assert find_faults(track.found, aligned).any.mean() < 0.02
    assert np.median(aligned.misfit) < 0.002
    gap = lip_gap(aligned.points) * 1000
    assert abs(np.quantile(gap, 0.01)) < 0.5
    assert gap.max() > widest_mm

"""What `--background` says: transparent, a colour, a picture or the actor's own; beside a document only a colour."""

from pathlib import Path

import pytest
from PIL import Image

from emogene.cli_background import parse_background, video_colour
from emogene.cli_options import ShotOptions
from emogene.cli_shot import source
from emogene.plan_files import file_sha256, load_shot, save_shot, shot_picture
from emogene_proto.errors import ShotError
from emogene_proto.shot import Background, PictureRef


@pytest.fixture
def hall(tmp_path) -> Path:
    path = tmp_path / "pictures/hall.png"
    path.parent.mkdir()
    Image.new("RGB", (4, 4)).save(path)
    return path


@pytest.fixture
def voice(tmp_path) -> Path:
    path = tmp_path / "voice.wav"
    path.write_bytes(b"read later")
    return path


def test_each_form_becomes_its_background(hall):
    assert parse_background("transparent") == (Background(), None)
    assert parse_background("actor") == (Background("actor"), None)
    assert parse_background("#A0b0C0") == parse_background("a0b0c0") == (Background("colour", "#a0b0c0"), None)
    assert parse_background(str(hall)) == (Background("picture", picture=PictureRef(path=hall.as_posix())), hall)
    for text in ("grey", "nowhere.png", "", str(hall.parent)):
        with pytest.raises(ShotError) as caught:
            parse_background(text)
        assert "#rrggbb" in caught.value.hint


def test_it_lands_in_the_shot_with_the_pictures_hash(voice, hall):
    assert source(voice, ShotOptions(), background="#102030").shot.background == Background("colour", "#102030")
    given = source(voice, ShotOptions(), background=str(hall))
    assert given.picture == hall
    assert given.with_hash().background.picture == PictureRef(file_sha256(hall), hall.as_posix())


def test_beside_a_document_it_is_the_colour_of_a_video_of_transparent_frames():
    assert video_colour(None, Background("picture")) == "#808080"
    assert video_colour("#203040", Background()) == "#203040"
    for text, behind in (("#203040", Background("colour")), ("actor", Background()), ("transparent", Background())):
        with pytest.raises(ShotError, match="says itself"):
            video_colour(text, behind)


def test_a_document_finds_its_picture_after_the_folders_moved_together(tmp_path, voice, hall):
    (tmp_path / "out").mkdir()
    given = source(voice, ShotOptions(), background=str(hall))
    save_shot(tmp_path / "out/shot.json", given.with_hash(), given.recordings, given.picture)
    moved = tmp_path.rename(tmp_path.with_name(tmp_path.name + "_moved"))
    document = moved / "out/shot.json"
    shot, _ = load_shot(document)
    assert shot.background.picture.path == "../pictures/hall.png"
    assert source(document, ShotOptions()).picture.samefile(moved / "pictures/hall.png")
    (moved / "pictures/hall.png").write_bytes(b"something else")
    with pytest.raises(ShotError, match="changed"):
        shot_picture(document, shot)
    (moved / "pictures/hall.png").unlink()
    with pytest.raises(ShotError, match="not there"):
        shot_picture(document, shot)

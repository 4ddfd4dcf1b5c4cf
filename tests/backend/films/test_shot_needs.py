"""What a shot lacks is told all at once, and a packed shot lacks nothing wherever it is taken."""

import shutil

import msgspec
import pytest
from command_line import write_voice
from PIL import Image

from emogene.cli_shot import parse_frames
from emogene.films.planned_for import plan_of
from emogene.films.shot_folder import pack_shot
from emogene.films.shot_needs import Asked, shot_needs
from emogene.plan_files import PlanFile, load_shot, save_plan, save_shot, shot_actor, shot_picture, with_file_hashes
from emogene_proto.errors import ShotError
from emogene_proto.shot import AudioRef, Background, PictureRef, Shot


@pytest.fixture
def shot_folder(tmp_path, tiny_actor):
    """A shot whose voice, picture and actor lie here and there."""
    folder = tmp_path / "here"
    (folder / "sounds").mkdir(parents=True)
    voice = write_voice(folder / "sounds/Voice of Ünal.WAV")
    picture = folder / "wall.jpg"
    Image.new("RGB", (30, 20), (10, 90, 30)).save(picture)
    shutil.copytree(tiny_actor, folder / "actors/ada")
    background = Background("picture", picture=PictureRef())
    shot = Shot(AudioRef(), actor=(folder / "actors/ada").as_posix(), width=16, height=16, background=background)
    shot = with_file_hashes(shot, [voice], picture)
    (folder / "work").mkdir()
    save_shot(folder / "work/shot.json", shot, [voice], picture)
    return folder


def lacking(path, asked=Asked()) -> dict[str, str]:  # noqa: B008
    return {need.name: need.detail for need in shot_needs(path, asked) if not need.met}


def test_a_whole_shot_lacks_nothing(shot_folder):
    document = shot_folder / "work/shot.json"
    asked = Asked(lambda first, count: parse_frames("5-30", first, count), shot_folder / "new/frames")
    assert lacking(document, asked) == {}
    named = [need.name for need in shot_needs(document, asked)]
    assert named == ["document", "audio", "picture", "actor", "speech features", "engine", "frames", "folder"]
    assert not (shot_folder / "new").exists(), "looking leaves nothing behind"


def test_everything_that_is_missing_is_told_at_once(shot_folder, planned):
    document = shot_folder / "work/shot.json"
    write_voice(shot_folder / "sounds/Voice of Ünal.WAV", 2.0)
    (shot_folder / "wall.jpg").unlink()
    (shot_folder / "actors/ada/ldm.safetensors").unlink()
    content = msgspec.json.decode(document.read_bytes())
    document.write_bytes(msgspec.json.encode(content | {"engine": "quantum"}))
    (shot_folder / "file").write_text("in the way")
    told = lacking(document, Asked(out=shot_folder / "file/frames"))
    assert set(told) == {"audio", "picture", "actor", "engine", "folder"}
    assert "changed" in told["audio"] and "not there" in told["picture"] and "ldm" in told["actor"]


def test_frames_and_plans_that_are_not_this_shots_are_told(shot_folder, planned):
    document = shot_folder / "work/shot.json"
    _, plan, actor = planned
    save_plan(shot_folder / "other.npz", PlanFile(plan, "of another", ""))
    asked = Asked(lambda first, count: parse_frames("5-90", first, count), plan=shot_folder / "other.npz")
    told = lacking(document, asked)
    assert set(told) == {"frames", "plan"} and "another shot" in told["plan"]
    shot, _ = load_shot(document)
    save_plan(shot_folder / "own.npz", PlanFile(plan, plan_of(shot, actor), ""))
    assert lacking(document, Asked(plan=shot_folder / "own.npz")) == {}


def test_what_is_no_shot_lacks_its_document(tmp_path):
    (tmp_path / "shot.json").write_text("{")
    for name in ("shot.json", "none.json"):
        assert list(lacking(tmp_path / name)) == ["document"]


def test_a_packed_shot_lacks_nothing_wherever_it_is_taken(shot_folder, tmp_path):
    document = shot_folder / "work/shot.json"
    shot, recordings = load_shot(document)
    shot = msgspec.structs.replace(shot, actor=shot_actor(document, shot))
    picture = shot_picture(document, shot)
    files = pack_shot(shot, recordings, picture, tmp_path / "packed")
    assert [path.name for path in files] == ["actor.actor", "background.jpg", "shot.json", "voice.wav"]
    shutil.rmtree(shot_folder)
    moved = (tmp_path / "packed").rename(tmp_path / "elsewhere")
    assert lacking(moved / "shot.json") == {}
    again, _ = load_shot(moved / "shot.json")
    named = (again.actor, again.audio.path, again.background.picture.path)
    assert named == ("actor.actor", "voice.wav", "background.jpg")
    assert again.audio.sha256 == shot.audio.sha256


def test_nothing_is_packed_over_what_is_there(shot_folder, tmp_path):
    document = shot_folder / "work/shot.json"
    shot, recordings = load_shot(document)
    shot = msgspec.structs.replace(shot, actor="bundled")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/letter.txt").write_text("dear")
    with pytest.raises(ShotError, match="already"):
        pack_shot(shot, recordings, None, tmp_path / "full")
    (tmp_path / "empty").mkdir()
    assert [path.name for path in pack_shot(shot, recordings, None, tmp_path / "empty")] == ["shot.json", "voice.wav"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "full", "here"]

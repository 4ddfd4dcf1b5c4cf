"""A shot folder has all that the shot needs, appears whole or not at all, and the backend takes it."""

import shlex
from pathlib import Path

import pytest
from emogene_addon.core.shot_folder import Packing, free_folder, packed, render_command, submit_command
from emogene_addon.emogene_proto.errors import EmoGeneError, RenderError
from emogene_addon.emogene_proto.shot import AudioPart, AudioRef, Background, PictureRef, Shot
from PIL import Image
from running_backend import write_voice

from emogene.plan_files import load_shot, shot_actor, shot_picture


@pytest.fixture
def shot(tmp_path) -> Shot:
    voices = [write_voice(tmp_path / f"line {number} ä.wav", seconds) for number, seconds in ((1, 1.0), (2, 0.5))]
    Image.new("RGB", (8, 8), "red").save(tmp_path / "hall.PNG")
    first, second = (AudioRef(path=str(path)) for path in voices)
    later = (AudioPart(second, 1.5), AudioPart(AudioRef(path=str(voices[0]), offset_seconds=0.5), 3.0))
    picture = Background("picture", picture=PictureRef(path=str(tmp_path / "hall.PNG")))
    return Shot(first, further_audio=later, actor="tiny", background=picture)


def write(shot: Shot, folder: Path, actor: Path | None = None) -> Packing:
    packing = Packing(folder)
    for _ in packed(shot, actor, packing):
        assert not folder.exists(), "whole or not at all"
    return packing


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_the_backend_finds_everything_also_where_the_folder_was_moved(shot, tiny_actor, tmp_path, kind):
    from emogene.actors.archive import write_archive
    from emogene.actors.pack import load_actor

    actor = tiny_actor
    if kind == "file":
        actor = tmp_path / "tiny.actor"
        write_archive(tiny_actor, actor)
    packing = write(shot, tmp_path / "sent" / "day", actor)
    assert packing.done == packing.total > 0
    moved = (tmp_path / "sent" / "day").rename(tmp_path / "elsewhere")
    there, recordings = load_shot(moved / "shot.json")
    assert [path.name for path in recordings] == ["voice.wav", "voice_2.wav", "voice.wav"]
    assert shot_picture(moved / "shot.json", there).name == "background.png"
    assert load_actor(shot_actor(moved / "shot.json", there)).manifest.name == load_actor(tiny_actor).manifest.name
    assert sorted(path.name for path in (tmp_path / "sent").iterdir()) == []


def test_what_is_missing_is_told_and_nothing_is_left(shot, tmp_path):
    Path(shot.audio.path).unlink()
    with pytest.raises(EmoGeneError, match="line 1 ä"):
        write(shot, tmp_path / "sent" / "day")
    assert list((tmp_path / "sent").iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(shot, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RenderError, match="cannot be written"):
        write(shot, tmp_path / "file" / "day")


def test_one_that_is_given_up_leaves_nothing(shot, tmp_path):
    work = packed(shot, None, Packing(tmp_path / "sent" / "day"))
    next(work)
    assert list((tmp_path / "sent").iterdir())
    work.close()
    assert list((tmp_path / "sent").iterdir()) == []


def test_each_folder_is_a_new_one(tmp_path):
    assert free_folder(tmp_path, "day").name == "day_v001"
    (tmp_path / "day_v001").mkdir()
    assert free_folder(tmp_path, "day").name == "day_v002"


def test_commands_name_whole_paths_whatever_is_in_them():
    folder = Path("/films/it's night/day_v001")
    assert shlex.split(render_command(folder, "linux"))[:3] == ["emogene", "render", str(folder / "shot.json")]
    words = shlex.split(submit_command(folder, -3, 40, "linux"))
    assert words[:3] == ["openjd", "run", "template.yaml"]
    assert {f"ShotFolder={folder}", "FirstFrame=-3", "LastFrame=40"} <= set(words)


def test_commands_for_windows_are_quoted_as_it_does():
    folder = Path("/films/it's night/day_v001")
    document, frames, film = (
        str(folder.parent / name) for name in ("day_v001/shot.json", "day_v001_out/frames", "day_v001_out/film.mp4")
    )
    assert render_command(folder, "win32") == f'emogene render "{document}" --out "{frames}" --video "{film}"'
    shot_folder, out = (
        f'"{name}={path}"' for name, path in (("ShotFolder", folder), ("OutputFolder", f"{folder}_out"))
    )
    expected = f"openjd run template.yaml -p {shot_folder} -p {out} -p FirstFrame=-3 -p LastFrame=40"
    assert submit_command(folder, -3, 40, "win32") == expected

"""An actor's own background: a colour or a file of the pack, which counts as part of the actor."""

import shutil
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from tiny_actor import tiny_camera

from emogene.actors.archive import BACKGROUND, write_archive
from emogene.actors.background import STUDIO_GREY, BackgroundEntry, chosen_background
from emogene.actors.build import manifest_of, write_actor, write_manifest
from emogene.actors.pack import Actor, load_actor, read_manifest
from emogene_proto.errors import ActorError, ShotError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def copied(tiny_actor, tmp_path) -> Path:
    """A pack that a test may change."""
    return Path(shutil.copytree(tiny_actor, tmp_path / "copied"))


def with_entry(folder: Path, entry: BackgroundEntry | None) -> Actor:
    write_manifest(folder, msgspec.structs.replace(read_manifest(folder / "actor.toml"), background=entry))
    return load_actor(folder)


def colour_of(actor: Actor) -> tuple[int, ...]:
    return tuple(actor.backdrop.fitted(2, 2)[0, 0])


def test_a_colour_comes_back_and_is_part_of_the_fingerprint(copied):
    plain = load_actor(copied).fingerprint
    actor = with_entry(copied, BackgroundEntry(colour="#102030"))
    assert colour_of(actor) == (16, 32, 48)
    assert actor.fingerprint != plain


def test_an_actor_without_one_is_told_with_what_to_do(tiny_actor):
    with pytest.raises(ActorError, match="no background of its own") as caught:
        _ = load_actor(tiny_actor).backdrop
    assert "--background" in caught.value.hint


def test_a_picture_is_a_file_of_the_pack_and_part_of_the_fingerprint(copied, tmp_path):
    Image.new("RGB", (8, 8), (1, 2, 3)).save(copied / BACKGROUND)
    actor = with_entry(copied, BackgroundEntry(picture=BACKGROUND))
    assert colour_of(actor) == (1, 2, 3)
    write_archive(copied, tmp_path / "ada.actor")
    packed = load_actor(tmp_path / "ada.actor")
    assert colour_of(packed) == (1, 2, 3) and packed.fingerprint == actor.fingerprint
    Image.new("RGB", (8, 8), (1, 2, 4)).save(copied / BACKGROUND)
    assert load_actor(copied).fingerprint != actor.fingerprint


def test_a_missing_or_damaged_picture_is_told(copied):
    with pytest.raises(ActorError, match=BACKGROUND):
        with_entry(copied, BackgroundEntry(picture=BACKGROUND))
    (copied / BACKGROUND).write_bytes(b"no picture")
    with pytest.raises(ActorError, match="damaged"):
        _ = load_actor(copied).backdrop


@pytest.mark.parametrize(
    "entry",
    [
        'colour = "grey"',
        'picture = "../../etc/passwd"',
        'picture = "preview.png"',
        'colour = "#808080"\npicture = "background.png"',
        "",
    ],
)
def test_an_entry_that_is_none_is_refused(tmp_path, entry):
    write_manifest(tmp_path, manifest_of("ada", "CC0-1.0", "", tiny_camera()))
    with (tmp_path / "actor.toml").open("a") as file:
        file.write(f"\n[background]\n{entry}\n")
    with pytest.raises(ActorError, match="background"):
        read_manifest(tmp_path / "actor.toml")


def test_building_again_with_a_colour_leaves_no_picture_behind(copied, tmp_path):
    Image.new("RGB", (8, 8)).save(copied / BACKGROUND)
    actor = with_entry(copied, BackgroundEntry(picture=BACKGROUND))
    out = tmp_path / "out"
    assert (write_actor(out, actor.manifest, copied).folder / BACKGROUND).is_file()
    grey = msgspec.structs.replace(actor.manifest, background=BackgroundEntry(colour=STUDIO_GREY))
    assert not (write_actor(out, grey, copied).folder / BACKGROUND).exists()


def test_the_command_line_chooses_a_colour_a_picture_or_none(tmp_path):
    Image.new("RGB", (4, 4), (9, 9, 9)).save(tmp_path / "hall.jpg")
    assert chosen_background("none", tmp_path) is None
    assert chosen_background("A0B0C0", tmp_path) == BackgroundEntry(colour="#a0b0c0")
    assert not (tmp_path / BACKGROUND).exists()
    assert chosen_background(str(tmp_path / "hall.jpg"), tmp_path) == BackgroundEntry(picture=BACKGROUND)
    with Image.open(tmp_path / BACKGROUND) as written:
        assert (written.format, written.size) == ("PNG", (4, 4))
    with pytest.raises(ShotError):
        chosen_background("nowhere.png", tmp_path)

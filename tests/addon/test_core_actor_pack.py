"""An actor's name, which any .blend may hold, leads to a pack in the folder of actors, or nowhere."""

import zipfile
from pathlib import Path

import pytest
from emogene_addon.core.actor_pack import actor_pack


@pytest.fixture
def actors(tmp_path) -> Path:
    """A folder with two actors and things that are none; beside it another actor and a secret."""
    folder = tmp_path / "actors"
    for place in (folder / "anna", tmp_path / "private", folder / "empty"):
        place.mkdir(parents=True)
    for place in (folder / "anna", tmp_path / "private"):
        (place / "actor.toml").touch()
    for name, holds in (("bert", "actor.toml"), ("photos", "beach.jpg")):
        with zipfile.ZipFile(folder / f"{name}.actor", "w") as archive:
            archive.writestr(holds, "")
    (folder / "text.actor").write_text("no zip")
    (folder / "notes").write_text("mine")
    (tmp_path / "secret").write_text("nobody's business")
    return folder


def test_packs_are_found_as_folders_and_as_files(actors):
    assert actor_pack(actors, "anna") == actors / "anna"
    assert actor_pack(actors, "bert") == actor_pack(actors, "bert.actor") == actors / "bert.actor"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../private", "anna/../../private", "..\\private", "C:private", "a\0b"]
)
def test_no_name_leads_out_of_the_folder(actors, name):
    (actors / "actor.toml").touch()
    (actors.parent / "actor.toml").touch()
    assert actor_pack(actors, name) is None


def test_nor_does_a_whole_path(actors):
    for there in (actors.parent / "secret", actors.parent / "private", actors / "anna"):
        assert actor_pack(actors, str(there)) is None


@pytest.mark.parametrize("name", ["empty", "photos", "text", "text.actor", "notes", "nobody"])
def test_what_is_no_pack_is_no_actor(actors, name):
    assert actor_pack(actors, name) is None

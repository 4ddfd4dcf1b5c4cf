"""Actor packs: what was written comes back, and a bad pack is refused in a sentence."""

import errno
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from tiny_actor import build_tiny_actor, nodding, tiny_camera, tiny_face

from emogene.actors.archive import PACK_FILES, write_archive
from emogene.actors.pack import load_actor
from emogene_proto.errors import ActorError


@pytest.fixture
def copied(tiny_actor, tmp_path) -> Path:
    """A pack that a test may spoil."""
    return Path(shutil.copytree(tiny_actor, tmp_path / "copied"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))


def test_a_pack_comes_back_as_it_was_written(tiny_actor):
    actor = load_actor(tiny_actor)
    assert actor.name == "tiny" and actor.manifest.licence == "CC0-1.0"
    assert np.array_equal(actor.rest, tiny_face().rest)
    assert np.array_equal(actor.closed_eyes, tiny_face().closed_eyes)
    assert np.allclose(actor.camera.camera_to_world, tiny_camera().camera_to_world)
    assert actor.camera.focal_px == tiny_camera().focal_px
    assert np.allclose(actor.head_motion.recordings[0], nodding(300), atol=2e-4)


def test_building_twice_gives_the_same_pack(tiny_actor, tmp_path):
    again = build_tiny_actor(tmp_path / "again")
    assert all((again / name).read_bytes() == (tiny_actor / name).read_bytes() for name in PACK_FILES)
    assert load_actor(again).fingerprint == load_actor(tiny_actor).fingerprint


def test_an_actor_file_is_the_same_actor(tiny_actor, tmp_path):
    write_archive(tiny_actor, tmp_path / "tiny.actor")
    write_archive(tiny_actor, tmp_path / "again.actor")
    assert (tmp_path / "tiny.actor").read_bytes() == (tmp_path / "again.actor").read_bytes()
    for _ in range(2):
        assert load_actor(tmp_path / "tiny.actor").fingerprint == load_actor(tiny_actor).fingerprint


def test_an_actor_file_that_cannot_be_written_leaves_what_was_there(copied, tmp_path, monkeypatch):
    write_archive(copied, tmp_path / "tiny.actor")
    before = (tmp_path / "tiny.actor").read_bytes()
    (tmp_path / "tiny.actor.tmp").write_text("of the artist")
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_archive(copied, tmp_path / "tiny.actor")
    assert sorted(path.name for path in tmp_path.glob("*tiny*")) == ["tiny.actor", "tiny.actor.tmp"]
    assert (tmp_path / "tiny.actor").read_bytes() == before
    assert (tmp_path / "tiny.actor.tmp").read_text() == "of the artist"


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("name", PACK_FILES[:-1])
def test_a_pack_without_one_of_its_files_is_refused(copied, name):
    (copied / name).unlink()
    with pytest.raises(ActorError):
        load_actor(copied)


@pytest.mark.parametrize(
    ("model", "attribute"),
    [
        ("face", "rest"),
        ("speech_encoder", "speech_encoder"),
        ("audio2motion", "audio2motion"),
        ("ldm", "ldm"),
        ("head_motion", "head_motion"),
        ("head_field", "fields"),
        ("torso_field", "fields"),
    ],
)
def test_damaged_and_swapped_models_are_refused(copied, model, attribute):
    path = copied / f"{model}.safetensors"
    other = "ldm" if model != "ldm" else "face"
    for content in (b"", b"not a model", path.read_bytes()[:-20], (copied / f"{other}.safetensors").read_bytes()):
        path.write_bytes(content)
        with pytest.raises(ActorError) as caught:
            getattr(load_actor(copied), attribute)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format = 3", "format = 4"),
        ("format = 3", "format = "),
        ("focal_mm = 60.0", "focal_mm = -1.0"),
        ("width = 64", "width = 1000000"),
        ("[1.0, 0.0, 0.0, 0.0]", "[5.0, 0.0, 0.0, 0.0]"),
        ("[0.0, 0.0, -1.0, -0.7]", "[0.0, 0.0, -1.0]"),
        ("happy = [0.9", "joyful = [0.9"),
        ("happy = [0.9, ", "happy = ["),
        ("intensities = [0.5, 1.0", "intensities = [1.0, 0.5"),
        ("usual_mm = 0.8", "usual_mm = 0.0"),
        ("surprised = [1.2", "surprised = [inf"),
        ("style_scale = 1.0", "style_scale = 0.0"),
        ("style_scale = 1.0", "style_scale = nan"),
        ('name = "tiny"', ""),
    ],
)
def test_a_manifest_that_fits_no_actor_is_refused(copied, old, new):
    text = (copied / "actor.toml").read_text()
    assert old in text
    (copied / "actor.toml").write_text(text.replace(old, new))
    with pytest.raises(ActorError):
        load_actor(copied)


def test_an_actor_may_have_a_style_of_its_own_or_say_nothing_of_it(copied):
    text = (copied / "actor.toml").read_text()
    (copied / "actor.toml").write_text(text.replace("style_scale = 1.0", "style_scale = 1.4"))
    assert load_actor(copied).speaking_style == 1.4
    (copied / "actor.toml").write_text(text.replace("[speaking]\nstyle_scale = 1.0\n", ""))
    assert load_actor(copied).speaking_style == 1.0


def test_names_that_are_no_actor_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.actor").write_text("hello")
    for name in ("nobody", tmp_path / "empty", tmp_path / "text.actor"):
        with pytest.raises(ActorError):
            load_actor(name)


def spoiled_archive(pack: Path, path: Path, **entries: bytes | None) -> Path:
    """The pack as a zip, with entries added, replaced or (None) left out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in PACK_FILES:
            if name not in entries:
                archive.write(pack / name, name)
        for name, content in entries.items():
            if content is not None:
                archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "entries",
    [
        {"../escaped.txt": b"x"},
        {"/absolute.txt": b"x"},
        {"code.py": b"print()"},
        {"actor.toml": None},
        {"preview.png": bytes(65 * 2**20)},
    ],
)
def test_archives_with_something_else_in_them_are_refused_and_leave_nothing(tiny_actor, tmp_path, entries):
    path = spoiled_archive(tiny_actor, tmp_path / "bad.actor", **entries)
    with pytest.raises(ActorError):
        load_actor(path)
    assert not list((tmp_path / "cache").rglob("*.toml"))
    assert not (tmp_path / "escaped.txt").exists()


def test_an_archive_that_lies_about_a_size_is_refused(tiny_actor, tmp_path):
    path = spoiled_archive(tiny_actor, tmp_path / "bad.actor")
    content = bytearray(path.read_bytes())
    directory = content.rfind(b"preview.png") - 46
    content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(ActorError):
        load_actor(path)

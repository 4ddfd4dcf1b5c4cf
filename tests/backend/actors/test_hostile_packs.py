"""Packs that somebody made to do harm, or that are damaged: each is refused in words, none ends the backend."""

import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emogene.actors.archive import LARGEST_MANIFEST, read_packed
from emogene.actors.pack import pack_manifest
from emogene.actors.unpacked import unpack_archive
from emogene.service.actors import covered_to
from emogene_proto.errors import ActorError


def packed(path, text, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("actor.toml", text)
    return path


@pytest.fixture
def good(tiny_actor, tmp_path):
    return packed(tmp_path / "good.actor", (tiny_actor / "actor.toml").read_text())


def test_a_good_manifest_is_read_stored_or_deflated(tiny_actor, good, tmp_path):
    stored = packed(tmp_path / "stored.actor", (tiny_actor / "actor.toml").read_text(), zipfile.ZIP_STORED)
    assert pack_manifest(good) == pack_manifest(stored) == pack_manifest(tiny_actor)


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_compressions_are_refused(tmp_path, compression):
    path = packed(tmp_path / "other.actor", "format = 1\n" * 500, compression)
    content = bytearray(path.read_bytes())
    content[60:70] = b"\xff" * 10
    path.write_bytes(content)
    for read in (pack_manifest, unpack_archive):
        with pytest.raises(ActorError):
            read(path)
    assert covered_to(path) == {}


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "9" * 5000,
        "format = 1\n" + "# \n" * (LARGEST_MANIFEST // 3),
        "a = 2000-02-31",
        "\x00",
    ],
    ids=["deep", "long number", "large", "no date", "zero"],
)
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path, text):
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "actor.toml").write_text(text)
    for path in (folder, packed(tmp_path / "pack.actor", text)):
        with pytest.raises(ActorError):
            pack_manifest(path)
        assert covered_to(path) == {}


def test_of_a_bomb_no_more_is_unpacked_than_a_manifest_may_have(tmp_path):
    path = packed(tmp_path / "bomb.actor", "#" * (50 * LARGEST_MANIFEST))
    with pytest.raises(ActorError, match="too large"):
        read_packed(path, "actor.toml")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_archive_is_read_or_refused_and_nothing_else(good, tmp_path, data):
    content = bytearray(good.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.actor"
    path.write_bytes(content[: len(content) - data.draw(st.sampled_from([0, 0, 1, 30]))])
    try:
        pack_manifest(path)
    except ActorError as refused:
        assert refused.message and refused.hint

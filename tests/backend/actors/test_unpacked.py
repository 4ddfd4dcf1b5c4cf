"""`.actor` files in the cache: whole after a power cut, mended where damaged, gone when nobody uses them any more."""

import errno
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from emogene.actors import archive as archives
from emogene.actors.archive import PACK_FILES, write_archive
from emogene.actors.pack import load_actor
from emogene_proto.errors import ActorError

DAY = 24 * 3600.0


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """Where unpacked actors lie."""
    monkeypatch.setenv("EMOGENE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/actors"


@pytest.fixture
def packed(cache, tiny_actor, tmp_path):
    """`.actor` files of the tiny actor, each of another version."""

    def made(version: int) -> Path:
        folder = Path(shutil.copytree(tiny_actor, tmp_path / f"version {version}"))
        (folder / "preview.png").write_bytes(b"picture %d" % version)
        write_archive(folder, tmp_path / f"{version}.actor")
        return tmp_path / f"{version}.actor"

    return made


def used_elsewhere(path: Path) -> None:
    """Another process unpacks it, and ends."""
    with user_of(path):
        pass


def user_of(path: Path) -> subprocess.Popen[str]:
    """A process that uses it until its input is closed."""
    code = "import sys; from emogene.actors.pack import load_actor; load_actor(sys.argv[1]); print(); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], **pipes)
    assert process.stdout is not None and process.stdout.readline() == "\n"
    return process


def aged(path: Path, days: float) -> None:
    os.utime(path, (time.time() - days * DAY,) * 2)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def emptied(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def changed(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("name", PACK_FILES)
@pytest.mark.parametrize("damage", [cut, emptied, changed, Path.unlink])
def test_what_is_damaged_in_the_cache_is_unpacked_again(packed, tiny_actor, damage, name):
    path = packed(1)
    folder = load_actor(path).folder
    whole = {file.name: file.read_bytes() for file in folder.iterdir()}
    damage(folder / name)
    again = load_actor(path)
    assert again.folder == folder and {file.name: file.read_bytes() for file in folder.iterdir()} == whole
    assert again.fingerprint == load_actor(tiny_actor).fingerprint


def test_a_pack_that_is_damaged_itself_is_refused_each_time(packed, tmp_path):
    path = packed(1)
    cut(tmp_path / "version 1/ldm.safetensors")
    write_archive(tmp_path / "version 1", path)
    for _ in range(2):
        with pytest.raises(ActorError, match="ldm"):
            _ = load_actor(path).ldm


@pytest.mark.skipif(sys.platform == "win32", reason="Windows syncs no folders")
def test_files_and_their_names_are_on_the_disk_before_the_folder_has_its_name(packed, monkeypatch):
    steps, sync, replace = [], os.fsync, Path.replace
    path = packed(1)

    def noted(number):
        steps.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        sync(number)

    def renamed(source, target):
        steps.extend(["rename"] * source.is_dir())
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "replace", renamed)
    load_actor(path)
    assert steps == ["file"] * len(PACK_FILES) + ["folder", "rename", "folder"]


def test_what_killed_processes_left_goes_after_a_day(packed, cache):
    for name, days in (("unpacking-old", 1.5), ("unpacking-new", 0.5)):
        (cache / name).mkdir(parents=True)
        (cache / name / "ldm.safetensors").touch()
        aged(cache / name, days)
    folder = load_actor(packed(1)).folder
    assert sorted(path.name for path in cache.iterdir()) == sorted(["unpacking-new", folder.name])


def test_a_version_that_nobody_used_for_a_month_goes_when_another_is_unpacked(packed, cache):
    old, recent = packed(1), packed(2)
    used_elsewhere(old)
    (unused,) = cache.iterdir()
    used_elsewhere(recent)
    aged(unused, 31)
    (used,) = set(cache.iterdir()) - {unused}
    aged(used, 29)
    (cache / "of somebody").mkdir()
    aged(cache / "of somebody", 99)
    latest = load_actor(packed(3)).folder
    assert set(cache.iterdir()) == {used, latest, cache / "of somebody"}
    assert load_actor(old).folder == unused, "it is unpacked again"


def test_a_version_that_is_used_again_is_no_longer_old(packed, cache):
    path = packed(1)
    used_elsewhere(path)
    (folder,) = cache.iterdir()
    aged(folder, 31)
    used_elsewhere(path)
    load_actor(packed(2))
    assert folder.is_dir()


def test_a_version_that_a_process_uses_stays_however_long_ago_that_began(packed, cache):
    path = packed(1)
    with user_of(path), user_of(path) as other:
        (folder,) = cache.iterdir()
        other.communicate()
        aged(folder, 400)
        load_actor(packed(2))
        assert folder.is_dir()
    aged(folder, 400)
    load_actor(packed(3))
    assert not folder.exists()


def test_a_folder_that_is_removed_while_it_is_used_is_unpacked_again(packed):
    path = packed(1)
    shutil.rmtree(load_actor(path).folder)
    assert load_actor(path).ldm is not None


def test_many_who_unpack_one_pack_at_once_have_one_folder(packed, cache):
    path, found = packed(1), []
    users = [threading.Thread(target=lambda: found.append(load_actor(path).folder)) for _ in range(6)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert len(found) == 6 and list(cache.iterdir()) == [found[0]] and set(found) == {found[0]}


def test_a_full_disk_is_told_as_one_and_leaves_nothing(packed, cache, monkeypatch):
    path = packed(1)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ActorError, match="No space left on device") as caught:
        load_actor(path)
    assert "Make room" in caught.value.hint and archives.REFUSED_HINT not in caught.value.hint
    assert list(cache.iterdir()) == []

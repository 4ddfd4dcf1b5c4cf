"""The build: what it takes from where, and what it says where it cannot."""

import importlib.util
import json
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def build_addon():
    spec = importlib.util.spec_from_file_location("build_addon_script", ROOT / "build_addon.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_extension_carries_the_protocol_and_both_licences(build_addon, tmp_path):
    build_addon.stage(tmp_path / "emogene")
    for name in ("__init__.py", "LICENSE", "emogene_proto/shot.py", "emogene_proto/LICENSE", "core/jobs.py"):
        assert (tmp_path / "emogene" / name).stat().st_size > 0, name
    assert not list((tmp_path / "emogene").rglob("__pycache__"))


def test_the_manifest_follows_the_rules_of_extensions():
    manifest = tomllib.loads((ROOT / "blender_addon" / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert manifest["id"] == "emogene"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["permissions"]) == {"network", "files"}
    for text in (manifest["tagline"], *manifest["permissions"].values()):
        assert not text.endswith(".") and len(text) <= 64


def test_modules_of_the_extension_import_only_relatively():
    """Blender flags extensions that need their modules at the top level."""
    for path in [*(ROOT / "blender_addon").rglob("*.py"), *(ROOT / "shared_proto").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert "import emogene" not in text and "from emogene" not in text, path


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "linux-x64"),
        ("Windows", "AMD64", "windows-x64"),
        ("Darwin", "arm64", "macos-arm64"),
        ("Darwin", "x86_64", "macos-x64"),
    ],
)
def test_platforms_are_named_as_blender_names_them(build_addon, monkeypatch, system, machine, name):
    monkeypatch.setattr("platform.system", lambda: system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert build_addon.this_platform() == name


def test_an_unknown_platform_is_told_what_to_do(build_addon, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(build_addon.BuildError, match="--form system"):
        build_addon.this_platform()


@pytest.mark.parametrize(("form", "limits"), [("py311", ("4.2.0", "5.1.0")), ("py313", ("5.1.0", None))])
def test_each_form_installs_only_where_its_wheels_can_be_imported(build_addon, tmp_path, form, limits):
    build_addon.stage(tmp_path / "emogene")
    build_addon._carry_wheels(tmp_path / "emogene", build_addon.FORMS[form], "linux-x64", [])
    manifest = tomllib.loads((tmp_path / "emogene" / "blender_manifest.toml").read_text(encoding="utf-8"))
    assert (manifest["blender_version_min"], manifest.get("blender_version_max")) == limits
    assert manifest["platforms"] == ["linux-x64"] and set(manifest["permissions"]) == {"network", "files"}


def test_versions_of_wheels_are_those_pinned(build_addon, tmp_path, monkeypatch):
    pins = tmp_path / "constraints.txt"
    pins.write_text("numpy==1.26.4\nmsgspec==0.22.0\n")
    monkeypatch.setattr(build_addon, "WHEEL_CACHE", tmp_path)
    with pytest.raises(build_addon.BuildError, match="does not pin pyzmq"):
        build_addon.build_all(tmp_path / "dist", ["py311"], ["linux-x64"], pins)


def test_a_repository_offers_each_blender_the_one_zip_for_it(build_addon, tmp_path):
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "emogene-0.0.1-linux-x64.zip").write_bytes(b"of an older version")
    forms = ["py311", "py313", "system"]
    indices = build_addon.build_repository(folder, forms, ["linux-x64"], ROOT / "constraints.txt")
    assert indices == [folder / "index.json", folder / "system" / "index.json"]
    with_wheels, without = (json.loads(index.read_text(encoding="utf-8"))["data"] for index in indices)
    ranges = [(each["blender_version_min"], each.get("blender_version_max")) for each in with_wheels]
    assert sorted(ranges) == [("4.2.0", "5.1.0"), ("5.1.0", None)]
    assert [each["blender_version_min"] for each in without] == ["4.2.0"]
    for index, listed in zip(indices, (with_wheels, without), strict=True):
        zips = {path.name: path.stat().st_size for path in index.parent.glob("*.zip")}
        assert {each["archive_url"].removeprefix("./"): each["archive_size"] for each in listed} == zips
        for each in listed:
            assert each["archive_url"].removeprefix("./") in index.with_name("index.html").read_text(encoding="utf-8")


def test_a_repository_of_some_forms_has_no_empty_part(build_addon, tmp_path):
    assert build_addon.build_repository(tmp_path, ["system"], [], ROOT / "constraints.txt") == [
        tmp_path / "system" / "index.json"
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["system"]

#!/usr/bin/env python3
"""Build the Blender extension with Blender's own extension tool: `python build_addon.py`.

One source, three forms, because Blender's Python and the wheels that fit it changed with Blender 5.1:
`py311` for Blender 4.2 to 5.0, `py313` for 5.1 and up, `system` without wheels, for distributions whose Blender uses
the system's Python (they need its packages for zmq and msgspec). `--repository FOLDER` makes a folder of them all that
Blender can install from and update from, once it lies on a web server. Standard library only.
"""

import argparse
import importlib.util
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "blender_addon"
PROTO = ROOT / "shared_proto" / "emogene_proto"
WHEEL_CACHE = ROOT / ".cache" / "addon_wheels"
PACKAGES = ("pyzmq", "msgspec")

PLATFORM_TAGS = {
    "linux-x64": ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_26_x86_64", "manylinux_2_28_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_10_15_universal2", "macosx_11_0_arm64"),
    "macos-x64": ("macosx_10_15_universal2", "macosx_10_9_x86_64", "macosx_10_15_x86_64", "macosx_11_0_x86_64"),
}
"""Blender's name of a platform, and the wheel tags that run on it."""


@dataclass(frozen=True)
class Form:
    """One build of the extension: which Blender it is for, and which wheels that Blender can import."""

    python: str
    abis: tuple[str, ...]
    suffix: str
    oldest: str
    below: str
    """First Blender version that it is for, and the first that it is not for (empty: none yet)."""


FORMS = {
    "py311": Form("3.11", ("cp311",), "", oldest="4.2.0", below="5.1.0"),
    "py313": Form("3.13", ("cp313", "abi3"), "-blender51", oldest="5.1.0", below=""),
}


class BuildError(Exception):
    """The build cannot go on; the message says why and what to do."""


def main(arguments: list[str] | None = None) -> int:
    try:
        options = _parse(arguments)
        if options.repository is not None:
            made = build_repository(options.repository, options.form, options.platforms, options.constraints)
        else:
            made = build_all(options.output, options.form, options.platforms, options.constraints)
        print(*made, sep="\n")
    except BuildError as error:
        print(f"build_addon: {error}", file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build the EmoGene extension for Blender into dist/.")
    parser.add_argument("--form", choices=[*FORMS, "system"], action="append", help="default: the one of this Python")
    parser.add_argument(
        "--platform", choices=PLATFORM_TAGS, action="append", dest="platforms", help="default: this one"
    )
    parser.add_argument("--all", action="store_true", help="every form for every platform")
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument(
        "--repository", type=Path, metavar="FOLDER", help="make FOLDER a repository for Blender; default: all of --all"
    )
    parser.add_argument("--constraints", type=Path, default=ROOT / "constraints.txt", help="pins the wheels' versions")
    options = parser.parse_args(arguments)
    if options.all or options.repository is not None:
        options.form = options.form or [*FORMS, "system"]
        options.platforms = options.platforms or list(PLATFORM_TAGS)
    options.form = options.form or [default_form()]
    options.platforms = options.platforms or ([] if options.form == ["system"] else [this_platform()])
    return options


def default_form() -> str:
    """The form whose Blender has this Python."""
    return "py311" if sys.version_info < (3, 12) else "py313"


def this_platform() -> str:
    """Blender's name of this computer's platform.

    Raises:
        BuildError: Blender has no wheels-carrying build for it.
    """
    systems = {"linux": "linux", "windows": "windows", "darwin": "macos"}
    machines = {"x86_64": "x64", "amd64": "x64", "arm64": "arm64", "aarch64": "arm64"}
    machine = platform.machine().lower()
    name = f"{systems.get(platform.system().lower(), '?')}-{machines.get(machine, machine)}"
    if name not in PLATFORM_TAGS:
        raise BuildError(f"No build for {name} is known. Use --form system, or --platform for another computer.")
    return name


def build_all(output: Path, forms: list[str], platforms: list[str], constraints: Path) -> list[Path]:
    """Build every form for every platform; the `system` form is one zip for all. Returns the zips' paths."""
    output.mkdir(parents=True, exist_ok=True)
    zips = []
    for form in forms:
        if form == "system":
            zips.append(_build(output / f"emogene-{version()}-system.zip", None, "", []))
            continue
        for target in platforms:
            wheels = _wheels(FORMS[form], form, target, constraints)
            name = f"emogene-{version()}{FORMS[form].suffix}-{target}.zip"
            zips.append(_build(output / name, FORMS[form], target, wheels))
    return zips


def build_repository(folder: Path, forms: list[str], platforms: list[str], constraints: Path) -> list[Path]:
    """Build into `folder` what Blender's *Get Extensions > Repositories* can install from. Returns its index files.

    The forms with wheels share one index: each Blender takes the one for its version and platform. The `system` form
    fits all of these too, so it has a repository of its own in the folder `system`. Our older zips are removed.
    """
    indices = []
    for place, group in ((folder, [form for form in forms if form != "system"]), (folder / "system", ["system"])):
        if not set(group) & set(forms):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            zips = build_all(Path(temporary), group, platforms, constraints)
            place.mkdir(parents=True, exist_ok=True)
            for old in place.glob("emogene-*.zip"):
                old.unlink()
            for zip_path in zips:
                shutil.copy(zip_path, place)
        told = _run(
            [*extension_tool(), "server-generate", "--repo-dir", str(place), "--html"], "The index could not be made"
        )
        if "duplicate" in told:
            raise BuildError(f"Two zips in {place} are for the same Blender:\n{told}")
        indices.append(place / "index.json")
    return indices


def version() -> str:
    """The extension's version; the manifest is the one place of it."""
    return tomllib.loads((SOURCE / "blender_manifest.toml").read_text(encoding="utf-8"))["version"]


def stage(folder: Path) -> None:
    """Copy the extension's sources and the protocol that it carries into `folder`, which must not exist."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(SOURCE, folder, ignore=ignore)
    shutil.copytree(PROTO, folder / "emogene_proto", ignore=ignore)
    shutil.copy(ROOT / "LICENSE", folder / "emogene_proto" / "LICENSE")


def _build(zip_path: Path, form: Form | None, target: str, wheels: list[Path]) -> Path:
    """Stage, validate and build one zip."""
    tool = extension_tool()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "emogene"
        stage(folder)
        if form is not None:
            _carry_wheels(folder, form, target, wheels)
        _run([*tool, "validate", str(folder)], "The extension is not valid")
        zip_path.unlink(missing_ok=True)
        command = [*tool, "build", "--source-dir", str(folder), "--output-filepath", str(zip_path)]
        _run(command, "The extension could not be built")
    _run([*tool, "validate", str(zip_path)], "The built extension is not valid")
    return zip_path


def _carry_wheels(folder: Path, form: Form, target: str, wheels: list[Path]) -> None:
    (folder / "wheels").mkdir()
    for wheel in wheels:
        shutil.copy(wheel, folder / "wheels" / wheel.name)
    lines = [f'platforms = ["{target}"]']
    if form.below:
        lines.append(f'blender_version_max = "{form.below}"')
    lines += ["wheels = [", *[f'    "./wheels/{wheel.name}",' for wheel in wheels], "]", ""]
    manifest = folder / "blender_manifest.toml"
    text = manifest.read_text(encoding="utf-8").replace("[permissions]", "\n".join(lines) + "\n[permissions]", 1)
    text = re.sub(r'(?m)^blender_version_min = ".*"$', f'blender_version_min = "{form.oldest}"', text)
    manifest.write_text(text, encoding="utf-8")


def _wheels(form: Form, form_name: str, target: str, constraints: Path) -> list[Path]:
    """The wheels of one form and platform, from the cache or else by pip."""
    folder = WHEEL_CACHE / f"{form_name}-{target}"
    found = []
    for package in PACKAGES:
        pinned = _pinned_version(constraints, package)
        pattern = f"{package}-{pinned}-*.whl"
        if not list(folder.glob(pattern)):
            _download(f"{package}=={pinned}", folder, form, target)
        found += sorted(folder.glob(pattern))
    return found


def _download(requirement: str, folder: Path, form: Form, target: str) -> None:
    command = [_python_with_pip(), "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--dest", str(folder), "--implementation", "cp", "--python-version", form.python]
    for tag in PLATFORM_TAGS[target]:
        command += ["--platform", tag]
    for abi in form.abis:
        command += ["--abi", abi]
    _run([*command, requirement], f"No wheel of {requirement} for {target} could be had")


def _pinned_version(constraints: Path, package: str) -> str:
    text = constraints.read_text(encoding="utf-8") if constraints.exists() else ""
    line = re.search(rf"^{package}==([^\s;#]+)", text, re.MULTILINE | re.IGNORECASE)
    if line is None:
        raise BuildError(f"{constraints} does not pin {package}. Add a line '{package}==VERSION'.")
    return line.group(1)


def _python_with_pip() -> str:
    for python in (sys.executable, *_project_pythons()):
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
            return python
    raise BuildError("This Python has no pip. Run `python3 run.py setup` first.")


def _project_pythons() -> list[str]:
    folders = (ROOT / ".venv" / "bin" / "python", ROOT / ".venv" / "Scripts" / "python.exe")
    return [str(path) for path in folders if path.exists()]


def extension_tool() -> list[str]:
    """The command that runs Blender's extension tool: from the bpy wheel, or else a Blender on PATH.

    Raises:
        BuildError: neither is there.
    """
    for pattern in ("*/scripts/addons_core/bl_pkg/cli/blender_ext.py",):
        for folder in _bpy_folders():
            for script in sorted(folder.glob(pattern), reverse=True):
                return [sys.executable, str(script)]
    blender = shutil.which("blender")
    if blender is None:
        raise BuildError("Blender's extension tool was not found. Run `python3 run.py setup`, or put blender on PATH.")
    return [blender, "--background", "--factory-startup", "--command", "extension"]


def _bpy_folders() -> list[Path]:
    """Folders that may hold the bpy wheel, without importing it."""
    folders = []
    spec = importlib.util.find_spec("bpy")
    if spec is not None and spec.origin is not None:
        folders += [Path(spec.origin).parent, Path(spec.origin).parents[2]]
    folders += sorted((ROOT / ".venv").glob("lib/python*/site-packages/bpy"))
    folders += sorted((ROOT / ".venv").glob("Lib/site-packages/bpy"))
    return folders


def _run(command: list[str], problem: str) -> str:
    """Run it and return what it said."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (result.stderr + result.stdout).strip()
    if result.returncode != 0:
        raise BuildError(f"{problem}:\n{said}")
    return said


if __name__ == "__main__":
    sys.exit(main())

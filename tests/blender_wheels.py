"""Blender as a Python module, in each version that the add-on is for, outside this project and its environment.

Downloaded once into `EMOGENE_TEST_CACHE`, or else the user's cache folder (0.9 GB a version), and used again.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIBRARIES = ("bpy", "numpy", "numpy.libs", "requests", "urllib3", "idna", "certifi", "charset_normalizer")
LIBRARIES += ("cattr", "cattrs", "attr", "attrs", "typing_extensions.py")
"""What the bpy wheels need to start and to install extensions, as it lies in an environment."""
FREE_DISK = 2 * 1024**3
DOWNLOAD_SECONDS = 600


@dataclass(frozen=True)
class BlenderVersion:
    number: str
    python: tuple[int, int]
    form: str
    """The build of the extension that is for it, see build_addon.py."""
    packages: tuple[str, ...]


_OF_5_2 = ("cattrs==26.2.1", "attrs==26.1.0", "typing_extensions==4.16.0", "requests==2.34.2", "urllib3==2.8.0")
_OF_5_2 += ("idna==3.20", "certifi", "charset_normalizer")
VERSIONS = (
    BlenderVersion("4.2.23", (3, 11), "py311", ("numpy==1.26.4",)),
    BlenderVersion("4.5.15", (3, 11), "py311", ("numpy==1.26.4",)),
    BlenderVersion("5.0.1", (3, 11), "py311", ("numpy==1.26.4",)),
    BlenderVersion("5.2.3", (3, 13), "py313", ("numpy==2.2.6", *_OF_5_2)),
)


class NotHere(Exception):
    """This version of Blender cannot be had here; the message says why."""


@dataclass(frozen=True)
class Blender:
    """A Blender that can be started: `[python, -I, -S, boot.py, libraries, script]`."""

    version: BlenderVersion
    python: str
    libraries: Path

    @property
    def extension_tool(self) -> Path:
        return next(self.libraries.glob("bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))


def find_blender(version: BlenderVersion, links: Path) -> Blender:
    """That of this environment, where it is this version (linked into the folder `links`), else that of the cache.

    Raises:
        NotHere: no Python fits, or pip cannot get it.
    """
    python = _python(version.python)
    if python is None:
        raise NotHere("Python {}.{} is not on this computer".format(*version.python))
    if _here() == version.number:
        return Blender(version, python, link_libraries(links))
    folder = _cache_folder() / f"blender-{version.number}"
    if not folder.is_dir():
        _download(version, folder)
    return Blender(version, python, folder)


def link_libraries(folder: Path) -> Path:
    """Only what Blender itself needs of this environment, so that a script sees nothing else of it."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Path(sysconfig.get_path("purelib"))
    for name in LIBRARIES:
        if (site / name).exists():
            (folder / name).symlink_to(site / name)
    return folder


@cache
def _here() -> str | None:
    """The version of Blender in this environment."""
    try:
        return importlib.metadata.version("bpy")
    except importlib.metadata.PackageNotFoundError:
        return None


@cache
def _python(wanted: tuple[int, int]) -> str | None:
    """This Python, or another of this computer: on PATH, or where pyenv and uv keep them."""
    if sys.version_info[:2] == wanted:
        return sys.executable
    spec = importlib.util.spec_from_file_location("run_script", ROOT / "run.py")
    assert spec is not None and spec.loader is not None
    run = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(run)
    return next((command[0] for command in run.candidates() if run.version_of(command) == wanted), None)


def _cache_folder() -> Path:
    if chosen := os.environ.get("EMOGENE_TEST_CACHE"):
        return Path(chosen)
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "emogene-tests"


def _download(version: BlenderVersion, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder.parent).free < FREE_DISK:
        raise NotHere(f"less than {FREE_DISK / 1024**3:.0f} GB are free for Blender {version.number}")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".coming-") as temporary:
        coming = Path(temporary) / folder.name
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", coming]
        command += ["--only-binary", ":all:", "--ignore-requires-python"]
        command += ["--python-version", "{}.{}".format(*version.python)]
        command += [f"bpy=={version.number}", *version.packages]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, encoding="utf-8", timeout=DOWNLOAD_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotHere(f"Blender {version.number} did not come within {DOWNLOAD_SECONDS} s") from None
        if done.returncode != 0:
            last = (done.stderr.strip() or "pip failed").splitlines()[-1]
            raise NotHere(f"pip cannot get Blender {version.number}: {last}")
        if not folder.exists():  # another run of the tests may have been faster
            coming.rename(folder)

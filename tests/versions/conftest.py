"""Each version of Blender that the add-on is for, the zips for it, and one backend for all."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile
from blender_wheels import ROOT, VERSIONS, Blender, BlenderVersion, NotHere, find_blender
from running_backend import RunningBackend

BOOT = ROOT / "tests" / "end_to_end" / "blender" / "boot.py"
SCRIPTS = Path(__file__).with_name("blender")
WITH_SOUND = "4.5.15"
"""The 4.2 wheel was built without sound, but reads what this one writes."""
VOICE_SECONDS = 1.0
FRAMES = 24

Run = Callable[..., str]


_OWN = "5.0.1"
"""The version that is in .venv: always tried wholly."""
_ALWAYS = ("builds_and_installs", "every_operator", "nothing_is_left")
"""What is tried in the other versions without --slow, too."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        version = item.callspec.params.get("blender") if hasattr(item, "callspec") else None
        is_other = isinstance(version, BlenderVersion) and version.number != _OWN
        if is_other and not any(words in item.name for words in _ALWAYS):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda version: version.number)
def blender(request, tmp_path_factory) -> Blender:
    try:
        return find_blender(request.param, tmp_path_factory.mktemp("libraries") / request.param.number)
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def zips(tmp_path_factory) -> dict[str, Path]:
    """The extension of each form with wheels, for this computer."""
    built = {}
    for form in sorted({version.form for version in VERSIONS}):
        output = tmp_path_factory.mktemp(form)
        command = [sys.executable, ROOT / "build_addon.py", "--form", form, "--output", output]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        built[form] = Path(done.stdout.strip())
    return built


@pytest.fixture(scope="session")
def backend(actors_folder, tmp_path_factory) -> Iterator[RunningBackend]:
    with RunningBackend(tmp_path_factory.mktemp("backend"), actors_folder) as backend:
        yield backend


@pytest.fixture(scope="session")
def voice(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("Stimmen für alle") / "voice.wav"
    samples, rate = soundfile.read(ROOT / "demo" / "voice.flac", dtype="float32")
    soundfile.write(path, samples[: int(VOICE_SECONDS * rate)], rate)
    return path


@pytest.fixture(scope="session")
def voice_file(voice, tmp_path_factory) -> Path:
    """A .blend with the voice on its timeline and nothing else, for the Blender without sound."""
    path = tmp_path_factory.mktemp("sound") / "voice.blend"
    version = next(version for version in VERSIONS if version.number == WITH_SOUND)
    try:
        with_sound = find_blender(version, tmp_path_factory.mktemp("libraries") / WITH_SOUND)
    except NotHere as reason:
        pytest.skip(f"Blender 4.2 needs {WITH_SOUND} for its voice: {reason}")
    _run(with_sound, "make_voice_file.py", path.parent, {"voice": str(voice), "file": str(path)})
    return path


@pytest.fixture
def run_script(blender, zips, backend, voice, actors_folder, tmp_path, request) -> Run:
    """Runs one script in the Blender of this test; fails with what it printed where it fails or prints a traceback."""
    needs_file = blender.version.number.startswith("4.2")
    voice_file = request.getfixturevalue("voice_file") if needs_file else None

    def run(name: str, **further) -> str:
        folder = tmp_path / "Ein Film für morgen"
        folder.mkdir()
        settings = {
            "zip": str(zips[blender.version.form]),
            "python": sys.executable,
            "actors": str(actors_folder),
            "connection_file": str(backend.connection_file),
            "folder": str(folder),
            "voice": str(voice),
            "voice_file": str(voice_file or ""),
            "frames": FRAMES,
            **further,
        }
        return _run(blender, name, tmp_path, settings)

    return run


def _run(blender: Blender, name: str, folder: Path, settings: dict) -> str:
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder / "blender"), "OMP_NUM_THREADS": "1"}
    command = [blender.python, "-I", "-S", BOOT, blender.libraries, SCRIPTS / name, json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    said = done.stdout[-6000:] + done.stderr[-6000:]
    assert done.returncode == 0 and "Traceback" not in said, said
    return done.stdout

"""The extension in each version of Blender that it is for: every script runs in a process of its own."""

import functools
import http.server
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator

import pytest
from blender_wheels import ROOT
from running_backend import RunningBackend

pytestmark = pytest.mark.blender


@pytest.fixture(scope="session")
def repository(zips, tmp_path_factory) -> Iterator[str]:
    """The address of a studio's repository on this computer."""
    folder = tmp_path_factory.mktemp("repository")
    platform = zips["py311"].stem.split("-", 2)[2]
    command = [sys.executable, ROOT / "build_addon.py", "--repository", folder, "--platform", platform]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_QuietFiles, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.json"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        """Nobody reads it."""


def test_its_own_tool_builds_and_installs_it(blender, zips, run_script, tmp_path):
    source, built = tmp_path / "source", tmp_path / "emogene.zip"
    with zipfile.ZipFile(zips[blender.version.form]) as archive:
        archive.extractall(source)
    for arguments in (
        ["validate", source],
        ["build", "--source-dir", source, "--output-filepath", built],
        ["validate", built],
    ):
        command = [blender.python, "-I", blender.extension_tool, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    run_script("install.py", zip=str(built), blender=blender.version.number)


def test_it_comes_from_a_repository_in_the_form_that_fits(run_script, repository):
    run_script("repository.py", repository=repository)


def test_every_operator_works_or_says_why_not(blender, run_script, actors_folder, tmp_path, pytestconfig):
    """In all states in one version, and in all with --slow; elsewhere in those where every one can be called once."""
    thorough = pytestconfig.getoption("--slow") or blender.version.number == "5.0.1"
    with RunningBackend(tmp_path / "backend", actors_folder) as own:
        run_script("operators.py", connection_file=str(own.connection_file), thorough=thorough)


def test_all_settings_are_kept_in_the_file(run_script):
    run_script("saving.py")


def test_files_may_lie_anywhere(run_script):
    run_script("places.py")


def test_linked_scenes_are_left_alone(run_script):
    run_script("linked.py")


def test_nothing_is_left_behind(run_script):
    run_script("leftovers.py")

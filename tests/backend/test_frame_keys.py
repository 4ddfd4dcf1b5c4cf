"""What plans and frames depend on beside the shot: our own source files, and releases of the libraries in use."""

import ast
import importlib.metadata
import sys
from pathlib import Path

import emogene
from emogene.frame_keys import DRAWING_PACKAGES, HEARING_PACKAGES, PLANNING_PACKAGES, shaping_files, versions

SOURCES = Path(emogene.__path__[0])
PLANNING = ("audio", "emotion", "idle", "motion", "pipeline.py", "resample.py")
DRAWING = ("render/kernels", "render/output/png.py")
CARRIERS = {"msgspec", "safetensors"}
"""They read configurations and weights as they were written, whatever their release."""


def imported(names):
    """The installed packages that source files, or those in a folder, use."""
    packages = importlib.metadata.packages_distributions()
    found = set()
    for name in names:
        for path in [SOURCES / name] if name.endswith(".py") else (SOURCES / name).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.level == 0:
                    found.add(str(node.module).split(".")[0])
    ours = {"emogene", "emogene_proto"}
    return {packages[name][0] for name in found - ours - set(sys.stdlib_module_names) if name in packages} - CARRIERS


def test_a_plan_depends_on_every_library_that_decodes_hears_and_moves():
    assert {"scipy", "torch"} <= imported(PLANNING) <= {*PLANNING_PACKAGES, *HEARING_PACKAGES}


def test_a_frame_depends_on_every_library_that_draws():
    assert "numba" in imported(DRAWING) and imported(DRAWING) <= set(DRAWING_PACKAGES)


def test_another_release_of_any_of_them_is_told_apart(monkeypatch):
    installed, packages = importlib.metadata.version, PLANNING_PACKAGES + HEARING_PACKAGES
    told = {versions.__wrapped__(packages)}
    for package in packages:
        monkeypatch.setattr(importlib.metadata, "version", lambda name, p=package: installed(name) + "x" * (name == p))
        told.add(versions.__wrapped__(packages))
    assert len(told) == 1 + len(packages)


def test_a_library_that_is_not_installed_is_told_too():
    assert versions(("no-such-package-anywhere",)) == "no-such-package-anywhere==none"


def test_the_code_that_decides_what_is_done_again_counts_and_what_only_moves_messages_does_not():
    names = {name for name, _ in shaping_files()}
    counting = {f"service/{name}.py" for name in ("planner", "speeches", "plans", "work")}
    assert counting | {"pipeline.py", "frame_keys.py", "shot_keys.py", "shot.py", "audio/load.py"} <= names
    assert not names & {"service/server.py", "service/worker_process.py", "service/scheduler.py", "cli.py", "client.py"}

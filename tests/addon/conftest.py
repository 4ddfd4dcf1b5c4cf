"""The add-on's core without Blender: the package `emogene_addon`, the protocol inside it as in the built extension."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _load_addon() -> None:
    spec = importlib.machinery.ModuleSpec("emogene_addon", None, is_package=True)
    spec.submodule_search_locations = [str(ROOT / "blender_addon"), str(ROOT / "shared_proto")]
    sys.modules["emogene_addon"] = importlib.util.module_from_spec(spec)


_load_addon()

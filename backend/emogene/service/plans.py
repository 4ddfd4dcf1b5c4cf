"""Finished plans, each under a key that is the hash of what the plan depends on: not camera, size or engine."""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from emogene.values import Plan
from emogene_proto.shot import Shot

ARRAYS = {"landmarks": (68, 3), "weights": (8,), "poses": (4, 4), "gaze": (2,)}
"""Names of a plan's arrays in the order in which they are sent, with the shape of a row."""


def plan_key(shot: Shot, planner: str) -> str:
    """The key of a shot's plan.

    Args:
        planner: says which actor and code plan it.
    """
    audio = msgspec.structs.replace(shot.audio, path="")
    kept = msgspec.structs.replace(shot, audio=audio, frame_start=0, engine="", width=0, height=0, camera=None)
    return hashlib.sha256(planner.encode() + msgspec.json.encode(kept, order="sorted")).hexdigest()


class StoredPlan(NamedTuple):
    """A plan with what there was to tell of its recording."""

    plan: Plan
    note: str


class PlanStore:
    """A folder of plans as safetensors files."""

    def __init__(self, folder: Path):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, key: str, shot: Shot) -> StoredPlan | None:
        """The plan with the shot's frame numbers; None if it is not here or damaged."""
        try:
            with safe_open(self._path(key), framework="numpy") as file:
                note = (file.metadata() or {}).get("note", "")
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
        except (OSError, SafetensorError):
            return None
        if set(arrays) != set(ARRAYS):
            return None
        return StoredPlan(Plan(**arrays, fps=shot.fps, frame_start=shot.frame_start), note)

    def write(self, key: str, plan: Plan, note: str = "") -> None:
        """Keep a plan, and what there is to tell of its recording."""
        temporary = self._folder / f".{key}.{os.getpid()}"
        try:
            arrays = {name: np.ascontiguousarray(getattr(plan, name), "<f4") for name in ARRAYS}
            save_file(arrays, temporary, metadata={"note": note})
            temporary.replace(self._path(key))
        finally:
            temporary.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.safetensors"

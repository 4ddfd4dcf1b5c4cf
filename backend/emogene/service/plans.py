"""Finished plans on disk, each under its key (see emogene/shot_keys.py)."""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from emogene.service.array_folder import ArrayFolder, rows_fit
from emogene.values import Plan
from emogene_proto.shot import Shot

ARRAYS = {"landmarks": (68, 3), "weights": (8,), "poses": (4, 4), "gaze": (2,)}
"""Names of a plan's arrays in the order in which they are sent, with the shape of a row."""

ROW_BYTES = 4 * sum(math.prod(row) for row in ARRAYS.values())
KEPT_BYTES = 4 * 2**30
"""Of files, a minute taking 1.3 MB; beyond, those that were not used for longest are removed."""


class StoredPlan(NamedTuple):
    """A plan with what there was to tell of its recording."""

    plan: Plan
    note: str


class PlanStore:
    """A folder of plans as safetensors files."""

    def __init__(self, folder: Path, kept_bytes: int = KEPT_BYTES):
        self._files = ArrayFolder(folder, kept_bytes)

    def read(self, key: str, shot: Shot) -> StoredPlan | None:
        """The plan with the shot's frame numbers; None if it is not here, damaged, or no plan."""
        stored = self._files.read(key)
        if stored is None or not _fits(stored[0]):
            return None
        arrays, about = stored
        return StoredPlan(Plan(**arrays, fps=shot.fps, frame_start=shot.frame_start), about.get("note", ""))

    def write(self, key: str, plan: Plan, note: str = "", needed: Collection[str] = ()) -> None:
        """Keep a plan, and what there is to tell of its recording.

        Args:
            needed: keys of plans that must stay, however old they are.

        Raises:
            StoreError: the disk is full or cannot be written.
        """
        arrays = {name: np.ascontiguousarray(getattr(plan, name), "<f4") for name in ARRAYS}
        self._files.write(key, arrays, {"note": note}, needed)

    def touch(self, key: str) -> None:
        """This plan is in use: other backends with the same cache let it stay too."""
        self._files.touch(key)


def _fits(arrays: Mapping[str, np.ndarray]) -> bool:
    if not rows_fit(arrays, {name: (shape, np.float32) for name, shape in ARRAYS.items()}):
        return False
    return len({len(rows) for rows in arrays.values()}) == 1

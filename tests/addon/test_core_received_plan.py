"""A plan as it comes from the backend."""

from array import array

import pytest
from emogene_addon.core.received_plan import read_plan
from emogene_addon.emogene_proto.errors import BackendError
from emogene_addon.emogene_proto.messages import ArraySpec, ShotPlanned

SHAPES = {"landmarks": (2, 68, 3), "weights": (2, 8), "poses": (2, 4, 4), "gaze": (2, 2)}
SIZES = {"landmarks": 408, "weights": 16, "poses": 32, "gaze": 4}


def plan(*names: str) -> tuple[ShotPlanned, list[bytes]]:
    specs = tuple(ArraySpec(name=name, shape=SHAPES[name]) for name in names)
    event = ShotPlanned(id=1, job="0" * 12, frames=2, fps=24.0, frame_start=5, arrays=specs)
    return event, [array("f", range(SIZES[name])).tobytes() for name in names]


def test_arrays_are_found_by_name_in_whichever_order():
    read = read_plan(*plan("gaze", "poses", "weights", "landmarks"))
    assert (len(read), read.fps, read.frame_start) == (2, 24.0, 5)
    assert read.gaze.tolist() == [0.0, 1.0, 2.0, 3.0] and len(read.landmarks) == 408


def test_a_plan_without_its_arrays_is_refused():
    with pytest.raises(BackendError, match="poses"):
        read_plan(*plan("landmarks", "weights", "gaze"))


def test_arrays_without_their_bytes_are_no_plan():
    event, parts = plan(*SHAPES)
    with pytest.raises(ValueError):
        read_plan(event, parts[:2])

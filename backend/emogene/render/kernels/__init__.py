"""Engines that render a head field: one interface, the same picture within the tolerance that the tests state."""

from typing import TYPE_CHECKING, Protocol

from emogene.values import Camera, FaceState, Frame
from emogene_proto.errors import RenderError

if TYPE_CHECKING:
    from emogene.render.head_field import HeadField

ENGINES = ("cpu", "torch")
"""Names of engines, the preferred one first; "auto" takes the first."""


class Engine(Protocol):
    """Renders frames of one field."""

    name: str

    def render(self, face: FaceState, camera: Camera) -> Frame:
        """The picture of one face, which depends on nothing but these arguments and the field."""
        ...


def check_engine(name: str) -> None:
    """Refuse a name that no engine has, before any work.

    Raises:
        RenderError: no engine has this name.
    """
    if name not in ("auto", *ENGINES):
        raise RenderError(f"There is no render engine '{name}'.", f"Use one of: auto, {', '.join(ENGINES)}.")


def create_engine(name: str, field: "HeadField") -> Engine:
    """An engine by name: "auto", "cpu" (numba, fused) or "torch" (plain reference).

    Raises:
        RenderError: no engine has this name.
    """
    check_engine(name)
    if name == "torch":
        from .torch_engine import TorchEngine

        return TorchEngine(field)
    from .cpu_engine import CpuEngine

    return CpuEngine(field)

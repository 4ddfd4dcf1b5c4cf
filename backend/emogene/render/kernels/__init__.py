"""Engines that render an actor: one interface, the same picture within the tolerance that the tests state."""

from typing import TYPE_CHECKING, Protocol

from emogene.values import Camera, FaceState, Frame
from emogene_proto.errors import RenderError

if TYPE_CHECKING:
    from emogene.render.fields import ActorFields

ENGINES = ("cuda", "cpu", "torch")
"""Names of all engines, the preferred one first; see `offered_engines`."""


class Engine(Protocol):
    """Renders frames of one actor."""

    name: str

    def render(self, face: FaceState, camera: Camera) -> Frame:
        """The picture of one face, which depends on nothing but these arguments and the fields."""
        ...


def offered_engines() -> tuple[str, ...]:
    """The engines that this computer can run, the preferred one first; "auto" takes the first."""
    from .gpu.cuda_device import why_no_cuda

    return ENGINES if why_no_cuda() is None else tuple(name for name in ENGINES if name != "cuda")


def preparing() -> str:
    """What to tell somebody who waits for the first frame: compiling takes half a minute, but once a version only."""
    from emogene.compiled_kernels import kept_kernels

    return "Preparing the renderer" if kept_kernels() else "Compiling the renderer, this once (half a minute)"


def check_engine(name: str) -> None:
    """Refuse a name that no engine has, or the engine for a GPU where there is none, before any work.

    Raises:
        RenderError: no engine has this name, or this computer cannot run it.
    """
    if name not in ("auto", *ENGINES):
        raise RenderError(f"There is no render engine '{name}'.", f"Use one of: auto, {', '.join(ENGINES)}.")
    if name == "cuda":
        from .gpu.cuda_device import require_cuda

        require_cuda()


def chosen_engine(name: str) -> str:
    """The engine that a name stands for on this computer.

    Raises:
        RenderError: see `check_engine`.
    """
    check_engine(name)
    return offered_engines()[0] if name == "auto" else name


def create_engine(name: str, fields: "ActorFields") -> Engine:
    """An engine by name: "auto", "cuda" (an NVIDIA GPU), "cpu" (numba, fused) or "torch" (plain reference).

    Raises:
        RenderError: no engine has this name, or this computer cannot run it.
    """
    chosen = chosen_engine(name)
    if chosen == "cuda":
        from .cuda_engine import CudaEngine

        return CudaEngine(fields)
    if chosen == "torch":
        from .torch_engine import TorchEngine

        return TorchEngine(fields)
    from .cpu_engine import CpuEngine

    return CpuEngine(fields)

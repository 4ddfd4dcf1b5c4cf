"""How a GPU is used: by Triton's kernels where they run, else by torch operations; by tinycudann where asked.

Triton comes with PyTorch's CUDA wheels for Linux. It compiles its kernels itself, but some versions want a C compiler
for a small launcher; where that is missing, torch operations do the same work, slower. So nothing has to be installed.
"""

import functools
import os
from dataclasses import dataclass

import torch

from emogene_proto.errors import RenderError

from .parts import FaceInputs, Laid, Steps, Wave
from .torch_steps import TorchSteps

VARIABLE = "EMOGENE_GPU"
WAYS = ("auto", "triton", "tinycudann", "torch")
"""Values of the environment variable EMOGENE_GPU."""


@dataclass(frozen=True)
class Ways:
    """What computes the steps of a frame, and why."""

    steps: str
    """triton or torch."""
    networks: str
    """triton, tinycudann or torch."""
    reason: str = ""
    """Why it is not Triton, in words; empty where it is."""

    def told(self) -> str:
        """For people, e.g. "Triton kernels"."""
        if self.steps == self.networks == "triton":
            return "Triton kernels"
        names = "torch operations" if self.steps == "torch" else "Triton kernels"
        names += ", networks by tinycudann" if self.networks == "tinycudann" else ""
        return f"{names} ({self.reason})" if self.reason else names


def asked_way() -> str:
    """The value of EMOGENE_GPU.

    Raises:
        RenderError: it names no way.
    """
    asked = os.environ.get(VARIABLE, "auto")
    if asked not in WAYS:
        raise RenderError(f"{VARIABLE} is '{asked}'.", f"Set it to one of: {', '.join(WAYS)}; or unset it.")
    return asked


def chosen_ways(device: torch.device) -> Ways:
    """What to use on a device.

    Raises:
        RenderError: EMOGENE_GPU asks for what does not work here.
    """
    asked = asked_way()
    if asked == "torch":
        return Ways("torch", "torch", f"asked for by {VARIABLE}")
    broken = why_no_triton(str(device))
    if asked == "triton" and broken:
        raise RenderError(f"Triton cannot be used: {broken}.", f"Unset {VARIABLE}; torch operations need no Triton.")
    steps = "torch" if broken else "triton"
    if asked == "tinycudann":
        from .tinycudann_networks import tinycudann

        tinycudann()
        return Ways(steps, "tinycudann", broken or f"asked for by {VARIABLE}")
    return Ways(steps, steps, broken)


@functools.cache
def why_no_triton(device: str) -> str:
    """Why Triton's kernels do not run on a device; empty where a trial encoded a point rightly."""
    try:
        from . import triton_trial
    except ImportError:
        return "Triton is not installed"
    try:
        right = triton_trial.encodes_rightly(torch.device(device))
    # Whatever fails in another package's compiler and driver is the finding.
    except Exception as error:  # noqa: BLE001
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return f"Triton's kernels do not run here: {lines[0]}"
    return "" if right else "Triton's kernels computed wrongly here"


def make_steps(ways: Ways) -> Steps:
    """The steps of a frame in the chosen ways."""
    if ways.steps == "torch":
        steps: Steps = TorchSteps()
    else:
        from .triton_steps import TritonSteps

        steps = TritonSteps()
    return TinycudannSteps(steps) if ways.networks == "tinycudann" else steps


class TinycudannSteps:
    """Other steps, but density by tinycudann."""

    def __init__(self, steps: Steps):
        self.name = f"{steps.name} and tinycudann"
        self.march, self.composite = steps.march, steps.composite
        self._networks: dict[int, object] = {}

    def density(self, laid: Laid, wave: Wave, face: FaceInputs) -> torch.Tensor:
        from .tinycudann_networks import TinycudannDensity

        key = id(laid.field)
        network = self._networks.get(key)
        if not isinstance(network, TinycudannDensity):
            network = self._networks[key] = TinycudannDensity(laid.field)
        return network(laid, wave, face)

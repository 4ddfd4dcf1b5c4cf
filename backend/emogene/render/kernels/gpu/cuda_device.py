"""Whether torch can use an NVIDIA GPU here; if not, why, and what to do."""

import functools

import torch

from emogene_proto.errors import RenderError


@functools.cache
def why_no_cuda() -> tuple[str, str] | None:
    """Why this computer's GPU cannot be used, and what to do; None where it can."""
    if torch.cuda.is_available():
        return None
    if torch.version.cuda is None:
        return (
            f"The PyTorch that is installed ({torch.__version__}) was built without CUDA.",
            "Use the engine cpu. With an NVIDIA GPU, install PyTorch's CUDA wheel instead: "
            "pip install --force-reinstall torch --index-url https://download.pytorch.org/whl/cu126",
        )
    return (
        "PyTorch finds no NVIDIA GPU that it can use.",
        "Use the engine cpu. With an NVIDIA GPU, see whether 'nvidia-smi' lists it, and update its driver to one for "
        f"CUDA {torch.version.cuda} or newer.",
    )


def require_cuda() -> None:
    """Refuse the engine where it cannot work.

    Raises:
        RenderError: torch cannot use a GPU here.
    """
    if why := why_no_cuda():
        raise RenderError(f"There is no engine 'cuda' here: {why[0]}", why[1])

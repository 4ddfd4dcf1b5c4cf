"""Where a training computes and in how many bits: on a GPU if there is one, in 16 bits where the machine can.

Weights, the optimiser's state and losses stay in 32 bits whatever is chosen; only the networks' products are narrower.
"""

from contextlib import AbstractContextManager
from typing import Literal

import torch

from emogene.render.kernels.gpu.cuda_device import why_no_cuda
from emogene_proto.errors import EmoGeneError

Precision = Literal["auto", "fp32", "bf16", "fp16"]


def training_device() -> torch.device:
    """The GPU if torch can use one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def asked_device(name: str) -> torch.device:
    """The device that `--device` names: auto, cpu or cuda.

    Raises:
        EmoGeneError: it is cuda, and torch cannot use a GPU here.
    """
    if name == "auto":
        return training_device()
    if name == "cuda" and (why := why_no_cuda()):
        raise EmoGeneError(why[0], why[1].replace("the engine cpu", "--device cpu"), code="training")
    return torch.device(name)


def resolved(precision: Precision, device: torch.device) -> Precision:
    """What `auto` means on a device; anything else is what it says.

    Raises:
        EmoGeneError: fp16 without a GPU.
    """
    if precision == "fp16" and device.type != "cuda":
        raise EmoGeneError("fp16 training needs a GPU.", "Use --precision bf16 or fp32.", code="training")
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    return "bf16" if _cpu_computes_bf16() else "fp32"


def _cpu_computes_bf16() -> bool:
    """Has the CPU instructions for bf16? Without them torch imitates it, slower than fp32."""
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name)()) for name in asked if hasattr(torch.cpu, name))


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager:
    """Inside, networks compute in a resolved precision."""
    dtype = torch.float16 if precision == "fp16" else torch.bfloat16
    return torch.autocast(device.type, dtype, enabled=precision in ("bf16", "fp16"))

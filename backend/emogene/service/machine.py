"""What this computer is, for people."""

import functools
import os
import platform
import sys
from pathlib import Path


@functools.cache
def device() -> str:
    """What renders, e.g. "CPU, 8 cores (Intel Xeon)" or "NVIDIA GeForce RTX 3060 (Triton kernels)"."""
    if gpu := _gpu():
        return gpu
    name = _processor_name()
    cores = os.cpu_count() or 1
    return f"CPU, {cores} core{'s' if cores > 1 else ''}" + (f" ({name})" if name else "")


@functools.cache
def memory_bytes() -> int:
    """Memory of the computer; 0 where the system does not say."""
    if sys.platform == "win32":
        return _windows_memory_bytes()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _gpu() -> str:
    """The GPU that the engine cuda uses, and how; empty where there is none."""
    from emogene.render.kernels.gpu.cuda_device import why_no_cuda

    if why_no_cuda():
        return ""
    import torch

    from emogene.render.kernels.gpu.ways import chosen_ways
    from emogene_proto.errors import RenderError

    current = torch.device("cuda", torch.cuda.current_device())
    try:
        how = chosen_ways(current).told()
    except RenderError as error:
        how = error.message
    return f"{torch.cuda.get_device_name(current)} ({how})"


def _processor_name() -> str:
    if sys.platform == "linux":
        try:
            lines = Path("/proc/cpuinfo").read_text().splitlines()
        except OSError:
            return platform.machine()
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        return next(names, platform.machine())
    return platform.processor() or platform.machine()


def _windows_memory_bytes() -> int:
    import ctypes

    class MemoryStatus(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong) for name in ("total", "free", "page", "page_free", "own", "own_free", "more")
        ]

    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    return status.total if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else 0

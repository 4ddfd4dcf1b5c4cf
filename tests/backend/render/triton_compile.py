"""Run by test_cuda_engine.py: Triton compiles every kernel to machine code for a GPU, which need not be there."""

import sys
from typing import Any

from triton import compile as compiled  # pyright: ignore[reportMissingImports]
from triton.backends.compiler import GPUTarget  # pyright: ignore[reportMissingImports]
from triton.compiler import ASTSource  # pyright: ignore[reportMissingImports]

from emogene.render.kernels.gpu import composite_kernels, density_kernels, encode_kernels, march_kernels
from emogene.render.kernels.gpu.triton_steps import RAYS, SAMPLES

WHOLE = ["count", "live_count", "cells", "faces", "nx", "ny", "nz", "most", "limit", "capacity", "width", "rows"]
FLOATS = [
    "low_x",
    "low_y",
    "low_z",
    "side",
    "step",
    "per_cell",
    "per_side",
    "origin_x",
    "origin_y",
    "origin_z",
    "per_warp",
]
TO_WHOLE = [
    "live",
    "frame",
    "first",
    "end",
    "taken",
    "counts",
    "begins",
    "ends",
    "out_ray",
    "out_step",
    "sample_step",
    "ray",
]
TO_WHOLE += ["resolutions", "sizes", "offsets", "dense"]
TO_BYTES = ["free", "surface"]


def kind_of(name: str) -> str:
    kinds = (("i32", WHOLE), ("fp32", FLOATS), ("*i32", TO_WHOLE), ("*u8", TO_BYTES))
    return next((kind for kind, names in kinds if name in names), "*fp32")


def build(kernel: Any, capability: int, warps: int, **constants: int | bool) -> None:
    signature = {name: "constexpr" if name in constants else kind_of(name) for name in kernel.arg_names}
    values = {(kernel.arg_names.index(name),): value for name, value in constants.items()}
    source = ASTSource(kernel, signature, constexprs=values)
    made = compiled(source, target=GPUTarget("cuda", capability, 32), options={"num_warps": warps})
    print(f"{kernel.__name__} {constants}: {len(made.asm['cubin'])} bytes", flush=True)


if __name__ == "__main__":
    for capability in map(int, sys.argv[1:]):
        build(encode_kernels.encode_kernel, capability, 4, COLUMNS=32, BLOCK=SAMPLES)
        build(encode_kernels.encode_back_kernel, capability, 4, COLUMNS=32, BLOCK=SAMPLES)
        for head, hidden in ((True, 64), (False, 32)):
            sides = {"COLUMNS": 32, "HIDDEN": hidden, "OUT": 16, "BLOCK": SAMPLES}
            build(density_kernels.density_kernel, capability, 4, HEAD=head, **sides)
        for under in (False, True):
            build(composite_kernels.composite_kernel, capability, 1, UNDER=under, OUT=16, BLOCK=RAYS)
        for bent in (False, True):
            build(march_kernels.spans_kernel, capability, 1, BENT=bent, BLOCK=RAYS)
            for write in (False, True):
                build(march_kernels.march_kernel, capability, 1, BENT=bent, WRITE=write, BLOCK=RAYS)
    print("all compiled")

"""Eight weighted table entries of four floats each, by vector loads: numba alone would take them float by float.

The hash grid and the warp grid are both read by it. On processors without 128-bit vectors LLVM splits the loads.
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_CORNERS = 8
_WIDTH = 4


def _blend(context, builder, signature, arguments):
    table = context.make_array(signature.args[0])(context, builder, arguments[0])
    number, index = ir.FloatType(), ir.IntType(64)
    vector = ir.VectorType(number, _WIDTH)
    first = builder.bitcast(table.data, number.as_pointer())
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), _WIDTH), [0] * _WIDTH)
    undefined = ir.Constant(vector, ir.Undefined)
    total = None
    for corner in range(_CORNERS):
        entry = builder.mul(builder.zext(arguments[1 + corner], index), ir.Constant(index, _WIDTH))
        values = builder.load(builder.bitcast(builder.gep(first, [entry]), vector.as_pointer()))
        values.align = 4
        weight = builder.insert_element(undefined, arguments[1 + _CORNERS + corner], ir.Constant(ir.IntType(32), 0))
        part = builder.fmul(builder.shuffle_vector(weight, undefined, zeros), values, flags=["contract"])
        total = part if total is None else builder.fadd(total, part, flags=["contract"])
    outputs = [builder.extract_element(total, ir.Constant(ir.IntType(32), i)) for i in range(_WIDTH)]
    return context.make_tuple(builder, signature.return_type, outputs)


@intrinsic
def blend(_context, table, i0, i1, i2, i3, i4, i5, i6, i7, w0, w1, w2, w3, w4, w5, w6, w7):  # noqa: ARG001
    """The four sums of w * table[i], i counting groups of four floats of a contiguous float32 array."""
    signature = types.UniTuple(types.float32, _WIDTH)(
        table, *([types.uint32] * _CORNERS), *([types.float32] * _CORNERS)
    )
    return signature, _blend

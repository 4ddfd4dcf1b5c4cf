"""A few rows of a matrix times a few samples, all sums in registers: numba alone would write them out at each term.

Four rows by sixteen samples are eight registers of a processor with 256-bit vectors; for each term they take four
broadcast weights and two loads. On other processors LLVM splits the vectors.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from emogene.render.hash_grid import BLOCK

ROWS, LANES = 4, 16


def _multiply_rows(context, builder, signature, arguments):
    kinds = signature.args
    weights, bias, inputs, outputs = (
        context.make_array(kind)(context, builder, value) for kind, value in zip(kinds[:4], arguments[:4], strict=True)
    )
    row, sample = arguments[4:]
    number, index = ir.FloatType(), ir.IntType(64)
    vector = ir.VectorType(number, LANES)
    undefined = ir.Constant(vector, ir.Undefined)
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    terms = builder.extract_value(weights.shape, 1)
    block = ir.Constant(index, BLOCK)

    def spread(value):
        first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, undefined, zeros)

    def lanes(array, at):
        """Where LANES samples of row `at` lie."""
        place = builder.gep(array.data, [builder.add(builder.mul(at, block), sample)])
        return builder.bitcast(place, vector.as_pointer())

    rows = [builder.add(row, ir.Constant(index, i)) for i in range(ROWS)]
    starts = [builder.gep(weights.data, [builder.mul(at, terms)]) for at in rows]
    sums = [cgutils.alloca_once(builder, vector) for _ in rows]
    for at, total in zip(rows, sums, strict=True):
        builder.store(spread(builder.load(builder.gep(bias.data, [at]))), total)
    with cgutils.for_range(builder, terms, intp=index) as loop:
        source = builder.load(lanes(inputs, loop.index))
        source.align = 4
        for start, total in zip(starts, sums, strict=True):
            weight = spread(builder.load(builder.gep(start, [loop.index])))
            product = builder.fmul(weight, source, flags=["contract"])
            builder.store(builder.fadd(builder.load(total), product, flags=["contract"]), total)
    for at, total in zip(rows, sums, strict=True):
        stored = builder.store(builder.load(total), lanes(outputs, at))
        stored.align = 4
    return context.get_dummy_value()


@intrinsic
def multiply_rows(_context, weights, bias, inputs, outputs, row, sample):  # noqa: ARG001
    """outputs[row : row + ROWS, sample : sample + LANES] = weights @ inputs + bias there.

    Args:
        weights: (J, I); bias (J,); inputs (I, BLOCK); outputs (J, BLOCK): contiguous float32 arrays.
    """
    arrays = (weights, bias, inputs, outputs)
    if not all(isinstance(a, types.Array) and a.layout == "C" and a.dtype == types.float32 for a in arrays):
        return None
    return types.none(*arrays, types.int64, types.int64), _multiply_rows

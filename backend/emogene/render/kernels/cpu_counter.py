"""A counter that threads share: each takes its next number, and no two the same."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _take(context, builder, signature, arguments):
    counter = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.atomic_rmw("add", counter.data, ir.Constant(ir.IntType(64), 1), "monotonic")


@intrinsic
def take_number(_context, counter):
    """The first entry of an int64 array, which is one more afterwards: a single step that no thread interrupts."""
    if not (isinstance(counter, types.Array) and counter.dtype == types.int64 and counter.layout == "C"):
        return None
    return types.int64(counter), _take

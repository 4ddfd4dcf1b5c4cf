"""What ends a command, as an error with a sentence and a hint."""

from emogene_proto.errors import Cancelled, EmoGeneError, RenderError

INTERRUPTED_MESSAGE = "Interrupted; what is finished stays."


def told_error(error: BaseException) -> EmoGeneError | None:
    """The error in words for people; None where it is a fault of the program, whose traceback is wanted."""
    if isinstance(error, EmoGeneError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Cancelled(INTERRUPTED_MESSAGE, "Run it again to go on.")
    if isinstance(error, MemoryError):
        return RenderError("There is not enough memory.", "Close other programs, or use fewer workers.")
    if isinstance(error, ImportError):
        return RenderError(f"A part of EmoGene cannot be loaded: {error}.", "`emogene doctor` says how to mend it.")
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return RenderError(f"{error.strerror or error}{where}.", "Check the path, its permissions and free space.")
    return None

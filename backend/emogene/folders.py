"""Folders that take what is written."""

from pathlib import Path

from emogene_proto.errors import RenderError


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it lies in, where they are not there.

    Raises:
        RenderError: something else has its name, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise RenderError(f"{error.filename} is a file, not a folder.", "Choose another folder.") from error
    except OSError as error:
        message = f"The folder {folder} cannot be made: {error.strerror}."
        raise RenderError(message, "Check the path and its permissions.") from error

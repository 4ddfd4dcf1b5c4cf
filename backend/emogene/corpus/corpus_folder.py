"""A corpus' folder: begun without an index, which is written last, so that an index never tells of half a corpus."""

from pathlib import Path
from typing import TypeVar

import msgspec

from emogene.whole_write import write_whole
from emogene_proto.errors import CorpusError

INDEX = "index.json"

Index = TypeVar("Index", bound=msgspec.Struct)


def begin_corpus(out: Path, kind: type[msgspec.Struct]) -> None:
    """Make the folder; a corpus of this kind that it holds loses its index, since its files will be overwritten.

    Args:
        kind: the index's type.

    Raises:
        CorpusError: the folder's index is that of something else.
    """
    out.mkdir(parents=True, exist_ok=True)
    index = out / INDEX
    if not index.is_file():
        return
    try:
        msgspec.json.decode(index.read_bytes(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise CorpusError(f"{out} holds an {INDEX} of something else.", "Choose another folder.") from error
    index.unlink()


def read_index_of(folder: Path, kind: type[Index], name: str) -> Index:
    """The index of the corpus in a folder.

    Args:
        name: what the command is called that makes such a corpus.

    Raises:
        CorpusError: there is none, or it is damaged.
    """
    path = folder / INDEX
    if not path.is_file():
        raise CorpusError(
            f"There is no {name} corpus in {folder}, or it is not finished.",
            f"Make one with 'emogene corpus {name} --out DIR'.",
        )
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise CorpusError(
            f"The index of the {name} corpus in {folder} is damaged.", "Make the corpus again."
        ) from error


def write_index(out: Path, index: msgspec.Struct) -> None:
    """Write index.json, the last file of a corpus."""
    write_whole(out / INDEX, msgspec.json.encode(index))

"""What a run learns from, as one digest: a checkpoint is only taken up by a run of the same inputs."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from emogene.plan_files import file_sha256
from emogene_proto.errors import CorpusError


def inputs_digest(**inputs: object) -> str:
    """Digest of named inputs: paths by what their files hold, everything else, as frozen dataclasses, by its `repr`.

    Raises:
        CorpusError: a file is missing.
    """
    digest = hashlib.sha256()
    for name, value in sorted(inputs.items()):
        content = file_digest(value) if isinstance(value, Path) else repr(value)
        digest.update(f"{name}={content}\n".encode())
    return digest.hexdigest()


def corpus_digest(folder: Path, files: Iterable[str]) -> str:
    """Of a corpus' index and the given files of it.

    Raises:
        CorpusError: one is missing.
    """
    digest = hashlib.sha256()
    for file in ("index.json", *files):
        digest.update(f"{file}={file_digest(folder / file)}\n".encode())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Of a file's content.

    Raises:
        CorpusError: it is missing.
    """
    try:
        return file_sha256(path)
    except OSError as error:
        raise CorpusError(f"The file {path} cannot be read.", "Check the path, or make the corpus again.") from error

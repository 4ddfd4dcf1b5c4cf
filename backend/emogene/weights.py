"""Model files: safetensors with the model's own configuration inside, so that one file is one model."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from emogene.whole_write import write_whole
from emogene_proto.errors import ActorError

LARGEST_FILE = 256 * 2**20
"""Bytes of a model's file, training's included; those of packs have less, see actors/archive.py."""
LARGEST_HEADER = 2**20
_TYPES = {"F16", "F32", "U8", "I32", "I64"}
"""Of numbers in a model: weights, bits of grids, rows, and what training counts."""


def save_weights(path: Path, tensors: dict[str, np.ndarray], kind: str, config: dict, half: bool = False) -> None:
    """Write tensors and configuration to `path`, under a temporary name first.

    Args:
        kind: which model this is, checked on loading (e.g. "ldm").
        config: JSON-able values that rebuild the model.
        half: store floats as float16; they come back as float32.
    """
    stored = {
        name: np.ascontiguousarray(a.astype(np.float16) if half and a.dtype == np.float32 else a)
        for name, a in tensors.items()
    }
    content = save(stored, metadata={"kind": kind, "config": json.dumps(config, sort_keys=True)})
    write_whole(path, _with_sorted_header(content))


def _with_sorted_header(content: bytes) -> bytes:
    """The same file with its header's entries in order; safetensors writes metadata in any order."""
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def load_weights(path: Path, kind: str) -> tuple[dict[str, np.ndarray], dict]:
    """Read what `save_weights` wrote; half floats come back as float32.

    Raises:
        ActorError: the file is missing, damaged, holds another kind of model, or numbers that are not finite.
    """
    with _opened(path, kind) as (file, config):
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    if any(a.dtype.kind == "f" and not np.isfinite(a).all() for a in tensors.values()):
        raise ActorError(f"The model file {path.name} is damaged.", "Install the actor pack again.")
    return {name: a.astype(np.float32) if a.dtype == np.float16 else a for name, a in tensors.items()}, config


def load_config(path: Path, kind: str) -> dict:
    """Read the configuration alone, which is a matter of the file's first bytes.

    Raises:
        ActorError: the file is missing, damaged, or holds another kind of model.
    """
    with _opened(path, kind) as (_, config):
        return config


@contextmanager
def rebuilding(path: Path, what: str) -> Iterator[None]:
    """Within, a model is put together from the tensors and the configuration of `path`.

    Args:
        what: the model for people, e.g. "a SyncNet".

    Raises:
        ActorError: something does not fit, by any of the errors that Python, numpy and torch have for it.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise ActorError(f"{path.name} is not {what}.", "Install the actor pack again.") from error


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[tuple[Any, dict]]:
    """An open safetensors file of the wanted kind, and its configuration."""
    if not path.is_file():
        raise ActorError(f"The model file {path.name} is missing.", "Install the actor pack again.")
    try:
        _check_size(path)
        with safe_open(path, framework="numpy") as file:
            types = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 - not a dict
            if not types <= _TYPES:
                raise ValueError("numbers of a kind that no model has")
            metadata = file.metadata() or {}
            if metadata.get("kind") != kind:
                raise ActorError(
                    f"The model file {path.name} holds '{metadata.get('kind')}', not '{kind}'.", "Check the actor pack."
                )
            config = json.loads(metadata["config"])
            if not isinstance(config, dict):
                raise ValueError("the configuration is no dictionary")
            yield file, config
    except (SafetensorError, OSError, KeyError, ValueError, RecursionError) as error:
        raise ActorError(f"The model file {path.name} is damaged.", "Install the actor pack again.") from error


def _check_size(path: Path) -> None:
    """Refuse, by ValueError, what would take much memory before anything of it is known."""
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if path.stat().st_size > LARGEST_FILE or header > LARGEST_HEADER:
        raise ValueError("the file or its header is too large")

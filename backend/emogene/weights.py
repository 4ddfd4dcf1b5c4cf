"""Model files: safetensors with the model's own configuration inside, so that one file is one model."""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from emogene_proto.errors import ActorError


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
    temporary = path.with_suffix(path.suffix + ".tmp")
    content = save(stored, metadata={"kind": kind, "config": json.dumps(config, sort_keys=True)})
    temporary.write_bytes(_with_sorted_header(content))
    temporary.replace(path)


def _with_sorted_header(content: bytes) -> bytes:
    """The same file with its header's entries in order; safetensors writes metadata in any order."""
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def load_weights(path: Path, kind: str) -> tuple[dict[str, np.ndarray], dict]:
    """Read what `save_weights` wrote; half floats come back as float32.

    Raises:
        ActorError: the file is missing, damaged, or holds another kind of model.
    """
    if not path.is_file():
        raise ActorError(f"The model file {path.name} is missing.", "Install the actor pack again.")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise ActorError(f"The model file {path.name} is damaged.", "Install the actor pack again.") from error
    if metadata.get("kind") != kind:
        raise ActorError(
            f"The model file {path.name} holds '{metadata.get('kind')}', not '{kind}'.", "Check the actor pack."
        )
    tensors = {name: a.astype(np.float32) if a.dtype == np.float16 else a for name, a in tensors.items()}
    try:
        return tensors, json.loads(metadata["config"])
    except (KeyError, ValueError) as error:
        raise ActorError(f"The model file {path.name} is damaged.", "Install the actor pack again.") from error

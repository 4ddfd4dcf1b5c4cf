"""Where HuBERT models lie on this computer, and how one is read. Nothing is downloaded without being asked.

Actors look in the folder that EMOGENE_HUBERT names, then in the hub's cache, where transformers keeps its downloads.
"""

import hashlib
import importlib
import importlib.metadata
import os
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import torch
from safetensors import SafetensorError

from emogene.audio.hubert import HUBERT_HOP, Hubert
from emogene_proto.errors import ActorError
from emogene_proto.names import SAMPLE_RATE

FOLDER_VARIABLE = "EMOGENE_HUBERT"
_CONFIG = "config.json"
_EXTRACTOR = "preprocessor_config.json"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_WITHOUT = "An actor with the built-in encoder, such as 'bundled', works without it."
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_UNUSED = "masked_spec_embed"
"""A weight of the training, which some files leave out."""


@dataclass(frozen=True)
class HubertFolder:
    """A HuBERT model on this computer."""

    folder: Path
    name: str
    """On the hub, or of the folder."""


def find_hubert(name: str) -> HubertFolder:
    """The model that an actor names: in the folder of EMOGENE_HUBERT (itself, or below it), else in the hub's cache.

    The name comes from an actor pack, which may be a stranger's: it is never taken for a path.

    Raises:
        ActorError: it is not on this computer.
    """
    if not _HUB_NAME.fullmatch(name):
        raise ActorError(f"The actor asks for a HuBERT model by the name '{name}', which is none.", _WITHOUT)
    chosen = os.environ.get(FOLDER_VARIABLE, "")
    if not chosen:
        return _in_cache(name)
    for folder in (Path(chosen), Path(chosen) / name.rsplit("/", 1)[-1]):
        if (folder / _CONFIG).is_file():
            return HubertFolder(folder, name)
    raise ActorError(
        f"There is no HuBERT model in '{chosen}', which {FOLDER_VARIABLE} names.",
        f"Put {_CONFIG}, {_EXTRACTOR} and {_WEIGHTS[0]} of '{name}' there. {_WITHOUT}",
    )


def locate_hubert(place: str, download: bool = False) -> HubertFolder:
    """The model that a person at this computer names: a folder, or a name on the hub.

    Args:
        download: fetch it from the hub where it is not in the cache. Large: 0.4 to 1.3 GB.

    Raises:
        ActorError: it is not there, or cannot be downloaded.
    """
    folder = Path(place).expanduser()
    if (folder / _CONFIG).is_file():
        return HubertFolder(folder, folder.resolve().name)
    if folder.is_dir() or not _HUB_NAME.fullmatch(place):
        raise ActorError(
            f"There is no HuBERT model in '{place}'.",
            f"Name a folder with {_CONFIG}, {_EXTRACTOR} and {_WEIGHTS[0]}, or a model of the hub.",
        )
    return _downloaded(place) if download else _in_cache(place)


def installed_models() -> tuple[str, list[str]]:
    """The version of transformers, and the models that actors would find: folders and names on the hub.

    Raises:
        ActorError: transformers is not installed.
    """
    _package("transformers")
    chosen = os.environ.get(FOLDER_VARIABLE, "")
    if chosen:
        configs = [Path(chosen) / _CONFIG, *sorted(Path(chosen).glob(f"*/{_CONFIG}"))]
        found = [str(path.parent) for path in configs if _model_type(path) == "hubert"]
    else:
        cache = Path(_package("huggingface_hub").constants.HF_HUB_CACHE)
        configs = [path for path in cache.glob(f"models--*/snapshots/*/{_CONFIG}") if _model_type(path) == "hubert"]
        names = (path.parts[-4].removeprefix("models--").replace("--", "/") for path in configs)
        found = sorted(set(names))
    return importlib.metadata.version("transformers"), found


def load_hubert(place: HubertFolder, layer: int | None = None) -> Hubert:
    """Read a model from its folder.

    Args:
        layer: the hidden layer to take, 1 is the first; None is the last hidden state.

    Raises:
        ActorError: transformers is missing, or the folder is incomplete, damaged or holds another kind of model.
    """
    transformers = _package("transformers")
    missing = [name for name in (_CONFIG, _EXTRACTOR) if not (place.folder / name).is_file()]
    if missing or not any((place.folder / name).is_file() for name in _WEIGHTS):
        raise _spoiled(place, f"it lacks {(missing or [_WEIGHTS[0]])[0]}")
    kind = _model_type(place.folder / _CONFIG)
    if kind != "hubert":
        raise _spoiled(place, f"its {_CONFIG} tells of {kind or 'nothing'}, not of hubert")
    with _quiet(transformers), _reading(place, _package("huggingface_hub").errors.StrictDataclassError):
        extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(place.folder, local_files_only=True)
        model, report = transformers.HubertModel.from_pretrained(
            place.folder, local_files_only=True, output_loading_info=True, dtype=torch.float32
        )
    if set(report["missing_keys"]) - {_UNUSED}:
        raise _spoiled(place, "weights are missing")
    if extractor.sampling_rate != SAMPLE_RATE or np.prod(model.config.conv_stride) != HUBERT_HOP:
        raise _spoiled(place, "it does not hear 16 kHz at 50 Hz")
    if layer is not None and not 1 <= layer <= len(model.encoder.layers):
        raise ActorError(f"There is no layer {layer} in '{place.name}'.", f"It has 1 to {len(model.encoder.layers)}.")
    return Hubert(model, bool(extractor.do_normalize), place.name, layer, _digest(model))


def _in_cache(name: str) -> HubertFolder:
    hub = _package("huggingface_hub")
    try:
        folder = Path(hub.snapshot_download(name, local_files_only=True))
    except (OSError, ValueError) as error:
        raise ActorError(
            f"The HuBERT model '{name}' is not on this computer.",
            f"Download it with: hf download {name}; or let {FOLDER_VARIABLE} name its folder. {_WITHOUT}",
        ) from error
    return HubertFolder(folder, name)


def _downloaded(name: str) -> HubertFolder:
    hub = _package("huggingface_hub")
    try:
        offered = hub.HfApi().list_repo_files(name)
        weights = [file for file in _WEIGHTS if file in offered][:1]
        folder = Path(hub.snapshot_download(name, allow_patterns=[_CONFIG, _EXTRACTOR, *weights]))
    except Exception as error:  # the hub's client raises its own, the network's and the disk's errors
        raise ActorError(
            f"The HuBERT model '{name}' cannot be downloaded: {type(error).__name__}.",
            f"Check the name, the network and the disk, or download it elsewhere and name its folder. {_WITHOUT}",
        ) from error
    return HubertFolder(folder, name)


def _package(name: str) -> ModuleType:
    """transformers or its hub client; imported here and nowhere else, since that takes seconds."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ActorError(
            "HuBERT features need the package transformers, which is not installed.",
            f"Install it with: pip install transformers. {_WITHOUT}",
        ) from error


def _model_type(config: Path) -> str:
    try:
        return str(msgspec.json.decode(config.read_bytes(), type=dict).get("model_type", ""))
    except (OSError, msgspec.DecodeError):
        return ""


@contextmanager
def _reading(place: HubertFolder, bad_config: type[Exception]) -> Iterator[None]:
    try:
        yield
    except (
        bad_config,
        *(OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError),
        *(SafetensorError, pickle.UnpicklingError, EOFError),
    ) as error:
        raise _spoiled(place, f"{type(error).__name__} on reading it") from error


def _spoiled(place: HubertFolder, what: str) -> ActorError:
    return ActorError(
        f"The HuBERT model '{place.name}' cannot be used: {what}.",
        f"Download it again, or let {FOLDER_VARIABLE} name a whole copy. {_WITHOUT}",
    )


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Without transformers' progress bars and remarks about weights of other tasks."""
    log = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()


def _digest(model: torch.nn.Module) -> str:
    """Tells models apart: of the first values of every weight, in half precision, as files may hold them."""
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        # Weight norm is stored under names and in shapes that change with torch's version.
        if "pos_conv" not in name and name != _UNUSED:
            digest.update(name.encode() + weight.flatten()[:64].half().numpy().tobytes())
    return digest.hexdigest()[:16]

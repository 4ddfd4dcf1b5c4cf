"""Actor packs made to do harm: damaged zips, tensors and manifests that lie, names that lead elsewhere."""

import io
import json
import random
import resource
import shutil
import stat
import warnings
import zipfile
from pathlib import Path
from typing import Any

from emogene.actors.archive import PACK_FILES
from emogene.actors.pack import Actor, load_actor
from emogene_proto.errors import EmoGeneError

from .hostile import NUMBERS, TEXTS, changed, damaged

GROWTH_BYTES = 300 * 2**20
"""More memory than this no pack may take, whatever it says."""
NAMES = (
    *(
        "../evil.py",
        "/etc/cron.d/evil",
        "..\\evil",
        "C:\\evil",
        "CON",
        "nul.txt",
        "aux",
        "sub/actor.toml",
        "ACTOR.TOML",
    ),
    *(
        "actor.toml/",
        "actor.toml\0.py",
        "evil.pkl",
        "__init__.py",
        "x" * 5000,
        "",
        ".",
        "preview.png ",
        "sitecustomize.py",
    ),
)


class Packs:
    """Makes bad packs of a good one, and loads them."""

    def __init__(self, good: Path, folder: Path):
        self._files = {name: (good / name).read_bytes() for name in PACK_FILES if (good / name).is_file()}
        self._folder = folder

    def case(self, chance: random.Random) -> str:
        """Load one bad pack wholly; what is wrong with how that went, or nothing."""
        path = self.made(chance, self._folder / "fuzzed")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            use(load_actor(path))
        except EmoGeneError as refused:
            if not (refused.message and refused.hint):
                return f"refused without words: {refused!r}"
        except Exception as error:  # whatever else is raised is what we look for
            return f"{type(error).__name__}: {error}"[:300]
        finally:
            self._remove(path)
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        return f"took {grown / 2**20:.0f} MB" if grown > GROWTH_BYTES else ""

    def made(self, chance: random.Random, path: Path) -> Path:
        """A bad pack: a folder, or a file whose name ends with .actor."""
        files = dict(self._files)
        how = chance.randrange(10)
        if how < 5:
            name = chance.choice([name for name in files if name.endswith(".safetensors")])
            files[name] = bad_model(files[name], chance)
        elif how < 7:
            files["actor.toml"] = bad_manifest(files["actor.toml"], chance)
        elif how == 7:
            name = chance.choice(list(files))
            files[name] = chance.choice((b"", damaged(files[name], chance), files["face.safetensors"]))
        if how < 8 and chance.random() < 0.7:
            path.mkdir()
            for name, content in files.items():
                (path / name).write_bytes(content)
            return path
        path = path.with_suffix(".actor")
        content = zipped(files, chance, odd=how >= 8)
        path.write_bytes(damaged(content, chance) if chance.random() < 0.4 else content)
        return path

    def _remove(self, path: Path) -> None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def use(actor: Actor) -> None:
    """Everything that a render of this actor reads."""
    for name in ("rest", "closed_eyes", "camera", "covered_to", "fingerprint", "speaking_style", "features_needed"):
        getattr(actor, name)
    for name in ("speech_encoder", "audio2motion", "ldm", "head_motion", "fields"):
        getattr(actor, name)


def bad_model(content: bytes, chance: random.Random) -> bytes:
    """A safetensors file whose header, configuration or numbers are wrong."""
    length = int.from_bytes(content[:8], "little")
    header, tensors = json.loads(content[8 : 8 + length]), content[8 + length :]
    how = chance.randrange(8)
    if how == 0:
        return damaged(content[:8], chance)[:8] + content[8:]
    if how == 1:
        return content[:8] + damaged(content[8 : 8 + length], chance) + tensors
    if how < 5:
        config = json.loads(header["__metadata__"]["config"])
        header["__metadata__"]["config"] = json.dumps(_bad_config(config, chance))
    elif how == 5:
        header = changed(header, chance, _json_value)
    elif how == 6:
        tensors = bytes([chance.choice((0xFF, 0x7C, 0x00, 0x80))]) * len(tensors)
    else:
        name = chance.choice([name for name in header if name != "__metadata__"])
        types = ("F64", "I64", "U8", "BOOL", "BF16", "F8_E4M3", "I8", "X9")
        shape = [chance.choice((0, 1, 2**31, 2**62))] * chance.randrange(9)
        lies = ({"dtype": chance.choice(types)}, {"shape": [2**40, 0]}, {"shape": shape}, {"data_offsets": [0, 2**50]})
        header[name] |= chance.choice(lies)
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + tensors


def _bad_config(config: Any, chance: random.Random) -> Any:
    numbers = [name for name, one in config.items() if isinstance(one, int | float)] if config else []
    if numbers and chance.random() < 0.5:
        large = (10**3, 10**4, 3 * 10**4, 10**5, 10**6, 10**9, 10**12, 10**18, 10**30, 0, -1, 1.5, 1e300, True)
        return config | {chance.choice(numbers): chance.choice(large)}
    return changed(config, chance, _json_value)


def _json_value(chance: random.Random) -> Any:
    return chance.choice((chance.choice(NUMBERS), chance.choice(TEXTS), None, True, [], {}, [[]] * 9, [10**9] * 50))


def bad_manifest(content: bytes, chance: random.Random) -> bytes:
    """An actor.toml with another value, or damaged."""
    how = chance.randrange(10)
    if how < 3:
        return damaged(content, chance)
    if how == 3:
        long = b'"' + b"x" * 2**21 + b'"'
        return b"a = " + chance.choice((b"[" * 3000, b"9" * 5000, b"nan", b"{ b = " * 100, long, b"2000-02-31"))
    lines = content.splitlines()
    place = chance.choice([number for number, line in enumerate(lines) if b" = " in line])
    said = json.dumps(_json_value(chance)).replace("NaN", "nan").replace("Infinity", "inf")
    lines[place] = lines[place].split(b" = ")[0] + b" = " + said.encode()
    return b"\n".join(lines)


def zipped(files: dict[str, bytes], chance: random.Random, odd: bool) -> bytes:
    """The files as a zip; an odd one has entries that lead elsewhere, come twice, are links, or are much larger."""
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # about names that come twice, which is meant
        for name, one in files.items():
            archive.writestr(name, one)
        if odd:
            _add_odd(archive, files, chance)
    return content.getvalue()


def _add_odd(archive: zipfile.ZipFile, files: dict[str, bytes], chance: random.Random) -> None:
    how = chance.randrange(5)
    if how == 0:
        archive.writestr(zipfile.ZipInfo(chance.choice(NAMES) or "x"), b"import os")
    elif how == 1:
        name = chance.choice(list(files))
        archive.writestr(name, chance.choice((b"", files[name])))
    elif how == 2:
        link = zipfile.ZipInfo("background.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    elif how == 3:
        archive.writestr("background.png", bytes(70 * 2**20 if chance.random() < 0.1 else 2**20))
    else:
        for number in range(3000):
            archive.writestr(f"{number}", b"")

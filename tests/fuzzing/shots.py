"""Shot documents that nobody should have written, read as the command line reads them."""

import random
from pathlib import Path

import msgspec

from emogene.plan_files import load_shot, shot_picture
from emogene_proto.errors import EmoGeneError
from emogene_proto.shot import Shot
from emogene_proto.shot_check import check

from .hostile import changed, damaged, json_value
from .messages import full_shot

_TEXTS = (
    b"[" * 100_000,
    b'{"audio":' * 5000,
    b'{"audio":{},"seed":' + b"9" * 9000 + b"}",
    b'{"audio":{},"fps":1e999}',
    b'{"audio":{},"fps":NaN}',
    b'{"audio":{},"actor":"\xff\xfe"}',
    b'{"audio":{"path":"\\u0000"}}',
    b'{"audio":{"path":"\\ud800"}}',
    b'{"audio":{"path":"' + b"x" * 70_000 + b'"}}',
    b'\xef\xbb\xbf{"audio":{}}',
    b'{"audio":{},"audio":{}}',
)


class Shots:
    """Makes bad documents of a good one, and reads them."""

    def __init__(self, shot: Shot, folder: Path):
        self._whole = msgspec.to_builtins(full_shot(shot))
        self._path = folder / "shot.json"

    def case(self, chance: random.Random) -> str:
        """Read one document; what is wrong with how that went, or nothing."""
        self._path.write_bytes(self._made(chance))
        try:
            shot, _ = load_shot(self._path)
            check(shot)
            shot_picture(self._path, shot)
        except EmoGeneError as refused:
            return "" if refused.message and refused.hint else f"refused without words: {refused!r}"
        except Exception as error:  # whatever else is raised is what we look for
            return f"{type(error).__name__}: {error}"[:300]
        return ""

    def _made(self, chance: random.Random) -> bytes:
        if chance.random() < 0.02:
            return chance.choice(_TEXTS)
        document = self._whole
        for _ in range(chance.randint(1, 3)):
            document = changed(document, chance, json_value)
        written = msgspec.json.encode(document)
        return damaged(written, chance) if chance.random() < 0.3 else written

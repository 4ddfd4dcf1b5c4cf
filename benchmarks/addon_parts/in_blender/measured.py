"""What a script measured, on its way to the benchmark."""

import json
from pathlib import Path

import artist


def write(**values) -> None:
    Path(artist.settings["found"]).write_text(json.dumps(values))

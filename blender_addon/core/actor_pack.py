# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an actor lies on this computer, by its name."""

import zipfile
from pathlib import Path

_MANIFEST = "actor.toml"


def actor_pack(folder: Path, name: str) -> Path | None:
    """The pack of this name in a folder of actors, itself a folder or a file; None where there is none.

    A name comes with a .blend that may be anybody's: it never leads out of the folder, nor to what is no actor.
    """
    if not name or name != Path(name).name or any(sign in name for sign in "/\\:\0") or name == "..":
        return None
    if (folder / name / _MANIFEST).is_file():
        return folder / name
    for file in (folder / name, folder / f"{name}.actor"):
        if file.suffix == ".actor" and _is_packed(file):
            return file
    return None


def _is_packed(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return _MANIFEST in archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return False

# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of folders that files, scenes and characters have each to themselves, and keep when they are renamed."""

import unicodedata
import zlib
from collections.abc import Collection, Sequence

from .strips import folder_name


def own_folders(those: Sequence[tuple[str, str]], reserved: Collection[str] = ()) -> list[str]:
    """The folder of each, in order; no two are the same, on no system.

    Args:
        those: names, each with the folder that it has already or nothing. Of several with the same folder, as copies
            have it, the one that is called so keeps it.
        reserved: folders that nobody gets.
    """
    kept = [folder if folder and _keeps(place, those) else "" for place, (_, folder) in enumerate(those)]
    taken = {_compared(folder) for folder in (*reserved, *(folder for _, folder in those)) if folder}
    found = []
    for (name, _), folder in zip(those, kept, strict=True):
        found.append(folder or _free(folder_name(name), taken))
        taken.add(_compared(found[-1]))
    return found


def file_folder(stem: str) -> str:
    """The folder of a file, told apart from those of files beside it whose names differ only in odd characters."""
    name = folder_name(stem)
    return name if name == stem else f"{name}-{zlib.crc32(stem.encode('utf-8', 'surrogateescape')):08x}"


def _keeps(place: int, those: Sequence[tuple[str, str]]) -> bool:
    name, folder = those[place]
    same = [i for i, (_, other) in enumerate(those) if _compared(other) == _compared(folder)]
    return len(same) == 1 or next((i for i in same if folder_name(those[i][0]) == folder), None) == place


def _free(wanted: str, taken: Collection[str]) -> str:
    name, number = wanted, 2
    while _compared(name) in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _compared(name: str) -> str:
    """Equal for names that are one on a disk that knows no capitals, or composes letters."""
    return unicodedata.normalize("NFC", name).casefold()

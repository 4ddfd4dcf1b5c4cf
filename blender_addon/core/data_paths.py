# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's data paths, e.g. `pose.bones["head"].location`, taken apart."""

import re

_CUSTOM = re.compile(r'^(?P<owner>.*)\["(?P<name>(?:[^"\\]|\\.)*)"\]$', re.DOTALL)


def split(path: str) -> tuple[str, str, bool]:
    """Path of what holds the property (empty: the data-block itself), its name, and whether it is a custom one."""
    custom = _CUSTOM.match(path)
    if custom is not None:
        return custom["owner"], re.sub(r"\\(.)", r"\1", custom["name"]), True
    owner, _, name = path.rpartition(".")
    return owner, name, False


def item_of(path: str, collection: str) -> tuple[int | None, str]:
    """Index of the item of a collection that a path is about, None if it is about something else; and the rest."""
    if not path.startswith(f"{collection}["):
        return None, path
    index, bracket, rest = path[len(collection) + 1 :].partition("]")
    return (int(index), rest) if bracket and index.isdecimal() else (None, path)

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

# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a scene's characters, and whose an emotion marker is.

A marker's name says it in readable form, "Anna: happy 0.7", and survives every tool. What has no name before it is
the first character's, so a scene with one character needs none.
"""

import re
from collections.abc import Iterable, Sequence

from ..emogene_proto.names import EMOTIONS

DEFAULT_NAME = "Character"
_SEPARATOR = ":"


def split_owner(name: str, cast: Sequence[str]) -> tuple[int, str]:
    """Which character a marker's name is about, and what it says of it.

    Args:
        cast: names of the scene's characters, in order.

    Returns:
        Index into `cast`, 0 where no character is named; and the rest of the name.
    """
    head, separator, rest = name.partition(_SEPARATOR)
    if separator:
        wanted = head.strip().casefold()
        for index, character in enumerate(cast):
            if character.casefold() == wanted:
                return index, rest.strip()
    return 0, name


def owned_name(says: str, character: int, cast: Sequence[str]) -> str:
    """The name of a marker that says this of one of the cast."""
    return says if character == 0 else f"{cast[character]}{_SEPARATOR} {says}"


def names_nobody(name: str, cast: Sequence[str]) -> str:
    """The name before a marker's emotion, if no character has it; else empty."""
    head, separator, _ = name.partition(_SEPARATOR)
    head = head.strip()
    known = {character.casefold() for character in cast} | set(EMOTIONS)
    return head if separator and head and head.casefold() not in known else ""


def fitting_name(wanted: str, others: Iterable[str]) -> str:
    """A name as near to `wanted` as can be told apart from the others, from emotions, and in a marker's name."""
    taken = {name.casefold() for name in others} | set(EMOTIONS)
    base = re.sub(r"\s+", " ", wanted.replace(_SEPARATOR, " ")).strip()[:48] or DEFAULT_NAME
    name, number = base, 2
    while name.casefold() in taken:
        name, number = f"{base} {number}", number + 1
    return name

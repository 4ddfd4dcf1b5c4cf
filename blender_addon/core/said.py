# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for the artist that are put together here, and translated only where they are shown.

Blender's translations cannot be asked here. So a text keeps the template it was made of, and its values; to all that
does not show it, it is English.
"""

from collections.abc import Sequence


class Said(str):
    """An English text that knows its template, with `{name}` where values stand. A value may be one itself."""

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]


def said(template: str, **values: object) -> Said:
    """The text of a template. `wording.in_words` gives its translation."""
    text = Said(template.format(**values))
    text.template, text.values = template, values
    return text


def listed(texts: Sequence[str]) -> str:
    """One text or several, with commas between them."""
    row, *others = texts
    for text in others:
        row = said("{first}, {last}", first=row, last=text)
    return row

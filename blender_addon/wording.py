# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are put together while Blender runs, in the artist's language.

Blender translates by itself what stands whole in a label, a tooltip or a name; only what is put together needs this.
What the backend says stays English, and so does what the add-on has in common with it: errors with names or numbers
in them, warnings of what an actor does not cover, and what is wrong with a marker's name.
"""

from bpy.app.translations import pgettext_iface

from .core.said import Said

OWN_CONTEXT = "EmoGene"
"""Of words that Blender's own translations know, but mean otherwise: these would go first."""


def worded(template: str, **values: object) -> str:
    """The translation of the template, with `{name}` in it replaced by the values, which are translated too."""
    shown = {name: in_words(value) if isinstance(value, Said) else value for name, value in values.items()}
    return pgettext_iface(template).format(**shown)


def in_words(text: str) -> str:
    """The translation of a text of the core, or of any other that has one as a whole."""
    return worded(text.template, **text.values) if isinstance(text, Said) else pgettext_iface(text)

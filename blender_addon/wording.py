# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are put together while Blender runs, in the artist's language.

Blender translates by itself what stands whole in a label, a tooltip or a name; only what is put together needs this.
"""

from bpy.app.translations import pgettext_rpt


def worded(template: str, **values: object) -> str:
    """The translation of the template, with `{name}` in it replaced by the values."""
    return pgettext_rpt(template).format(**values)

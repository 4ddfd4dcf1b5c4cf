# SPDX-License-Identifier: GPL-3.0-or-later
"""EmoGene for Blender: a recorded voice and emotion markers in, a talking head in the sequencer out.

The files beside this one touch Blender and are thin; `core/` knows nothing of Blender.
"""


def register() -> None:
    # Imported here, so that `core` can be imported and tested without Blender.
    from . import registration

    registration.register()


def unregister() -> None:
    from . import registration

    registration.unregister()

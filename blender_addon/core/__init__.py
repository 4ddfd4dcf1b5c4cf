# SPDX-License-Identifier: GPL-3.0-or-later
"""What the add-on decides, without Blender: markers, curves, strips, the session with the backend."""

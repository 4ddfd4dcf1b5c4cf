# SPDX-License-Identifier: GPL-3.0-or-later
"""Thin operators: they gather from Blender, call the core, apply."""

# SPDX-License-Identifier: GPL-3.0-or-later
"""The face as one mesh of 68 vertices and the lines between them: light for long shots, nothing is keyed."""

from array import array

import bpy

from ..core import curves
from ..emogene_proto.face_lines import DRAWN_LINES
from ..emogene_proto.names import LANDMARK_COUNT
from . import empties

_OURS = "emogene_face"
"""Custom property of the face's object."""


def face_of(head: bpy.types.Object) -> bpy.types.Object | None:
    """The face that hangs on a head empty; None where there is none."""
    beside = empties.beside(head)
    return next((each for each in beside or head.children if each.get(_OURS)), None)


def ensured_face(head: bpy.types.Object) -> bpy.types.Object:
    found = face_of(head)
    if found is not None:
        return found
    mesh = bpy.data.meshes.new(curves.FACE_NAME)
    mesh.from_pydata([(0.0, 0.0, 0.0)] * LANDMARK_COUNT, DRAWN_LINES, [])
    face = bpy.data.objects.new(curves.FACE_NAME, mesh)
    empties.home_of(head).objects.link(face)
    face.parent = head
    face[_OURS] = True
    return face


def show(face: bpy.types.Object, points: array) -> None:
    """Put the vertices there: 68 x 3 metres in the head's frame, flat."""
    mesh = face.data
    if len(mesh.vertices) == LANDMARK_COUNT:  # an artist may have edited it
        mesh.vertices.foreach_set("co", points)
        mesh.update()


def remove(head: bpy.types.Object) -> None:
    """Take the face away; the head stays."""
    face = face_of(head)
    if face is not None:
        mesh = face.data
        bpy.data.objects.remove(face)
        if mesh is not None and mesh.users == 0:
            bpy.data.meshes.remove(mesh)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of what is seen: background, camera, picture, files. Mixed into those of character and scene."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.background import hex_colour
from ..emogene_proto.shot import Background, PictureRef

_HELD: set[str] = set()
"""Options of what is one value for a whole shot: Blender offers no keyframes for it."""


def _is_camera(_settings, thing: bpy.types.Object) -> bool:
    return thing.type == "CAMERA"


def _put_behind(settings) -> None:
    from ..views import look  # it needs what this module is part of

    look.put_behind(settings.id_data)


class BackgroundSettings:
    """Where the character stands, and what lies behind it."""

    camera_root: PointerProperty(
        type=bpy.types.Object,
        name="Character",
        description="An object that stands where the character does: its origin is the head's, its -Y is where the "
        "face looks. Empty is the world's origin",
    )
    background_kind: EnumProperty(
        name="Background",
        description="What lies behind the character",
        items=[
            ("transparent", "Transparent", "Nothing: what lies below in the sequencer or compositor is seen"),
            ("colour", "Colour", "One colour"),
            ("picture", "Picture", "A picture that fills the frame; what is too much of it is cut off"),
            ("actor", "Actor's own", "What the actor's pack has for it, e.g. the grey of its studio"),
        ],
        default="transparent",
        options=_HELD,
    )
    background_colour: FloatVectorProperty(
        name="Colour",
        description="The colour behind the character, as the pictures show it",
        size=3,
        subtype="COLOR_GAMMA",
        default=(0.5, 0.5, 0.5),
        min=0.0,
        max=1.0,
        options=_HELD,
    )
    background_picture: StringProperty(
        name="Picture",
        description="The picture behind the character: PNG, JPEG, WebP, TIFF or BMP, up to 64 million pixels",
        subtype="FILE_PATH",
    )

    def background(self) -> Background:
        """What lies behind the character; a picture's content is not known yet."""
        colour = hex_colour(self.background_colour)
        if self.background_kind != "picture":
            return Background(self.background_kind, colour)
        return Background("picture", colour, PictureRef(path=bpy.path.abspath(self.background_picture)))


class PictureSettings:
    """Which camera sees the faces, how large the pictures are, and how they are written."""

    camera_choice: EnumProperty(
        name="Camera",
        description="Who looks at the face",
        items=[
            ("ACTOR", "Actor's own", "The camera that the actor was pictured with: always a good portrait"),
            ("SCENE", "Blender's", "A camera of Blender, with all its movement"),
        ],
        default="ACTOR",
        options=_HELD,
    )
    camera_object: PointerProperty(
        type=bpy.types.Object,
        name="Object",
        description="The camera to render with; empty is the scene's own, with those that markers are bound to",
        poll=_is_camera,
    )
    picture_size: EnumProperty(
        name="Size",
        description="How large the pictures are",
        items=[
            ("OWN", "Own", "Width and height from this panel"),
            (
                "SCENE",
                "Scene's resolution",
                "Resolution of the scene's output settings; Blender's camera takes their pixel aspect and the crop to "
                "the render region too",
            ),
        ],
        default="OWN",
        options=_HELD,
    )
    width: IntProperty(
        name="Width", description="Picture width in pixels", default=512, min=16, max=4096, subtype="PIXEL"
    )
    height: IntProperty(
        name="Height", description="Picture height in pixels", default=512, min=16, max=4096, subtype="PIXEL"
    )
    quality: EnumProperty(
        name="Quality",
        description="How finely pictures are rendered",
        items=[
            ("draft", "Draft", "A quarter of the work: rendered at half the size and enlarged smoothly"),
            ("preview", "Preview", "One ray a pixel"),
            ("final", "Final", "Four times the work: four rays a pixel, for smooth edges and hair"),
        ],
        default="preview",
        options=_HELD,
    )
    live_size: IntProperty(
        name="Live size",
        description="Longer side of the live picture in pixels; where the computer is too slow for it, smaller ones "
        "are shown while the timeline plays",
        default=256,
        min=64,
        max=1024,
        subtype="PIXEL",
        options=_HELD,
    )
    live_overlay: BoolProperty(
        name="Overlay",
        description="Show the live picture in a corner of the 3D viewports and of the sequencer's preview too, and not "
        "only in the image 'EmoGene Live'",
        default=True,
        options=_HELD,
    )
    look_size: IntProperty(
        name="Picture size",
        description="Longer side in pixels of the picture at the playhead",
        default=256,
        min=64,
        max=2048,
        subtype="PIXEL",
        options=_HELD,
    )
    look_behind: BoolProperty(
        name="Behind the camera",
        description="Show the picture at the playhead, later the rendered frames, as the background of the scene's "
        "camera",
        default=False,
        options=_HELD,
        update=lambda self, context: _put_behind(self),
    )
    output: EnumProperty(
        name="Files",
        description="How frames are written",
        items=[
            ("png", "PNG", "8-bit sRGB with alpha, for the sequencer"),
            ("exr", "OpenEXR", "Scene-linear half floats with alpha and depth, for compositing into a scene"),
        ],
        default="png",
        options=_HELD,
    )

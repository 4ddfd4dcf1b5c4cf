# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept in the .blend on the scene: its characters, and how their pictures are made."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, PointerProperty, StringProperty

from .. import compat
from . import characters
from .edits import EditSettings
from .performance import EmotionSettings, LifeSettings, SpeechSettings
from .picture import BackgroundSettings, PictureSettings


class EmoGeneCharacter(
    EmotionSettings, SpeechSettings, LifeSettings, BackgroundSettings, EditSettings, bpy.types.PropertyGroup
):
    """One character of a scene: its actor, how it acts, where it stands. Its strips say themselves whose they are."""

    name: StringProperty(
        name="Name",
        description="What the character is called; markers that begin with it are felt by this one",
        update=lambda self, context: characters.renamed(self),
    )
    known_as: StringProperty(options={"HIDDEN"})
    uid: IntProperty(options={"HIDDEN"})
    frames_name: StringProperty(
        description="Folder of its rendered frames in that of the scene, from the first render on", options={"HIDDEN"}
    )
    picture_made: PointerProperty(type=bpy.types.Image, options={"HIDDEN"})
    picture_finals: PointerProperty(type=bpy.types.Image, options={"HIDDEN"})
    shows_finals: BoolProperty(
        description="Whether the finals are newer than the picture made on demand", options={"HIDDEN"}
    )
    voice_channel: IntProperty(
        name="Voice channel", description="Channel for a voice loaded here", default=1, min=1, max=128
    )
    image_channel: IntProperty(
        name="Picture channel",
        description="Channel for the rendered strip, or the next free one above",
        default=3,
        min=1,
        max=128,
    )
    actor: StringProperty(
        name="Actor",
        description="Who is seen: an actor that the backend has",
        default="bundled",
        search=lambda self, context, text: _actors(),
    )
    seed: IntProperty(
        name="Seed", description="Another number gives another take of speech, blinks, gaze and head", default=0, min=0
    )
    landmarks_as: EnumProperty(
        name="Landmarks",
        description="What shows the planned face in the 3D viewport",
        items=[
            ("EMPTIES", "Empties", "68 keyed empties: move or key them to edit the face"),
            ("MESH", "Mesh", "One light mesh of 68 points and lines, for long shots: nothing is keyed"),
        ],
        options=set(),
    )
    head: PointerProperty(type=bpy.types.Object, name="Head", description="The empty that carries the head's pose")


class EmoGeneScene(PictureSettings, bpy.types.PropertyGroup):
    """The characters of a scene, and what their pictures have in common."""

    characters: CollectionProperty(type=EmoGeneCharacter, options={"HIDDEN"})
    active_character: IntProperty(name="Character", description="The character that the panel shows", default=0, min=0)
    newest_uid: IntProperty(options={"HIDDEN"})
    follow_changes: BoolProperty(
        name="Follow changes",
        description="Plan anew by itself soon after something changed, as long as landmarks are shown",
        default=True,
        options=set(),
    )
    only_preview_range: BoolProperty(
        name="Preview range only", description="Render only the timeline's preview range, if one is set", default=False
    )
    frames_folder: StringProperty(
        name="Frames",
        description="Folder for rendered frames; an unsaved file uses the add-on's own folder",
        default="//emogene/",
        subtype="DIR_PATH",
    )
    frames_name: StringProperty(
        description="Folder of the scene in that of the file, from the first render on", options={"HIDDEN"}
    )
    farm_folder: StringProperty(
        name="Shot folders",
        description="Where folders for the farm and the command line are written",
        default="//emogene_farm/",
        subtype="DIR_PATH",
    )
    marker_index: IntProperty(options={"HIDDEN", "SKIP_SAVE"}, default=-1, update=lambda self, context: _jump(self))


class EmoGeneStrip(bpy.types.PropertyGroup):
    """Whose a strip of the sequencer is; it stays so where the strip is renamed, split or copied."""

    character: IntProperty(description="`uid` of the strip's character; 0 for other strips", options={"HIDDEN"})
    role: EnumProperty(
        description="What the strip is to its character",
        options={"HIDDEN"},
        items=[
            ("NONE", "None", "Not one of EmoGene's strips"),
            ("VOICE", "Voice", "The character speaks this sound"),
            ("PICTURES", "Pictures", "Rendered pictures of the character"),
            ("PREVIEW", "Preview", "Quickly rendered pictures of the character, to look at"),
        ],
    )
    placed: IntProperty(options={"HIDDEN"})
    edits_id: StringProperty(
        description="What landmark edits name a voice by; what it is split or copied into has the same",
        options={"HIDDEN"},
    )


def _actors() -> list[str]:
    from ..session import session  # it imports this module

    welcome = session().welcome
    return list(welcome.actors) if welcome is not None else []


def _jump(settings: EmoGeneScene) -> None:
    markers = settings.id_data.timeline_markers
    if 0 <= settings.marker_index < len(markers):
        settings.id_data.frame_set(markers[settings.marker_index].frame)


CLASSES = (EmoGeneCharacter, EmoGeneScene, EmoGeneStrip)


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.emogene = PointerProperty(type=EmoGeneScene)
    compat.strip_type().emogene = PointerProperty(type=EmoGeneStrip)


def unregister() -> None:
    del compat.strip_type().emogene
    del bpy.types.Scene.emogene
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)

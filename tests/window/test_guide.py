"""The guide's pictures: written only where EMOGENE_SCREENSHOTS names a folder, from the add-on as it is."""

import time

import pytest
from studio import SCREENSHOTS

pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(not SCREENSHOTS, reason="set EMOGENE_SCREENSHOTS=docs/images to take the guide's pictures"),
]
OPENED = ("strength", "curves", "speech", "life")
REGISTER_AGAIN = f"""
for cls in reversed(addon("panels").CLASSES):
    bpy.utils.unregister_class(cls)
for cls in addon("panels").CLASSES:
    if cls.__name__.rpartition("_")[2] in {OPENED!r}:
        cls.bl_options = {{options}}
    bpy.utils.register_class(cls)
"""


@pytest.fixture
def opened_panels(window):
    """The panels of the performance are open in new files, until the test is over."""
    window.run(REGISTER_AGAIN.format(options="set()"))
    yield
    window.run(REGISTER_AGAIN.format(options="{'DEFAULT_CLOSED'}"))


@pytest.fixture
def planned(connected):
    """Two emotions, planned, with empties."""
    for frame, emotion in ((3, "happy"), (24, "surprised")):
        connected.run(f"bpy.context.scene.frame_set({frame})\nbpy.ops.emogene.add_marker(emotion={emotion!r})")
    connected.run("bpy.data.objects.remove(bpy.data.objects['Cube'])\nbpy.ops.emogene.plan()")
    connected.wait("planned() and session().job is None")
    connected.run("bpy.ops.emogene.key_empties()\nbpy.context.scene.frame_set(12)")
    return connected


def test_a_face_that_was_moved_by_hand(planned, photograph):
    planned.run("only_viewport()")
    planned.wait("face_is_current()", 60)
    planned.run("look_at_the_face()")
    planned.choose_tab("VIEW_3D", "EmoGene")
    planned.settled()
    planned.run("corner = addon('views.empties').landmarks_of(character().head)[48]")
    planned.run("corner.location.x, corner.location.y = corner.location.x - 0.008, corner.location.y + 0.009")
    planned.wait("edits() and face_is_current()", 60)
    photograph(planned, "landmarks", planned.area("VIEW_3D"))


def test_the_panel_in_the_sequencer_after_a_render(planned, photograph):
    planned.choose_tab("SEQUENCE_EDITOR", "EmoGene")
    planned.run("bpy.ops.emogene.render()")
    planned.wait("session().job is None", 300)
    planned.run("show_all_strips()")
    time.sleep(4)  # the strip's small pictures come by and by, and so does the backend's line
    photograph(planned, "panel", planned.area("SEQUENCE_EDITOR"))


def test_the_panels_of_the_performance(opened_panels, studio, photograph):
    sidebar = studio.choose_tab("SEQUENCE_EDITOR", "EmoGene")
    studio.scroll(*sidebar.centre, 60)
    photograph(studio, "performance_panels", sidebar)

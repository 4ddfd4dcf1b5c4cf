"""An artist's screen: the sequencer with a wide sidebar, a preview and a 3D viewport; and the add-on's modules."""

import importlib

import bpy

EXTENSION = "bl_ext.user_default.emogene"


def addon(name):
    return importlib.import_module(f"{EXTENSION}.{name}")


def session():
    return addon("session").session()


def character():
    return addon("scene.characters").ensured(bpy.context.scene)


def voice():
    (strip,) = addon("scene.voices").voice_strips(character())
    return strip


def pictures():
    return addon("views.sequencer").image_strip(character())


def planned():
    return addon("work.plans").plan_of(character()) is not None


def x_of_frame(frame):
    """Region pixels from the left of the sequencer."""
    return regions_of("SEQUENCE_EDITOR", "WINDOW")[0].view2d.view_to_region(frame, 0, clip=False)[0]


def place_of(strip):
    """Region pixels of the sequencer that a strip lies on: left, bottom, right, top."""
    view = regions_of("SEQUENCE_EDITOR", "WINDOW")[0].view2d
    start, end = addon("compat").strip_start(strip), addon("compat").strip_end(strip)
    corners = (start, strip.channel), (end, strip.channel + 1)
    return [value for x, y in corners for value in view.view_to_region(x, y, clip=False)]


def arrange():
    """Turn the editors of Blender's own start screen into those of an artist who edits sound and pictures."""
    sequencer, preview, viewport = areas_of("VIEW_3D")[0], areas_of("OUTLINER")[0], areas_of("PROPERTIES")[0]
    sequencer.type = preview.type = "SEQUENCE_EDITOR"
    sequencer.spaces.active.view_type, preview.spaces.active.view_type = "SEQUENCER", "PREVIEW"
    sequencer.spaces.active.show_region_ui = True
    viewport.type = "VIEW_3D"


def show_all_strips():
    window, area = bpy.context.window_manager.windows[0], areas_of("SEQUENCE_EDITOR")[0]
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.sequencer.view_all()


def look_at_the_face():
    """Show the landmark empties from the front, and nothing else selected."""
    window, area = bpy.context.window_manager.windows[0], areas_of("VIEW_3D")[0]
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.object.select_all(action="DESELECT")
        for point in character().head.children:
            point.select_set(True)
        bpy.ops.view3d.view_selected()
        bpy.ops.object.select_all(action="DESELECT")


def face_is_current():
    """Whether the empties show the newest plan and all edits."""
    return addon("views.faces").is_current(character())


def edits():
    """Point and frame of each edit."""
    return [(edit.point, edit.frame) for edit in addon("scene.edits").layer_of(character()).keys]


def place_of_landmark(point):
    """Region pixels of the 3D viewport at which a landmark empty is seen."""
    from bpy_extras.view3d_utils import location_3d_to_region_2d

    area = areas_of("VIEW_3D")[0]
    region = next(region for region in area.regions if region.type == "WINDOW")
    empty = addon("views.empties").landmarks_of(character().head)[point]
    return list(location_3d_to_region_2d(region, area.spaces.active.region_3d, empty.matrix_world.translation))


def only_viewport():
    """One 3D viewport with its sidebar in the place of the sequencer."""
    area = areas_of("SEQUENCE_EDITOR")[0]
    area.type = "VIEW_3D"
    area.spaces.active.show_region_ui = True
    overlay = area.spaces.active.overlay
    overlay.show_floor = overlay.show_axis_x = overlay.show_relationship_lines = False

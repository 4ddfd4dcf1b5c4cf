"""What a test asks a Blender about its screen; areas come largest first, places are Blender's own (from below)."""

import bpy


def areas_of(kind):
    areas = [area for area in bpy.context.window_manager.windows[0].screen.areas if area.type == kind]
    return sorted(areas, key=lambda area: -area.width * area.height)


def regions_of(area, kind):
    return [region for each in areas_of(area) for region in each.regions if region.type == kind]


def thing_at(things, x, y):
    return next((t for t in things if t.x <= x < t.x + t.width and t.y <= y < t.y + t.height), None)


def button_under(x, y):
    window = bpy.context.window_manager.windows[0]
    area = thing_at(window.screen.areas, x, y)
    region = area and thing_at(sorted(area.regions, key=lambda region: region.type == "WINDOW"), x, y)
    if region is None:
        return ""
    with bpy.context.temp_override(window=window, area=area, region=region):
        for copy in (bpy.ops.ui.copy_python_command_button, bpy.ops.ui.copy_data_path_button):
            if copy.poll():
                bpy.context.window_manager.clipboard = ""
                try:
                    copy()
                except RuntimeError:
                    continue
                copied = bpy.context.window_manager.clipboard
                if copied:
                    return copied
    return ""


def draw():
    """Draw all that waits to be drawn, now."""
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[0]):
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)

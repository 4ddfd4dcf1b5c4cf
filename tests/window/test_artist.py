"""What an artist does and sees, in a real window: by mouse and keyboard, checked by the pixels of the screen."""

from pathlib import Path

import numpy as np
import pytest
from real_window import RealWindow
from studio import FRAMES, connect
from virtual_screen import Rect

pytestmark = pytest.mark.window

TRACES = Path(__file__).parents[1] / "versions" / "blender" / "traces.py"


def sidebar_of(window: RealWindow) -> Rect:
    return window.choose_tab("SEQUENCE_EDITOR", "EmoGene")


def changed(before: np.ndarray, after: np.ndarray) -> float:
    """The part of the pixels that are another colour."""
    return float((np.abs(before.astype(int) - after).max(-1) > 12).mean())


def colours(pixels: np.ndarray) -> int:
    """How many colours there are."""
    return len(np.unique(pixels.reshape(-1, 3), axis=0))


def strip_place(window: RealWindow, strip: str) -> Rect:
    """Where a strip lies on the screen."""
    region = window.region("SEQUENCE_EDITOR")
    left, bottom, right, top = window.ask(f"place_of({strip})")
    return Rect(region.left + left, region.bottom - top, region.left + right, region.bottom - bottom)


def marker_name_place(window: RealWindow, frame: int) -> Rect:
    """Where the name of a timeline marker on this frame stands, right of the playhead, below the strips."""
    region = window.region("SEQUENCE_EDITOR")
    left = region.left + window.ask(f"x_of_frame({frame})")
    return Rect(left + 8, region.bottom - 40, left + 90, region.bottom - 15)


def markers(window: RealWindow) -> list:
    return window.ask("sorted((marker.frame, marker.name) for marker in bpy.context.scene.timeline_markers)")


def test_the_loaded_voice_is_seen(studio):
    place = strip_place(studio, "voice()")
    height = place.bottom - place.top
    above = Rect(place.left, place.top - height, place.right, place.bottom - height)
    studio.see(lambda: changed(studio.pixels(above), studio.pixels(place)) > 0.8, "the sound strip")


def test_the_panel_is_drawn_while_the_add_on_is_enabled(studio, disabled):
    sidebar = sidebar_of(studio)
    drawn = studio.pixels(sidebar)
    assert colours(drawn) > 50, "text, icons and buttons"
    with disabled(studio):
        without = studio.pixels(sidebar)
    assert changed(without, drawn) > 0.1
    sidebar_of(studio)
    studio.see(lambda: changed(studio.pixels(sidebar), drawn) < 0.01, "the panel as before")


def test_emotions_are_set_by_mouse_and_undone_by_keyboard(studio):
    sidebar, line = sidebar_of(studio), marker_name_place(studio, 20)
    studio.run("bpy.context.scene.frame_set(4)")
    studio.click_button(sidebar, "emotion='happy'")
    studio.wait("len(bpy.context.scene.timeline_markers) == 1")
    studio.run("bpy.context.scene.frame_set(20)")
    studio.settled()
    before = studio.pixels(line)
    studio.click_button(sidebar, "emotion='angry'")
    studio.wait("len(bpy.context.scene.timeline_markers) == 2")
    both = markers(studio)
    assert [(frame, name.split()[0]) for frame, name in both] == [(4, "happy"), (20, "angry")]
    studio.see(lambda: changed(before, studio.pixels(line)) > 0.02, "the marker's name on the timeline")
    with_markers = studio.pixels(line)

    studio.hover(*studio.region("SEQUENCE_EDITOR").centre)
    studio.key("ctrl+z")
    studio.wait("len(bpy.context.scene.timeline_markers) == 1")
    studio.see(lambda: changed(before, studio.pixels(line)) < 0.005, "the timeline without it")
    studio.key("ctrl+shift+z")
    studio.wait("len(bpy.context.scene.timeline_markers) == 2")
    assert markers(studio) == both
    studio.see(lambda: changed(with_markers, studio.pixels(line)) < 0.005, "the same name again")


def test_plan_and_render_by_mouse_show_a_strip_and_pictures(connected):
    sidebar = sidebar_of(connected)
    preview = connected.region("SEQUENCE_EDITOR", "PREVIEW", 1)
    connected.click_button(sidebar, "emotion='happy'")
    connected.click_button(sidebar, "emogene.plan()")
    connected.wait("planned()")
    connected.wait("session().job is None")
    connected.settled()
    before, empty = connected.screenshot(), connected.pixels(preview)
    connected.click_button(sidebar, "emogene.render()")
    connected.wait("session().job is not None or pictures() is not None")
    connected.wait("session().job is None", 120)
    connected.run("bpy.context.scene.frame_set(10)")
    place = strip_place(connected, "pictures()")
    assert place.right - place.left > 100
    old = before[place.top : place.bottom, place.left : place.right]
    connected.see(lambda: changed(old, connected.pixels(place)) > 0.5, "the strip of pictures")
    connected.see(lambda: changed(empty, connected.pixels(preview)) > 0.05, "the picture in the preview")
    assert connected.ask("len(pictures().elements)") == FRAMES


def test_landmark_empties_appear_in_the_viewport(connected):
    sidebar = sidebar_of(connected)
    connected.run("bpy.data.objects.remove(bpy.data.objects['Cube'])")
    connected.run("bpy.ops.emogene.plan()")
    connected.wait("planned() and session().job is None")
    connected.click_button(sidebar, "emogene.key_empties")
    connected.wait("character().head is not None")
    viewport = connected.region("VIEW_3D")
    connected.run("look_at_the_face()")
    connected.settled()
    with_empties = connected.pixels(viewport)
    connected.run("for thing in bpy.context.scene.objects: thing.hide_set(True)")
    connected.see(lambda: changed(connected.pixels(viewport), with_empties) > 0.005, "the viewport without empties")


def test_a_corner_of_the_mouth_is_moved_by_hand_undone_and_redone(connected):
    connected.run("bpy.data.objects.remove(bpy.data.objects['Cube'])\nonly_viewport()")
    connected.run("bpy.context.scene.frame_set(12)")
    connected.run("bpy.ops.emogene.key_empties()")
    connected.wait("character().head is not None and face_is_current()", 60)
    connected.run("look_at_the_face()")
    connected.settled()
    viewport = connected.region("VIEW_3D")
    before = connected.pixels(viewport)
    x, y = connected.ask("place_of_landmark(48)")
    place = round(viewport.left + x), round(viewport.bottom - y)
    connected.click(*place)
    connected.wait("bpy.context.view_layer.objects.active.name == 'EmoGene_lm_48'")
    connected.hover(*place)
    connected.key("g")
    connected.hover(place[0] - 30, place[1] - 30)
    connected.click(place[0] - 30, place[1] - 30)
    connected.wait("edits() == [(48, 12)] and face_is_current()")
    connected.see(lambda: changed(before, connected.pixels(viewport)) > 0.001, "the face with a crooked mouth")
    connected.hover(*viewport.centre)
    connected.key("ctrl+z")
    connected.wait("edits() == [] and face_is_current()")
    connected.key("ctrl+shift+z")
    connected.wait("edits() == [(48, 12)] and face_is_current()")


def test_escape_cancels_a_render(connected, backend):
    sidebar_of(connected)
    connected.run("character().seed = 8")
    backend.hold()
    connected.run("bpy.ops.emogene.render()")
    connected.wait("session().job is not None")
    backend.let(3)
    connected.wait("session().job.done >= 3")
    connected.hover(*connected.region("SEQUENCE_EDITOR").centre)
    connected.key("Escape")
    connected.wait("session().job is None")
    backend.release()
    assert connected.ask("session().problem is None")


def test_the_picture_at_the_playhead_comes_into_an_image_editor(connected):
    sidebar = sidebar_of(connected)
    connected.run("areas_of('VIEW_3D')[0].type = 'IMAGE_EDITOR'")
    connected.settled()
    editor = connected.region("IMAGE_EDITOR")
    empty = connected.pixels(editor)
    connected.click_button(sidebar, "emogene.picture")
    connected.wait("any(image.name.startswith('EmoGene') and image.users for image in bpy.data.images)", 60)
    connected.see(lambda: changed(empty, connected.pixels(editor)) > 0.02, "the picture in the image editor")


def test_a_render_is_cancelled_by_mouse_and_keeps_what_is_finished(connected, backend):
    sidebar = sidebar_of(connected)
    connected.run("character().seed = 7")
    backend.hold()
    connected.click_button(sidebar, "emogene.render()")
    connected.wait("session().job is not None")
    backend.let(5)
    connected.wait("session().job.done >= 5")
    busy = connected.pixels(sidebar)
    cancel = connected.find_button(sidebar, "emogene.cancel()", columns=(0.85, 0.87, 0.88))
    connected.click(*cancel)
    connected.wait("session().job is None")
    backend.release()
    connected.see(lambda: changed(busy, connected.pixels(sidebar)) > 0.001, "the panel without progress")
    assert connected.ask("session().problem is None")
    kept = connected.ask("len(pictures().elements)")
    assert 1 <= kept < FRAMES


def test_nothing_is_left_in_a_window_either(connected, backend, disabled):
    """Unlike in Blender without a window, the live picture is drawn here."""
    connected.run_file(TRACES)
    with disabled(connected):
        connected.run("clean = in_blender()")
    for times in range(4):
        for _ in range(4):
            with disabled(connected):
                pass
        connect(connected, backend)
        connected.run("bpy.ops.emogene.live()")
        connected.wait("session().live.stage == 'live'")
        connected.settled()
        with disabled(connected):
            assert connected.ask("[key for key, value in in_blender().items() if value != clean[key]]") == []
            connected.run(f"held = held if {times} else holds()")
            more = connected.ask("{name: (held[name], now) for name, now in holds().items() if now > held[name]}")
            assert not more, f"still held by something: {more}"


def test_nothing_went_wrong_in_the_console(window):
    assert "Traceback" not in window.log(), window.log()[-3000:]

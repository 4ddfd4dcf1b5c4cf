"""What `blender -b file.blend --command emogene ...` does: plan and render all characters, save, say how it went."""

import contextlib
import io
from pathlib import Path

import artist
import bpy

artist.install()
headless = artist.module("work.headless")
FILE = str(artist.FOLDER / "Küche bei Nacht.blend")


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status and what was said, as a farm sees it."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        try:
            status = headless.run(list(arguments))
        except SystemExit as stopped:  # argparse
            status = stopped.code
    return status, said.getvalue(), complained.getvalue()


assert run("paint")[0] == 2 and "COMMAND" in run("paint")[2]
status, _, complained = run("render")
assert status == 2 and complained.startswith("Error: No character of this file has a voice.\nHint: "), complained

scene = artist.a_scene_with_voice()
artist.mark(scene, 1, "happy")
assert bpy.ops.emogene.add_character() == {"FINISHED"}
artist.character(scene).actor = "tiny"
scene.frame_set(1)
assert bpy.ops.emogene.load_voice(filepath=str(artist.VOICE)) == {"FINISHED"}
bpy.ops.wm.save_as_mainfile(filepath=FILE)
status, _, complained = run("render", "--character", "Nobody")
assert status == 2 and "There are: Character, Character 2" in complained

# Planned, shown, saved.
status, said, complained = run("plan", "--character", "Character 2")
assert status == 0, complained
assert "planning Scene, Character 2" in said
bpy.ops.wm.open_mainfile(filepath=FILE)
first, second = bpy.context.scene.emogene.characters
faces = artist.module("views.faces")
assert faces.is_shown(second) and not faces.is_shown(first)

# Rendered, all of them, as previews and as finals; the saved file has the strips.
bpy.context.scene.use_preview_range = True
bpy.context.scene.frame_preview_start, bpy.context.scene.frame_preview_end = 3, 6
status, said, complained = run("render", "--preview", "--no-save")
assert status == 0, complained
status, said, complained = run("render")
assert status == 0, complained
assert "rendering Scene, Character\n" in said and "rendering Scene, Character 2\n" in said
bpy.ops.wm.open_mainfile(filepath=FILE)
sequencer = artist.module("views.sequencer")
for character in bpy.context.scene.emogene.characters:
    strip = sequencer.image_strip(character)
    assert len(strip.elements) == artist.settings["frames"], character.name
    folder = Path(bpy.path.abspath(strip.directory))
    assert all((folder / element.filename).stat().st_size for element in strip.elements)
    assert sequencer.image_strip(character, "PREVIEW") is None

# What is wrong with one character, whose landmarks are shown, is nothing to the render of another.
scene = bpy.context.scene
first, second = scene.emogene.characters
assert faces.is_shown(second) and scene.emogene.follow_changes
(strip,) = artist.module("scene.voices").voice_strips(second)
strip.sound = strip.sound.copy()
strip.sound.filepath = "//gone.wav"
scene.emogene.width = 80
status, _, complained = run("render", "--no-save", "--character", "Character")
assert status == 0, complained
status, _, complained = run("render", "--no-save", "--character", "Character 2")
assert status == 2 and "gone.wav" in complained, complained

# A file that cannot be saved is told, before anything is rendered where that is seen then.
in_the_way = Path(FILE + "@")  # where Blender writes what becomes the file
in_the_way.mkdir()
status, said, complained = run("render", "--character", "Character")
assert status == 3 and "--no-save" in complained and "rendering" in said, (status, said, complained)
in_the_way.rmdir()
moved = Path(FILE).rename(artist.FOLDER / "moved.blend")
status, said, complained = run("render", "--character", "Character")
assert status == 3 and "--no-save" in complained and "rendering" not in said, (status, said, complained)
moved.rename(FILE)

# What is wrong with a shot, and with the backend, are two exit codes.
bpy.context.scene.emogene.characters[0].actor = "nobody"
status, _, complained = run("render", "--no-save", "--character", "Character")
assert status == 2 and "nobody" in complained and "\nHint: " in complained, complained
assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
artist.session().problem = None
artist.wait(lambda: artist.session().phase.value == "off")
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.backend_python = str(artist.FOLDER / "no such python")
status, _, complained = run("render")
assert status == 3 and "no such python" in complained, (status, complained)
artist.end()

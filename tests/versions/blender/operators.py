"""Every operator in every state that an artist can be in: it works, or says in a sentence why not."""

import artist
import bpy
import prepared

WORDS_WITH_CAPITALS = {
    "EmoGene",
    "Blender",
    "Blender's",
    "Python",
    "OpenEXR",
    "EXR",
    "PNG",
    "GPU",
    "F-Curve",
    "F-Curves",
}
WINDOW_ONLY: set[str] = set()
"""Operators that no script can call: the window test does."""


def is_sentence_case(text: str) -> bool:
    first, *others = text.split()
    lower = all(word in WORDS_WITH_CAPITALS or word == word.lower() for word in others)
    return (first in WORDS_WITH_CAPITALS or first[0].isupper()) and lower


def check_texts(name: str) -> None:
    described = prepared.operator(name).get_rna_type()
    assert is_sentence_case(described.name), f"{name}: {described.name!r}"
    assert len(described.description) > 10, f"{name} has no tooltip"
    assert not described.description.endswith("."), f"{name}: Blender adds the full stop itself"


def refusal(name: str) -> str:
    """Why the operator cannot be called now, as the tooltip of its button says."""
    try:
        prepared.operator(name)(**prepared.arguments(name))
    except RuntimeError as error:
        return str(error).partition(".poll() ")[2].strip()
    raise AssertionError(f"{name} says that it cannot be called, and can")


def check_refusal(name: str, state: str) -> None:
    reason = refusal(name)
    assert reason and "context is incorrect" not in reason, f"{name}, {state}: gives no reason"
    assert reason[0].isupper() and " " in reason and not reason.endswith("."), f"{name}, {state}: {reason!r}"


def call(name: str, state: str) -> bool:
    """Call it as a button does; True where it did what it is for. Undone and redone, where it can be undone."""
    frame = bpy.context.scene.frame_current
    before = prepared.content(bpy.context.scene)
    bpy.ops.ed.undo_push(message="before")
    result = prepared.operator(name)("EXEC_DEFAULT", True, **prepared.arguments(name))
    bpy.context.scene.frame_set(frame)  # to jump somewhere else is no change
    after = prepared.content(bpy.context.scene)
    if "UNDO" not in getattr(getattr(bpy.types, f"EMOGENE_OT_{name}"), "bl_options", ()):
        assert after == before, f"{name}, {state}: changes what it cannot undo"
    elif result == {"FINISHED"}:
        bpy.ops.ed.undo()
        assert prepared.content(bpy.context.scene) == before, f"{name}, {state}: is not undone"
        bpy.ops.ed.redo()
        assert prepared.content(bpy.context.scene) == after, f"{name}, {state}: is not redone"
    return result == {"FINISHED"}


def nothing() -> None:
    prepared.disconnect()
    bpy.ops.wm.read_homefile(use_empty=True, app_template="")


def with_voice() -> None:
    prepared.disconnect()
    prepared.voice_scene()


def ready() -> None:
    prepared.disconnect()
    prepared.voice_scene()
    prepared.connect()


def finished() -> None:
    """Saved and rendered, edited by hand, looked at, and sent to the farm."""
    ready()
    prepared.plan()
    assert bpy.ops.emogene.key_empties() == {"FINISHED"}
    prepared.saved("film")
    prepared.render()
    prepared.edit()
    assert bpy.ops.emogene.picture() == {"FINISHED"}
    prepared.settle()
    assert bpy.ops.emogene.send_to_farm() == {"FINISHED"}
    prepared.settle()


def busy() -> None:
    ready()
    assert bpy.ops.emogene.render() == {"FINISHED"}


STATES = (nothing, with_voice, ready, finished, busy) if artist.settings["thorough"] else (nothing, finished, busy)

artist.install()
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
chosen.connection_file = artist.settings["connection_file"]
names = prepared.operators()
assert len(names) > 10, names
for name in names:
    check_texts(name)
could, did = set(), set()
for state in STATES:
    state()
    for name in names:
        if prepared.operator(name).poll() and name in prepared.BEGIN_ANEW:
            continue
        if not prepared.operator(name).poll():
            check_refusal(name, state.__name__)
            continue
        could.add(name)
        before = prepared.situation()
        if call(name, state.__name__):
            did.add(name)
        prepared.settle()
        if artist.session().live is not None:
            bpy.ops.emogene.live()
        if prepared.situation() != before:
            state()
    prepared.settle()
ready()
for name in (*prepared.BEGIN_ANEW, *names):
    if name not in did and prepared.operator(name).poll():
        could.add(name)
        if call(name, "after the backend was started here"):
            did.add(name)
        prepared.settle()
assert could | WINDOW_ONLY == set(names), f"never called: {set(names) - could - WINDOW_ONLY}"
# Blender 4.2's module was built without sound.
quiet = {"load_voice"} if artist.settings["voice_file"] else set()
assert did | quiet | WINDOW_ONLY == set(names), f"never succeeded: {set(names) - did}"
prepared.disconnect()
artist.end()

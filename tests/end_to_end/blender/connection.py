"""The backend found, tried, started, looked after, restarted, lost and left, by the preferences and the panel."""

import json
import os
import signal
import stat
import sys
import time
from pathlib import Path

import artist
import bpy

CONFIG = Path(os.environ["EMOGENE_CONFIG"])


def text() -> str:
    return artist.module("panels.connection").connection_text(artist.session())[0]


def test_answer():
    """Press Test; the answer beneath it."""
    backend_test = artist.module("work.backend_test")
    assert bpy.ops.emogene.test_backend() == {"FINISHED"}
    assert backend_test.running() and not bpy.ops.emogene.test_backend.poll()
    artist.wait(lambda: not backend_test.running(), 90)
    return backend_test.answer()


def pid() -> int:
    return artist.session()._process.pid


artist.install()
chosen = bpy.context.preferences.addons[artist.EXTENSION].preferences
place = artist.module("work.backend_place")
found = place.found_python

# A note left by run.py, emogene serve or emogene doctor is all that is needed.
chosen.backend_python = ""
CONFIG.mkdir(parents=True, exist_ok=True)
note = CONFIG / "backend_python.json"
note.write_text(json.dumps({"python": artist.settings["python"]}))
note.chmod(0o600)
found.forget()
assert found.get(chosen.backend_python) == (True, artist.settings["python"])
assert text() == "Backend is off"
answer = test_answer()
assert answer.works and answer.text.startswith("EmoGene ") and "actors: bundled, tiny" in answer.text, answer
chosen.backend_python = artist.settings["wrong_program"]
assert artist.module("work.backend_test").answer() is None, "it was about another one"
answer = test_answer()
assert not answer.works and "preferences" in answer.hint, answer
chosen.backend_python = str(artist.FOLDER / "nothing")
assert bpy.ops.emogene.test_backend() == {"CANCELLED"}
assert not artist.module("work.backend_test").answer().works and artist.session().problem is None
chosen.backend_python = ""

# Started, and how it is.
chosen.cache_folder, chosen.cache_gigabytes = str(artist.FOLDER / "cache"), 3.0
for operator in ("stop_backend", "restart_backend", "release_memory", "clear_frames"):
    assert not getattr(bpy.ops.emogene, operator).poll(), operator
artist.start_backend()
upkeep = artist.session().upkeep
artist.wait(lambda: upkeep.status is not None)
assert text().startswith("Ready: "), text()
assert upkeep.status.frame_quota_bytes == 3 * 2**30 and (artist.FOLDER / "cache" / "service").is_dir()
assert bpy.ops.emogene.release_memory() == {"FINISHED"}
artist.wait(lambda: upkeep.note.startswith("Memory: "))
assert " before, " in upkeep.note
assert bpy.ops.emogene.clear_frames() == {"FINISHED"}
artist.wait(lambda: "removed" in upkeep.note)
assert bpy.ops.emogene.open_log() == {"FINISHED"}
log = bpy.data.texts["EmoGene backend log"]
assert "serves at" in log.as_string() and log.is_runtime_data
assert artist.module("preferences")._actors(chosen, bpy.context, "") == ["bundled", "tiny"]

# Restarted in the middle of a render: it goes on, and its frames arrive.
scene = artist.a_scene_with_voice()
bpy.ops.wm.save_as_mainfile(filepath=str(artist.FOLDER / "day.blend"))
assert "EmoGene backend log" not in (artist.FOLDER / "day.blend").read_bytes().decode("latin-1")
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(lambda: artist.session().job.stage == "rendering" and artist.session().job.done > 1)
assert text().startswith("Rendering ") and not bpy.ops.emogene.release_memory.poll()
first = pid()
assert bpy.ops.emogene.restart_backend() == {"FINISHED"}
artist.wait(lambda: artist.session().phase.value == "ready")
assert pid() != first
artist.wait(
    lambda: (
        len(list((artist.FOLDER / "emogene" / "day" / "Scene" / "Character").glob("*.png")))
        == artist.settings["frames"]
    )
)
artist.wait(artist.idle)

# Hung: told, nothing ends. Killed: lost, told, started again.
os.kill(pid(), signal.SIGSTOP)
artist.wait(lambda: text().startswith("Not answering for "), 15)
assert artist.session().problem is None
os.kill(pid(), signal.SIGCONT)
artist.wait(lambda: text().startswith("Ready"), 15)
os.kill(pid(), signal.SIGKILL)
killed = time.monotonic()
problem = artist.wait_for_problem()
assert time.monotonic() - killed < 2 and problem.hint and text() == "Backend is lost"
assert bpy.ops.emogene.restart_backend() == {"FINISHED"}
artist.wait(lambda: artist.session().welcome is not None and artist.session().welcome.ready)
assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
artist.wait(lambda: artist.session().phase.value == "off")

# One on another computer: a key, where Blender may go, and what answers.
chosen.place = "ELSEWHERE"
assert not bpy.ops.emogene.start_backend.poll() and not bpy.ops.emogene.copy_key.poll()
assert bpy.ops.emogene.make_key() == {"FINISHED"}
assert not bpy.ops.emogene.make_key.poll() and bpy.ops.emogene.copy_key() == {"FINISHED"}
key = place.key_file(chosen)
assert stat.S_IMODE(key.stat().st_mode) == 0o600 or os.name == "nt"
assert key.parent == place.own_folder()
line, problem = place.own_key_line.get(chosen.key_file)
assert not problem and line.split(" ")[0] in key.read_text() and json.loads(key.read_text())["secret"] not in line
chosen.remote_address, chosen.remote_key = "192.0.2.1", "a" * 40
bpy.context.preferences.system.use_online_access = False
assert not bpy.ops.emogene.connect_backend.poll() and not bpy.ops.emogene.test_backend.poll()
bpy.context.preferences.system.use_online_access = True
assert bpy.ops.emogene.connect_backend.poll() and bpy.ops.emogene.test_backend.poll()
bpy.context.preferences.system.use_online_access = False
chosen.remote_address, chosen.remote_key = artist.settings["remote_address"], artist.settings["remote_key"]
Path(artist.settings["authorized"]).write_text(f"{line}\n")
answer = None
deadline = time.monotonic() + 30
while answer is None or not answer.works:  # its file of keys is read again within a second or two
    assert time.monotonic() < deadline, answer
    answer = test_answer()
assert bpy.ops.emogene.connect_backend() == {"FINISHED"}
artist.wait(lambda: artist.session().phase.value == "ready")
assert artist.session().elsewhere
for operator in ("restart_backend", "release_memory", "clear_frames"):
    assert not getattr(bpy.ops.emogene, operator).poll(), operator
assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
assert bpy.ops.emogene.copy_install_command() == {"FINISHED"}
sys.stdout.flush()
artist.end()

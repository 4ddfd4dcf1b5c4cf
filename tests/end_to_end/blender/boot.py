"""Runs a script in a Blender that has only its own libraries: `python -I -S boot.py LIBRARIES SCRIPT ARGUMENTS...`.

What the extension imports must then come from the wheels in its zip, as in an artist's Blender.
"""

import importlib
import runpy
import sys
from pathlib import Path

libraries, script, *arguments = sys.argv[1:]
sys.path[:0] = [libraries, str(Path(__file__).parent), str(Path(script).parent)]
sys.argv = [script, *arguments]
importlib.import_module("bpy")  # makes Blender's own modules importable
runpy.run_path(script, run_name="__main__")

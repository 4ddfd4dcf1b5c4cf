"""Saves a .blend that has the voice on its timeline; made without the extension."""

import json
import os
import sys

import bpy

settings = json.loads(sys.argv[1])
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.fps = 24
scene.sequence_editor_create().strips.new_sound("voice", settings["voice"], 1, 1)
bpy.ops.wm.save_as_mainfile(filepath=settings["file"], relative_remap=False)
os._exit(0)

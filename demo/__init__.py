"""The whole product in real Blender, as an artist would use it: `python -m demo`."""

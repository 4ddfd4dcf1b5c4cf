"""The parts of benchmarks/addon.py: what runs in Blender is in in_blender/."""

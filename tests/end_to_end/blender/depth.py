"""Frames with depth go into a scene: through Blender's camera, cut where something stands before them."""

import json
import math
from pathlib import Path

import artist
import bpy

artist.install()
scene = artist.a_scene_with_voice()
scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
scene.collection.objects.link(scene.camera)
scene.camera.location, scene.camera.rotation_euler = (0.04, -0.9, 0.03), (math.pi / 2, 0.05, 0.02)
scene.camera.data.lens, scene.camera.data.shift_x = 70.0, 0.05
scene.view_settings.view_transform = "Standard"
settings, render = scene.emogene, scene.render
settings.camera_choice, settings.picture_size, settings.output = "SCENE", "SCENE", "exr"
scene.use_preview_range, settings.only_preview_range = True, True
scene.frame_preview_start = scene.frame_preview_end = 1
artist.start_backend()
assert bpy.ops.emogene.render() == {"FINISHED"}
artist.wait(artist.idle)
assert bpy.ops.emogene.stop_backend() == {"FINISHED"}
strip = artist.pictures(scene)
assert [element.filename for element in strip.elements] == ["frame_0001.exr"]
path = Path(bpy.path.abspath(strip.directory)) / "frame_0001.exr"


# The card: it stands obliquely in the head, so that its depth differs from pixel to pixel.
mesh = bpy.data.meshes.new("card")
mesh.from_pydata([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)], [], [(0, 1, 2, 3)])
card = bpy.data.objects.new("card", mesh)
scene.collection.objects.link(card)
card.location, card.rotation_euler = (0.0, -0.02, 0.0), (0.1, 0.0, 0.5)
green = bpy.data.materials.new("green")
if green.node_tree is None:
    green.use_nodes = True
green.node_tree.nodes.clear()
glow = green.node_tree.nodes.new("ShaderNodeEmission")
glow.inputs["Color"].default_value = (0.0, 1.0, 0.0, 1.0)
out = green.node_tree.nodes.new("ShaderNodeOutputMaterial")
green.node_tree.links.new(glow.outputs[0], out.inputs["Surface"])
mesh.materials.append(green)

scene.render.engine = "CYCLES"
scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", 1, False
scene.cycles.pixel_filter_type = "BOX"
render.film_transparent, render.use_sequencer = True, False
render.threads_mode, render.threads = "FIXED", 1
scene.view_layers[0].use_pass_z = True
scene.frame_set(1)


def write(name: str, form: str) -> None:
    """Render the scene into an EXR of this form."""
    files = render.image_settings
    if hasattr(files, "media_type"):  # from Blender 5.0 on
        files.media_type = "MULTI_LAYER_IMAGE" if form == "OPEN_EXR_MULTILAYER" else "IMAGE"
    files.file_format, files.color_depth, files.exr_codec = form, "32", "ZIP"
    if form == "OPEN_EXR":
        files.color_mode = "RGBA"
    render.filepath = str(artist.FOLDER / name)
    bpy.ops.render.render(write_still=True)


write("card.exr", "OPEN_EXR_MULTILAYER")

# Blender's crop to the render region is the shot's.
render.use_border = render.use_crop_to_border = True
render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.23, 0.7, 0.3, 0.81
render.resolution_x, render.resolution_y = 110, 70
write("crop.exr", "OPEN_EXR_MULTILAYER")
cropped = artist.shot_of(scene)
render.use_border, render.resolution_x, render.resolution_y = False, 64, 64

# Z Combine takes the nearer of both, by Blender's own depth pass and by that of the frame.
if bpy.app.version >= (5, 0, 0):
    tree = bpy.data.node_groups.new("combine", "CompositorNodeTree")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    result = tree.nodes.new("NodeGroupOutput")
    scene.compositing_node_group = tree
else:
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    result = tree.nodes.new("CompositorNodeComposite")
layer, head, combine = (tree.nodes.new(f"CompositorNode{kind}") for kind in ("RLayers", "Image", "Zcombine"))
head.image = bpy.data.images.load(str(path))
for name in ("Use Alpha", "Anti-Alias"):  # the one takes straight alpha, the other blurs the depths
    combine.inputs[name].default_value = False
for node, first in ((head, 0), (layer, 2)):
    outputs = {output.name: output for output in node.outputs}
    tree.links.new(outputs["Combined" if node is head else "Image"], combine.inputs[first])
    tree.links.new(outputs["Depth"], combine.inputs[first + 1])
tree.links.new(combine.outputs[0], result.inputs[0])
write("combined.exr", "OPEN_EXR")

written = artist.module("core.bringing").msgspec.json.encode
told = {
    "shot": written(artist.shot_of(scene)).decode(),
    "cropped": written(cropped).decode(),
    "head": str(path),
    "card": [row[:] for row in card.matrix_world],
}
(artist.FOLDER / "told.json").write_text(json.dumps(told))
artist.end()

"""When the sequencer shows the frames' own colours, and what is said when it does not."""

import pytest
from emogene_addon.core.colours import LINEAR, SPACES, View, colour_problem, true_space


@pytest.mark.parametrize("transform", SPACES)
def test_a_png_strip_in_the_space_of_the_view_is_true(transform):
    view = View(transform)
    assert colour_problem(view, "png", true_space(view, "png")) == ""


def test_a_png_strip_in_another_space_is_told():
    assert "sRGB" in colour_problem(View("AgX"), "png", "sRGB")
    assert "AgX Base sRGB" in colour_problem(View("Standard"), "png", "AgX Base sRGB")


def test_a_view_that_cannot_be_undone_is_told():
    assert true_space(View("False Color"), "png") is None
    assert "False Color" in colour_problem(View("False Color"), "png", "sRGB")


def test_scene_linear_frames_are_true_in_the_standard_view_only():
    assert colour_problem(View("Standard"), "exr", LINEAR) == ""
    assert "scene-linear" in colour_problem(View("AgX"), "exr", LINEAR)


def test_every_adjustment_is_told_by_name():
    changed = View("Standard", "High Contrast", 0.5, 1.1, True, True)
    said = colour_problem(changed, "png", "sRGB")
    assert all(word in said for word in ("look", "exposure", "gamma", "curves", "white balance"))

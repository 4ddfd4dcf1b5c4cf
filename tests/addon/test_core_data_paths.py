"""Data paths come apart where Blender joins them, whatever artists call their bones and properties."""

import pytest
from emogene_addon.core.data_paths import item_of, split
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("location", ("", "location", False)),
        ('pose.bones["head"].rotation_euler', ('pose.bones["head"]', "rotation_euler", False)),
        ('key_blocks["lips.l"].value', ('key_blocks["lips.l"]', "value", False)),
        ('nodes["Value"].outputs[0].default_value', ('nodes["Value"].outputs[0]', "default_value", False)),
        ('["mood"]', ("", "mood", True)),
        ('pose.bones["a.b"]["is [it]"]', ('pose.bones["a.b"]', "is [it]", True)),
        (r'["a \"b\" \\ c"]', ("", r'a "b" \ c', True)),
    ],
)
def test_paths_as_blender_writes_them(path, parts):
    assert split(path) == parts


@given(st.text(min_size=1), st.sampled_from(["", 'pose.bones["x"]']))
def test_every_name_of_a_custom_property_comes_back(name, owner):
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    assert split(f'{owner}["{escaped}"]') == (owner, name, True)


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("emogene.characters[3].happy", (3, ".happy")),
        ("emogene.characters[12]", (12, "")),
        ("emogene.characters_old[3].happy", (None, "emogene.characters_old[3].happy")),
        ('emogene.characters["Anna"].happy', (None, 'emogene.characters["Anna"].happy')),
        ("emogene.characters[3", (None, "emogene.characters[3")),
        ("location", (None, "location")),
    ],
)
def test_items_of_a_collection_are_told_by_their_index(path, item):
    assert item_of(path, "emogene.characters") == item

"""Folders of files, scenes and characters: each has its own, whatever it is called."""

import pytest
from emogene_addon.core.own_folders import file_folder, own_folders
from hypothesis import given
from hypothesis import strategies as st

names = st.lists(st.text("aA é?!_ .2", max_size=6), max_size=8)


def test_the_first_of_a_name_has_it_as_its_folder():
    assert own_folders([("Anna", ""), ("Bert", "")]) == ["Anna", "Bert"]
    assert own_folders([("Anna 2", ""), ("Anna_2", ""), ("Anna?", ""), ("Anna!", "")]) == [
        "Anna_2",
        "Anna_2_2",
        "Anna_",
        "Anna__2",
    ]


def test_a_renamed_one_keeps_its_folder_and_a_new_one_gets_another():
    assert own_folders([("Bert", "Anna"), ("Anna", "")]) == ["Anna", "Anna_2"]
    assert own_folders([("Anna", ""), ("Bert", "Anna")]) == ["Anna_2", "Anna"]


def test_a_copy_leaves_the_folder_to_the_one_that_is_called_so():
    assert own_folders([("Copy", "Scene"), ("Scene", "Scene")]) == ["Copy", "Scene"]
    assert own_folders([("One", "Scene"), ("Other", "Scene")]) == ["One", "Other"], "nobody writes over the frames"


def test_reserved_folders_are_nobodys():
    assert own_folders([("Preview", "")], ["preview"]) == ["Preview_2"]


@given(names)
def test_no_two_share_a_folder_on_any_disk(those):
    found = own_folders([(name, "") for name in those])
    assert len({folder.casefold() for folder in found}) == len(those)
    assert own_folders(list(zip(those, found, strict=True))) == found, "and they stay"


@pytest.mark.parametrize(("one", "other"), [("shot 1", "shot_1"), ("a?", "a!")])
def test_files_side_by_side_have_folders_of_their_own(one, other):
    assert file_folder("day") == "day"
    assert file_folder(one) != file_folder(other)
    assert file_folder(one) == file_folder(one)

"""Answers that are kept for a moment, amounts as people read them, and the install command."""

import shlex

import pytest
from emogene_addon.core.amounts import bytes_text, seconds_text
from emogene_addon.core.install_command import install_command
from emogene_addon.core.remembered import Remembered


def test_the_same_question_is_looked_up_once_in_a_while():
    looks, now = [], [0.0]

    def look(question):
        looks.append(question)
        return question.upper()

    kept = Remembered(look, seconds=5.0, clock=lambda: now[0])
    assert [kept.get("a"), kept.get("a")] == ["A", "A"] and looks == ["a"]
    assert kept.get("b") == "B" and looks == ["a", "b"]
    now[0] = 5.0
    kept.get("b")
    assert looks == ["a", "b", "b"]
    kept.forget()
    kept.get("b")
    assert looks == ["a", "b", "b", "b"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 MB"), (850 * 2**20, "850 MB"), (1023 * 2**20, "1.0 GB"), (20 * 2**30, "20.0 GB"), (100 * 2**30, "100 GB")],
)
def test_bytes_are_told_as_people_say_them(size, text):
    assert bytes_text(size) == text


@pytest.mark.parametrize(("seconds", "text"), [(3.2, "3 s"), (99.7, "2 min"), (5400, "90 min"), (7500, "2 h 05 min")])
def test_times_are_told_as_people_say_them(seconds, text):
    assert seconds_text(seconds) == text


def test_the_install_command_is_that_of_the_readme_and_whole_in_a_checkout(tmp_path):
    addon = tmp_path / "my $HOME `project`" / "blender_addon"
    assert install_command(addon, "linux") == "python3 run.py setup"
    assert install_command(addon, "win32") == "py run.py setup"
    addon.mkdir(parents=True)
    (addon.parent / "run.py").touch()
    (addon.parent / "pyproject.toml").touch()
    script = addon.parent / "run.py"
    assert shlex.split(install_command(addon, "linux")) == ["python3", str(script), "setup"]
    assert install_command(addon, "linux") == f"python3 '{script}' setup", "nothing in it is the shell's"
    assert install_command(addon, "win32") == f'py "{script}" setup'

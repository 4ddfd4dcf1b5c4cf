"""What a program reads of a render: whatever happens there is one last event, and the exit code agrees with it."""

import errno
import json
import sys

import pytest
from command_line import write_voice

from emogene import cli, cli_render
from emogene.cli_render_report import ProgressForm, render_report
from emogene_proto.errors import ActorError


def last_events(text: str) -> list[dict]:
    """Those that say that nothing more comes."""
    events = [json.loads(line) for line in text.splitlines()]
    found = [
        event for event in events if event["event"] == "done" or (event["event"] == "failed" and "frame" not in event)
    ]
    assert found == events[-1:], "the last event is the only one of its kind"
    return found


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "shot.json")


def ctrl_c(*_, **__):
    raise KeyboardInterrupt


def no_memory(*_, **__):
    raise MemoryError


@pytest.mark.parametrize(
    ("error", "words", "code"),
    [
        (ActorError("No actor.", "Look for it."), "No actor.", "bad_actor"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device.", "render"),
        (PermissionError(errno.EACCES, "Permission denied", "out"), "Permission denied: out.", "render"),
        (MemoryError(), "There is not enough memory.", "render"),
        (KeyboardInterrupt(), "Interrupted; what is finished stays.", "cancelled"),
        (ImportError("no torch"), "A part of EmoGene cannot be loaded: no torch.", "render"),
        (ZeroDivisionError("by zero"), "A fault of EmoGene: ZeroDivisionError: by zero.", "render"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else "",
)
def test_whatever_ends_a_render_is_its_last_event_and_goes_on(capsys, error, words, code):
    with pytest.raises(type(error)), render_report(ProgressForm.json, quiet=False) as report:
        report.start(1, 3)
        report.finished(1, reused=False)
        raise error
    (last,) = last_events(capsys.readouterr().out)
    assert (last["event"], last["problem"], last["code"]) == ("failed", words, code) and last["hint"]
    assert (last["done"], last["total"], last["failed"]) == (1, 3, [])


def test_a_render_that_lacks_nothing_ends_with_done(capsys):
    with render_report(ProgressForm.json, quiet=False) as report:
        report.start(1, 1)
        report.finished(1, reused=False)
    (last,) = last_events(capsys.readouterr().out)
    assert (last["event"], last["done"], last["failed"]) == ("done", 1, [])


def test_a_render_goes_on_where_its_progress_cannot_be_told(capfd, monkeypatch, tmp_path):
    """As on a full disk that takes the log of a farm."""
    with (tmp_path / "log").open("w") as log:
        monkeypatch.setattr(sys, "stdout", log)
        printed = []

        def full(*_, **__):
            printed.append(1)
            full_disk()

        monkeypatch.setattr("builtins.print", full)
        with render_report(ProgressForm.json, quiet=False) as report:
            report.start(1, 1)
    assert printed and "Progress cannot be told any more: No space left on device" in capfd.readouterr().err


@pytest.fixture
def render(tiny_actor, tmp_path, capfd):
    """Renders two frames; the exit code, the last event, and what stands on stderr."""
    voice = write_voice(tmp_path / "voice.wav")

    def run(*arguments: object, audio=voice, out=tmp_path / "out"):
        given = ("render", audio, "--actor", tiny_actor, "--size", 32, "--out", out, "--progress", "json", *arguments)
        code = cli.run([str(each) for each in given])
        told = capfd.readouterr()
        return code, last_events(told.out)[0], told.err

    return run


@pytest.mark.parametrize(
    ("name", "happening", "code", "words"),
    [
        ("save_shot", full_disk, cli.FAILED, "No space left on device: shot.json."),
        ("save_plan", full_disk, cli.FAILED, "No space left on device: shot.json."),
        ("save_plan", no_memory, cli.FAILED, "There is not enough memory."),
        ("planned", ctrl_c, cli.INTERRUPTED, "Interrupted"),
    ],
)
def test_what_goes_wrong_between_the_frames_is_told(render, monkeypatch, name, happening, code, words):
    monkeypatch.setattr(cli_render, name, happening)
    ended, last, told = render("--frames", "1-2")
    assert ended == code and last["event"] == "failed" and words in last["problem"] and words in told
    assert "Traceback" not in told


def test_a_folder_that_cannot_be_made_is_told(render, tmp_path):
    (tmp_path / "file").touch()
    code, last, _ = render("--frames", "1-2", out=tmp_path / "file")
    assert code == cli.FAILED and "file" in last["problem"] and last["hint"]


@pytest.mark.parametrize("arguments", [("--emotion", "1:hapy"), ("--frames", "30-90"), ("--video", "film.txt")])
def test_bad_input_is_told_as_an_event_too(render, arguments):
    code, last, _ = render(*arguments)
    assert code == cli.BAD_INPUT and last["event"] == "failed" and last["code"] == "bad_shot"


def test_a_render_that_lacks_frames_does_not_say_that_it_is_done(render, tmp_path):
    (tmp_path / "out/frame_0002.png").mkdir(parents=True)
    code, last, told = render("--frames", "1-3", "--video", tmp_path / "film.mp4")
    assert code == cli.FAILED and "1 of 3 frames failed: 2." in told and not (tmp_path / "film.mp4").exists()
    assert (last["event"], last["failed"], last["done"], last["total"]) == ("failed", [2], 2, 3)
    assert last["problem"] == "1 of 3 frames failed: 2."

"""The note beside a render's frames: what was written is read, whatever became of the file meanwhile."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from emogene_addon.core.folder_hold import FILE_NAME as LOCK_NAME
from emogene_addon.core.render_note import FILE_NAME, FoundNote, NotedRender, RenderedRange, RenderNote, read_note
from emogene_addon.core.strips import frame_file
from hypothesis import given
from hypothesis import strategies as st

RENDER = NotedRender("0123456789ab", 1.7e9, RenderedRange(3, 20, 48, 101, "exr"))

HOLD = """
import sys
from emogene_proto.file_locks import lock_file
file = open(sys.argv[1], "ab")
lock_file(file)
print("held", flush=True)
sys.stdin.read()
"""

numbers = st.integers(1, 1_000_000)
ranges = st.builds(
    RenderedRange, numbers, numbers, numbers, st.integers(-(2**31) + 1, 2**31 - 1), st.sampled_from(["png", "exr"])
)
renders = st.builds(NotedRender, st.from_regex(r"\A[0-9a-f]{12}\Z"), st.floats(0, 1e11), ranges)


def save(folder: Path, *frames: int, content: bytes = b"picture") -> None:
    for number in frames:
        (folder / frame_file(number, RENDER.range.form)).write_bytes(content)


@pytest.fixture
def note(tmp_path):
    """A note just begun in `tmp_path`."""
    made = RenderNote(tmp_path)
    made.begin(RENDER)
    yield made
    made.leave()


@given(renders, st.sets(st.integers(1, 30), max_size=8), st.sets(st.integers(1, 30), max_size=8))
def test_what_was_written_is_read(render, held, added):
    with TemporaryDirectory() as name:
        folder = Path(name)
        note = RenderNote(folder)
        note.begin(render, sorted(held))
        for number in added:
            note.add(number)
        note.leave()
        for number in held | added:
            (folder / frame_file(number, render.range.form)).write_bytes(b"picture")
        wanted = range(render.range.first, render.range.last + 1)
        assert read_note(folder) == FoundNote(render, tuple(n for n in sorted(held | added) if n in wanted))


@given(st.binary(max_size=300), st.booleans(), st.integers(0, 400))
def test_any_bytes_are_read_as_a_note_or_as_none(garbage, after_a_note, cut):
    with TemporaryDirectory() as name:
        folder = Path(name)
        save(folder, *range(3, 10))
        whole = msgspec.json.encode(RENDER) + b"\n3\n4\n" if after_a_note else b""
        (folder / FILE_NAME).write_bytes((whole + garbage)[:cut])
        found = read_note(folder)
        assert found is None or (found.render.job and set(found.saved) <= set(range(3, 10)))


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b'{"job":' + b"[" * 100_000, b'{"job": "x"}\n', b"\xff\n"])
def test_what_is_no_note_is_none(content, tmp_path):
    assert read_note(tmp_path / "nowhere") is None
    (tmp_path / FILE_NAME).write_bytes(content)
    assert read_note(tmp_path) is None
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir()
    assert read_note(tmp_path) is None


def test_half_a_line_at_the_end_counts_for_nothing(note, tmp_path):
    save(tmp_path, 3, 4, 5, 15)
    note.add(4)
    note.add(15)
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:-2])
    assert read_note(tmp_path).saved == (4,)
    path.write_bytes(msgspec.json.encode(RENDER))
    assert read_note(tmp_path) is None


def test_frames_that_are_gone_empty_or_not_asked_for_are_not_here(note, tmp_path):
    save(tmp_path, 2, 4)
    save(tmp_path, 5, content=b"")
    (tmp_path / frame_file(6, "exr")).mkdir()
    for number in (2, 3, 4, 5, 6):
        note.add(number)
    assert read_note(tmp_path).saved == (4,)


def test_only_the_newest_files_are_looked_at_singly(note, tmp_path):
    """Thousands of frames cost one listing; what a loss of power leaves empty is among the last."""
    note.begin(msgspec.structs.replace(RENDER, range=RenderedRange(1, 200, 200, 1, "exr")))
    save(tmp_path, *range(1, 201))
    save(tmp_path, 1, 199, content=b"")
    for number in range(1, 201):
        note.add(number)
    assert read_note(tmp_path).saved == tuple(n for n in range(1, 201) if n != 199)


def test_a_new_render_takes_the_notes_place_and_its_end_leaves_nothing(note, tmp_path):
    note.leave()
    second = RenderNote(tmp_path)
    second.begin(msgspec.structs.replace(RENDER, job="ba9876543210"))
    assert read_note(tmp_path).render.job == "ba9876543210"
    second.remove()
    assert list(tmp_path.iterdir()) == []
    second.add(4)
    assert list(tmp_path.iterdir()) == [], "frames that still come are not noted"


def test_a_note_that_cannot_be_written_costs_the_note_only(note, tmp_path):
    path = tmp_path / FILE_NAME
    path.unlink()
    path.mkdir()  # stands in the file's place, also where everything may be written
    note.add(4)
    note.begin(RENDER)
    note.add(4)
    note.remove()
    path.rmdir()
    assert list(tmp_path.iterdir()) == []
    for folder in (tmp_path / "nowhere", tmp_path / FILE_NAME / "nowhere"):
        lost = RenderNote(folder)
        lost.begin(RENDER)
        lost.add(4)
        lost.remove()
        assert not lost.hold() and not folder.exists()


def test_a_note_that_somebody_removed_is_not_begun_in_the_middle(note, tmp_path):
    (tmp_path / FILE_NAME).unlink()
    note.add(4)
    assert not (tmp_path / FILE_NAME).exists()


def test_one_blender_at_a_time_has_the_note_until_it_leaves_or_is_killed(note, tmp_path):
    other = RenderNote(tmp_path)
    assert not other.hold()
    other.begin(msgspec.structs.replace(RENDER, job="ba9876543210"))
    other.remove()
    assert read_note(tmp_path).render == RENDER
    note.leave()
    assert other.hold()
    other.leave()

    command = [sys.executable, "-c", HOLD, str(tmp_path / LOCK_NAME)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        assert not other.hold()
        process.kill()
    assert other.hold(), "the system frees it"
    other.leave()

"""Files on their way to the backend: each once, none that it has, and again when changed."""

import os
from pathlib import Path

import pytest
from emogene_addon.core.bringing import Bringing, KnownFiles, hashes_of, without_hashes
from emogene_addon.emogene_proto.shot import AudioPart, AudioRef, Background, PictureRef, Shot

SHA = ["a" * 64, "b" * 64, "c" * 64]


class Wire:
    """Takes what is sent; stands for the connection."""

    def __init__(self):
        self.sent: list[Path] = []

    def upload(self, path: Path) -> int:
        self.sent.append(path)
        return len(self.sent)


@pytest.fixture
def shot(tmp_path) -> Shot:
    for name in ("one.wav", "two.wav", "hall.png"):
        (tmp_path / name).write_bytes(name.encode())
    one, two = (str(tmp_path / name) for name in ("one.wav", "two.wav"))
    later = (AudioPart(AudioRef(path=two), 2.0), AudioPart(AudioRef(path=one, offset_seconds=1.0), 4.0))
    background = Background("picture", picture=PictureRef(path=str(tmp_path / "hall.png")))
    return Shot(AudioRef(path=one), further_audio=later, background=background)


def bring(shot: Shot, known: KnownFiles, with_background: bool = True) -> tuple[Shot, list[str]]:
    wire, bringing = Wire(), Bringing(shot, known, with_background)
    hashes = dict(zip(("one.wav", "two.wav", "hall.png"), SHA, strict=True))
    while bringing.next_request(wire):
        assert bringing.uploaded(hashes[wire.sent[-1].name])
        assert not bringing.uploaded(SHA[0]), "nothing is coming now"
    return bringing.shot, [path.name for path in wire.sent]


def test_each_file_is_brought_once_and_named_wherever_it_is_heard(shot):
    there, sent = bring(shot, KnownFiles())
    assert sent == ["one.wav", "two.wav", "hall.png"]
    assert hashes_of(there) == (SHA[0], SHA[1], SHA[0]) and there.background.picture.sha256 == SHA[2]
    assert hashes_of(without_hashes(there)) == ("", "", "")


def test_a_plan_needs_no_background(shot):
    there, sent = bring(shot, KnownFiles(), with_background=False)
    assert sent == ["one.wav", "two.wav"] and there.background.picture.sha256 == ""


def test_what_is_known_is_not_brought_again_until_it_changes(shot):
    known = KnownFiles()
    first, _ = bring(shot, known)
    assert bring(shot, known) == (first, [])
    path = Path(shot.audio.path)
    path.write_bytes(b"another take")
    os.utime(path, ns=(1, 1))
    assert bring(shot, known)[1] == ["one.wav"]
    known.clear()
    assert bring(shot, known)[1] == ["one.wav", "two.wav", "hall.png"]


def test_what_the_backend_has_lost_is_brought_once_more_and_then_told(shot):
    known = KnownFiles()
    bring(shot, known)
    wire, bringing = Wire(), Bringing(shot, known, with_background=True)
    assert not bringing.next_request(wire), "all are there, as is thought"
    assert not bringing.begins_again("bad_audio") and bringing.begins_again("no_picture")
    assert bringing.next_request(wire) and not bringing.begins_again("no_audio"), "one is coming"
    for sha256 in SHA:
        assert bringing.uploaded(sha256)
        bringing.next_request(wire)
    assert [path.name for path in wire.sent] == ["one.wav", "two.wav", "hall.png"]
    assert not bringing.begins_again("no_audio"), "once is enough"
    assert bring(shot, known)[1] == [], "they are known again"

"""The picture behind the actor is brought after the voice, for pictures only, and once."""

from pathlib import Path

import pytest
from emogene_addon.core.background import hex_colour, picture_to_bring, with_picture
from emogene_addon.core.bringing import KnownFiles
from emogene_addon.core.character_key import CharacterKey
from emogene_addon.core.jobs import Job, KnownPlan, RenderTo
from emogene_addon.core.live import Live
from emogene_addon.emogene_proto.messages import PlanShot, RenderRange, StreamFrames, Uploaded
from emogene_addon.emogene_proto.shot import AudioRef, Background, PictureRef, Shot

VOICE, PICTURE = "ab" * 32, "cd" * 32
WHOSE = CharacterKey(7, 1)
SHOT = Shot(AudioRef(path="/voice.wav"), background=Background("picture", picture=PictureRef(path="/hall.jpg")))


class Wire:
    """Takes what is sent; stands for the connection, which is tested with a real backend elsewhere."""

    def __init__(self):
        self.sent = []

    def upload(self, path: Path) -> int:
        self.sent.append(path)
        return len(self.sent)

    def send(self, request) -> int:
        self.sent.append(request)
        return len(self.sent)


def brought(work) -> list:
    """What is sent until voice and picture are there."""
    wire = Wire()
    work.begin(wire)
    work.take(wire, Uploaded(id=1, sha256=VOICE), [])
    work.take(wire, Uploaded(id=2, sha256=PICTURE), [])
    return wire.sent


def test_a_render_brings_the_voice_then_the_picture_and_names_both(tmp_path):
    render = RenderTo(tmp_path, 1, None)
    voice, picture, asked = brought(Job(WHOSE, SHOT, KnownFiles(), render))
    assert (voice, picture) == (Path("/voice.wav"), Path("/hall.jpg"))
    assert isinstance(asked, PlanShot) and asked.shot.audio.sha256 == VOICE
    assert asked.shot.background.picture == PictureRef(PICTURE, "/hall.jpg")
    *_, frames = brought(Job(WHOSE, SHOT, KnownFiles(), render, known=KnownPlan((VOICE,), 20)))
    assert isinstance(frames, RenderRange) and frames.shot.background.picture.sha256 == PICTURE


def test_a_plan_alone_needs_no_picture():
    assert [type(sent) for sent in brought(Job(WHOSE, SHOT, KnownFiles()))] == [type(Path()), PlanShot]


def test_a_stream_brings_the_picture_too():
    _, picture, asked = brought(Live(WHOSE, SHOT, (64, 64), KnownFiles()))
    assert picture == Path("/hall.jpg")
    assert isinstance(asked, StreamFrames) and asked.shot.background.picture.sha256 == PICTURE


def test_a_render_can_be_cancelled_while_the_picture_is_on_its_way(tmp_path):
    job, wire = Job(WHOSE, SHOT, KnownFiles(), RenderTo(tmp_path, 1, None)), Wire()
    job.begin(wire)
    job.take(wire, Uploaded(id=1, sha256=VOICE), [])
    assert job.stage == "sending the background"
    job.cancel(wire)
    assert job.over and job.cancelled


@pytest.mark.parametrize("kind", ["transparent", "colour", "actor"])
def test_other_backgrounds_need_no_file(kind):
    assert picture_to_bring(Shot(AudioRef(), background=Background(kind))) is None


def test_a_picture_that_is_there_is_not_brought_again():
    assert picture_to_bring(SHOT) == Path("/hall.jpg")
    assert picture_to_bring(with_picture(SHOT, PICTURE)) is None


def test_colours_are_written_as_the_button_shows_them():
    assert hex_colour((0.0, 0.5, 1.0)) == "#0080ff"
    assert hex_colour((-0.1, 1.2, 0.0627451)) == "#00ff10"

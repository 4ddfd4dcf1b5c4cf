"""The background of a shot: what it may be, and where its picture lies does not count."""

import msgspec
import pytest

from emogene_proto.errors import ShotError
from emogene_proto.shot import BACKGROUNDS, AudioRef, Background, PictureRef, Shot
from emogene_proto.shot_check import check
from emogene_proto.shot_document import from_json, shot_hash, to_json

HERE = Background("picture", picture=PictureRef("c" * 64, "hall.jpg"))


def with_background(background: Background) -> Shot:
    return Shot(AudioRef("a" * 64), background=background)


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_every_kind_is_taken_and_comes_back(kind):
    shot = with_background(msgspec.structs.replace(HERE, kind=kind))
    assert from_json(to_json(shot)) == shot


@pytest.mark.parametrize(
    ("background", "word"),
    [
        (Background("sky"), "no background 'sky'"),
        (Background("colour", "grey"), "not a colour"),
        (Background("colour", "#12345g"), "not a colour"),
        (Background("colour", "#123456\n"), "not a colour"),
        (Background("picture"), "none is named"),
        (Background("picture", picture=PictureRef("../../etc/passwd")), "not a hash"),
        (Background("transparent", picture=PictureRef("C" * 64)), "not a hash"),
        (Background("picture", picture=PictureRef("c" * 64), fit="stretch"), "no fit 'stretch'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(background, word):
    with pytest.raises(ShotError, match=word) as caught:
        check(with_background(background))
    assert caught.value.hint


def test_a_shot_without_one_is_transparent():
    assert from_json(b'{"audio": {}}').background == Background("transparent")


def test_the_hash_means_the_pictures_content_and_not_its_place():
    moved = msgspec.structs.replace(HERE, picture=PictureRef("c" * 64, "elsewhere/hall.jpg"))
    other = msgspec.structs.replace(HERE, picture=PictureRef("d" * 64, "hall.jpg"))
    hashes = [shot_hash(with_background(each)) for each in (HERE, moved, other, Background())]
    assert hashes[0] == hashes[1] and len(set(hashes)) == 3

"""What a pack tells of its views: kept in actor.toml, checked when read, measured over the corpus' cameras."""

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import asdict, replace
from tiny_actor import tiny_view_coverage
from typer.testing import CliRunner

from emogene import cli_actor
from emogene.actors.archive import write_archive
from emogene.actors.build import write_manifest
from emogene.actors.pack import load_actor, pack_manifest
from emogene.actors.view_coverage import ViewCoverage
from emogene.corpus.appearance.actor import Actor as Appearance
from emogene.corpus.appearance.actor import orbit_camera
from emogene.corpus.pictures import PictureCorpus
from emogene.evaluation.measured_views import trained_views
from emogene.render.neck import TORSO_POSE
from emogene_proto.errors import ActorError


@pytest.fixture
def pack(tiny_actor, tmp_path) -> Path:
    """A copy that may be written to."""
    return Path(shutil.copytree(tiny_actor, tmp_path / "pack"))


def test_a_pack_keeps_its_views_as_folder_and_as_file(pack, tmp_path):
    assert load_actor(pack).manifest.view_coverage == tiny_view_coverage()
    write_archive(pack, tmp_path / "seen.actor")
    assert pack_manifest(tmp_path / "seen.actor") == load_actor(pack).manifest


def test_new_views_change_nothing_else_in_a_pack(pack):
    before = load_actor(pack).manifest
    write_manifest(pack, replace(before, view_coverage=None))
    assert load_actor(pack).manifest == replace(before, view_coverage=None)
    write_manifest(pack, before)
    assert load_actor(pack).manifest == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"yaws": (-60.0, -45.0, 0.0, 45.0)},
        {"yaws": (-60.0, -45.0, -30.0, -15.0, 1.0, 15.0, 30.0, 45.0, 60.0)},
        {"pitches": (0.0, 30.0, -30.0)},
        {"close_ups": (2.0, 4.0)},
        {"pictured_yaw": 0.0},
        {"nearest_metres": math.nan},
        {"close_up_psnr": (30.0,)},
    ],
)
def test_views_that_cannot_have_been_measured_are_refused(pack, wrong):
    damaged = ViewCoverage(**(asdict(tiny_view_coverage()) | wrong))
    assert tiny_view_coverage().sensible() and not damaged.sensible()
    if not any(isinstance(value, float) and math.isnan(value) for value in wrong.values()):
        write_manifest(pack, replace(load_actor(pack).manifest, view_coverage=damaged))
        with pytest.raises(ActorError, match="view coverage"):
            load_actor(pack)


def test_the_command_line_tells_from_where_pictures_hold(pack):
    told = CliRunner().invoke(cli_actor.app, ["check", str(pack)])
    assert told.exit_code == 0, told.output
    assert "Pictured from 31 degrees aside, 11 above and below" in told.stdout
    assert "confidence" in told.stdout and "1.00" in told.stdout
    write_manifest(pack, replace(load_actor(pack).manifest, view_coverage=None))
    old = CliRunner().invoke(cli_actor.app, ["check", str(pack)])
    assert "It does not tell from where its pictures hold" in old.stdout


def test_views_are_measured_on_a_folder(tmp_path):
    told = CliRunner().invoke(
        cli_actor.app, ["views", str(tmp_path / "no"), "--corpus", str(tmp_path), "--face-model", str(tmp_path / "no")]
    )
    assert isinstance(told.exception, ActorError) and "no folder" in told.exception.message


def test_pictured_views_are_those_of_training_pictures_only(tmp_path):
    yaws = np.radians(np.linspace(-20.0, 20.0, 101))
    cameras = [orbit_camera(Appearance(camera_target=(0.0, 0.0, 0.0)), 512, float(yaw)) for yaw in yaws]
    cameras.append(orbit_camera(Appearance(), 512, 1.0, 0.0, 0.3))
    count = len(cameras)
    corpus = PictureCorpus(
        tmp_path, 25, 512, 36.0, np.zeros((count, 68, 3)), np.zeros((68, 3)), np.zeros((68, 3)), np.zeros((count, 2)),
        np.tile(TORSO_POSE, (count, 1, 1)), np.stack([one.camera_to_world for one in cameras]), np.full(count, 85.0),
        np.zeros((count, 8)), np.zeros(count), np.zeros((count, 60)), np.arange(count) == count - 1,
    )  # fmt: skip
    found = trained_views(corpus)
    assert found["pictured_yaw"] == pytest.approx(19.2, abs=0.3) and found["nearest_metres"] == 1.0
    assert found["pictured_pixels"] == pytest.approx(85 / 36 * 512, abs=0.1)

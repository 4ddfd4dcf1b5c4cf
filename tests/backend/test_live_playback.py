"""The figures of a played stream, from made-up arrivals and from a real backend."""

import json

import pytest
from running_backend import write_voice

from emogene.cli import OK, run
from emogene.cli_live import live_size
from emogene.live_playback import Arrival, Playback, figures
from emogene_proto.shot import AudioRef, Shot


def arrival(frame: int, at_seconds: float, width: int = 64) -> Arrival:
    return Arrival(frame, width, 0, 0.02, at_seconds)


def test_a_frame_is_in_time_until_its_moment_is_over():
    playback = Playback(10.0, range(5, 9))
    playback.arrivals = [arrival(5, -0.1), arrival(6, 0.19), arrival(7, 0.31), arrival(9, 0.3)]
    playback.behind_seconds = [0.0, 0.0, 0.0, 0.1]
    assert playback.in_time == 2, "frame 7 was due at 0.2 s and over at 0.3 s; frame 9 was never due"
    found = {figure.name: figure.value for figure in figures(playback)}
    assert found == pytest.approx(
        {
            "live_in_time": 50.0,
            "live_rate": 10.0,
            "live_latency": 0.0,
            "live_latency_p95": 100.0,
            "live_render": 20.0,
            "live_width": 64.0,
        }
    )


def test_where_nothing_came_there_is_nothing_to_tell_of_it():
    found = {figure.name: figure.value for figure in figures(Playback(24.0, range(1, 25), behind_seconds=[0.5]))}
    assert found["live_in_time"] == found["live_rate"] == 0.0
    assert found["live_render"] is None and found["live_latency"] == 500.0


def test_the_size_has_the_shape_of_the_shots_frames():
    assert live_size(Shot(AudioRef(), width=1920, height=1080), 256) == (256, 144)
    assert live_size(Shot(AudioRef(), width=100, height=4000), 64) == (16, 64)


def test_the_command_plays_and_writes_its_figures(tiny_actor, tmp_path, capsys):
    voice, out = write_voice(tmp_path / "voice.wav", 1.5), tmp_path / "live.json"
    code = run(["live", str(voice), "--actor", str(tiny_actor), "--size", "32", "--seconds", "1", "--json", str(out)])
    told = capsys.readouterr()
    assert code == OK, told.err
    assert "of 24 frames came in time" in told.out
    written = json.loads(out.read_text())
    values = {figure["name"]: figure["value"] for figure in written["figures"]}
    assert values["live_width"] == 32 and 0.0 < values["live_in_time"] <= 100.0
    assert "1.0 s at 24 fps, asked for 32x32" in written["inputs"][0]["speech"]


def test_what_cannot_be_played_is_refused(tmp_path, capsys):
    assert run(["live", str(tmp_path / "nothing.wav")]) == 2
    assert "nothing.wav" in capsys.readouterr().err

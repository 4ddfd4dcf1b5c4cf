import json

from emogene.training.loss_log import LossLog, plot_losses, read_log


def test_a_line_cut_short_by_a_kill_is_left_out(tmp_path):
    path = tmp_path / "losses.jsonl"
    path.write_text(json.dumps({"step": 1, "loss": 2.0}) + '\n{"step": 2, "lo')
    assert read_log(path) == [{"step": 1, "loss": 2.0}]


def test_what_came_after_the_state_that_is_gone_on_from_is_forgotten(tmp_path):
    log = LossLog(tmp_path / "losses.jsonl")
    for step in range(1, 6):
        log.write(step, {"loss": 1.0 / step})
    log.cut(3)
    assert [line["step"] for line in read_log(log.path)] == [1, 2, 3]
    log.cut(0)
    assert read_log(log.path) == []


def test_the_picture_shows_losses_that_are_not_in_every_line(tmp_path):
    log = LossLog(tmp_path / "losses.jsonl")
    log.write(1, {"loss": 2.0})
    log.write(2, {"loss": 1.0, "val_loss": -0.5})
    log.write(3, {"loss": 0.5})
    plot_losses(log.path, tmp_path / "losses.png", "a run")
    assert (tmp_path / "losses.png").stat().st_size > 1000


def test_a_run_that_logged_nothing_has_no_picture(tmp_path):
    plot_losses(tmp_path / "losses.jsonl", tmp_path / "losses.png", "a run")
    assert not (tmp_path / "losses.png").exists()

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch

from emogene.training.loop import TrainingConfig, TrainingRun, cosine, read_log
from emogene_proto.errors import EmoGeneError


def a_run(out, steps, seed=0, resume=True, **settings):
    torch.manual_seed(7)
    model = torch.nn.Linear(4, 2)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)

    def step(step, generator):
        x = torch.randn(8, 4, generator=generator)
        return {"loss": ((model(x) - x[:, :2]) ** 2).mean()}

    config = TrainingConfig(out, steps, seed, resume, checkpoint_every=5, log_every=1, quiet=True, **settings)
    return TrainingRun(config, model, optimiser, step, cosine(20, warmup=2))


def test_the_loss_falls(tmp_path):
    run = a_run(tmp_path, 20)
    run.run()
    log = read_log(tmp_path / "losses.jsonl")
    assert [line["step"] for line in log] == list(range(1, 21))
    assert log[-1]["loss"] < log[0]["loss"]
    assert (tmp_path / "losses.png").exists()


def test_stopped_and_resumed_gives_the_same_weights(tmp_path):
    whole = a_run(tmp_path / "whole", 20)
    whole.run()
    a_run(tmp_path / "parts", 10).run()
    rest = a_run(tmp_path / "parts", 20)
    rest.run()
    assert torch.equal(whole.model.weight, rest.model.weight)
    assert read_log(tmp_path / "whole/losses.jsonl") == read_log(tmp_path / "parts/losses.jsonl")


def test_killed_and_resumed_gives_the_same_weights(tmp_path):
    """A process dies by SIGKILL between two checkpoints; the next one goes on from the last."""
    program = textwrap.dedent("""
        import os, signal, sys, pathlib
        import torch
        from emogene.training.loop import TrainingConfig, TrainingRun, cosine
        torch.manual_seed(7)
        model = torch.nn.Linear(4, 2)
        def step(step, generator):
            if step == 13:
                os.kill(os.getpid(), signal.SIGKILL)
            x = torch.randn(8, 4, generator=generator)
            return {"loss": ((model(x) - x[:, :2]) ** 2).mean()}
        config = TrainingConfig(pathlib.Path(sys.argv[1]), 20, checkpoint_every=5, log_every=1, quiet=True)
        TrainingRun(config, model, torch.optim.Adam(model.parameters(), 1e-2), step, cosine(20, warmup=2)).run()
    """)
    if os.name == "nt":
        pytest.skip("Windows has no SIGKILL")
    killed = subprocess.run([sys.executable, "-c", program, tmp_path / "killed"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert read_log(tmp_path / "killed/losses.jsonl")[-1]["step"] == 13
    resumed = a_run(tmp_path / "killed", 20)
    resumed.run()
    whole = a_run(tmp_path / "whole", 20)
    whole.run()
    assert torch.equal(whole.model.weight, resumed.model.weight)
    assert [line["step"] for line in read_log(tmp_path / "killed/losses.jsonl")] == list(range(1, 21))


def test_another_seed_gives_other_weights_and_is_not_resumed(tmp_path):
    a = a_run(tmp_path / "a", 5, seed=1)
    b = a_run(tmp_path / "b", 5, seed=2)
    a.run()
    b.run()
    assert not torch.equal(a.model.weight, b.model.weight)
    with pytest.raises(EmoGeneError, match="seed 1"):
        a_run(tmp_path / "a", 10, seed=2).run()


def test_without_resume_a_run_starts_anew(tmp_path):
    a_run(tmp_path, 5, seed=1).run()
    a_run(tmp_path, 3, seed=2, resume=False).run()
    assert [line["step"] for line in read_log(tmp_path / "losses.jsonl")] == [1, 2, 3]


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path):
    run = a_run(tmp_path, 5)
    run.step_fn = lambda step, generator: {"loss": run.model.weight.sum() * float("nan")}
    with pytest.raises(EmoGeneError, match="not finite"):
        run.run()


def test_a_log_line_cut_short_by_a_kill_is_left_out(tmp_path):
    path = tmp_path / "losses.jsonl"
    path.write_text(json.dumps({"step": 1, "loss": 2.0}) + '\n{"step": 2, "lo')
    assert read_log(path) == [{"step": 1, "loss": 2.0}]

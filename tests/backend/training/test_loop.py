import os
import signal
import subprocess
import sys
import textwrap

import pytest
import torch

from emogene.training.loop import TrainingConfig, TrainingRun, cosine
from emogene.training.loss_log import read_log
from emogene_proto.errors import EmoGeneError


def a_run(out, steps, seed=0, resume=True, inputs="", log_every=1, **settings):
    torch.manual_seed(7)
    model = torch.nn.Linear(4, 2)
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)

    def step(step, generator):
        x = torch.randn(8, 4, generator=generator)
        return {"loss": ((model(x) - x[:, :2]) ** 2).mean()}

    config = TrainingConfig(out, steps, seed, resume, checkpoint_every=5, log_every=log_every, quiet=True, **settings)
    return TrainingRun(config, model, optimiser, step, cosine(20, warmup=2), inputs=inputs)


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


def test_validation_stands_in_the_log_every_so_many_steps(tmp_path):
    run = a_run(tmp_path, 7, validate_every=3)
    run.validate = lambda: {"loss": run.model.weight.square().sum()}
    run.run()
    lines = read_log(tmp_path / "losses.jsonl")
    assert [line["step"] for line in lines if "val_loss" in line] == [3, 6, 7]
    assert lines[-1]["val_loss"] == pytest.approx(run.model.weight.square().sum().item())


def test_validation_is_not_bound_to_the_steps_of_the_log(tmp_path):
    run = a_run(tmp_path, 8, validate_every=3, log_every=4)
    run.validate = lambda: {"loss": torch.zeros(())}
    run.run()
    lines = read_log(tmp_path / "losses.jsonl")
    assert [(line["step"], "val_loss" in line) for line in lines] == [(3, True), (4, False), (6, True), (8, True)]


def test_validation_leaves_the_training_as_it_is(tmp_path):
    """The model has layers that do other things in training than in use, and its validation moves nothing of them."""

    def trained(out, **settings):
        run = a_run(out, 6, **settings)
        torch.manual_seed(7)
        run.model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 2))
        run.optimiser = torch.optim.Adam(run.model.parameters(), 1e-2)
        modes = {"step": [], "validate": []}

        def step(number, generator):
            modes["step"].append(run.model.training)
            x = torch.randn(8, 4, generator=generator)
            return {"loss": ((run.model(x) - x[:, :2]) ** 2).mean()}

        def validate():
            modes["validate"].append(run.model.training)
            return {"loss": run.model(torch.full((3, 4), 5.0)).square().sum()}

        run.step_fn, run.validate = step, validate if settings else None
        run.run()
        return run.model.state_dict(), modes

    looked, modes = trained(tmp_path / "a", validate_every=2)
    blind, _ = trained(tmp_path / "b")
    assert modes == {"step": [True] * 6, "validate": [False] * 3}
    assert all(torch.equal(looked[name], blind[name]) for name in blind)


def test_in_bf16_weights_stay_in_32_bits_and_a_killed_run_goes_on_the_same(tmp_path):
    seen = []

    def run(out, steps):
        bf16 = a_run(out, steps, precision="bf16")
        bf16.model.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
        whole = bf16.step_fn

        def step(number, generator):
            bf16.model(torch.ones(1, 4))
            return whole(number, generator)

        bf16.step_fn = step
        bf16.run()
        return bf16.model.weight

    whole = run(tmp_path / "whole", 10)
    run(tmp_path / "parts", 5)
    assert torch.equal(run(tmp_path / "parts", 10), whole) and whole.dtype == torch.float32
    assert set(seen) == {torch.bfloat16}


def test_fp16_needs_a_gpu(tmp_path):
    with pytest.raises(EmoGeneError, match="GPU"):
        a_run(tmp_path, 1, precision="fp16")


def test_a_run_of_other_inputs_or_precision_is_not_taken_up(tmp_path):
    a_run(tmp_path, 5, inputs="one corpus").run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    for other in ({"inputs": "another"}, {"inputs": "one corpus", "precision": "bf16"}):
        with pytest.raises(EmoGeneError, match="another corpus, model, loss or precision") as told:
            a_run(tmp_path, 10, **other).run()
        assert "--no-resume" in told.value.hint
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    longer = a_run(tmp_path, 10, inputs="one corpus")
    longer.run()
    assert longer.step == 10


def test_a_checkpoint_that_does_not_say_what_it_was_made_from_is_refused(tmp_path):
    a_run(tmp_path, 5).run()
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    del state["inputs"]
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(EmoGeneError, match="older version"):
        a_run(tmp_path, 10).run()


def test_a_run_that_is_beyond_the_steps_asked_for_is_refused(tmp_path):
    a_run(tmp_path, 10).run()
    with pytest.raises(EmoGeneError, match="step 10 already, beyond 5"):
        a_run(tmp_path, 5).run()

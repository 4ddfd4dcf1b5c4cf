"""The one training loop: seeded, resumable after any kill, with a progress bar, a loss log and a loss curve.

A run lives in a folder: `checkpoint.pt` (newest state), `losses.jsonl` (one line every `log_every` steps),
`losses.png` (the curve). On a CPU a run that was killed and resumed ends with exactly the weights of one that was not;
a GPU adds in an order of its own.
"""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from emogene.training.loss_log import LossLog, plot_losses
from emogene.training.precision import Precision, autocast, resolved
from emogene_proto.errors import EmoGeneError

StepFunction = Callable[[int, torch.Generator], dict[str, torch.Tensor]]
"""(step, generator) to named losses; "loss" is the one that is minimised, the others are logged.

All chance must come from `generator` (see `numpy_seed`), or a resumed run goes another way.
"""
ValidateFunction = Callable[[], dict[str, torch.Tensor]]
"""Named losses on data that is not trained on, always the same; called in eval mode without gradients."""
Schedule = Callable[[int], float]
"""Step to the factor on every learning rate of the optimiser."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a run goes, whichever model it trains."""

    out: Path
    """Folder of the run; made if missing."""
    steps: int
    seed: int = 0
    resume: bool = True
    """Go on from the checkpoint in `out` if there is one; False starts anew."""
    checkpoint_every: int = 500
    log_every: int = 20
    clip_norm: float | None = 1.0
    """Largest norm of the gradient; None leaves it."""
    threads: int | None = None
    """Torch threads; None leaves torch's choice. The same number gives the same weights."""
    quiet: bool = False
    precision: Precision = "fp32"
    """Of the networks' products; weights and losses stay in 32 bits. The same precision gives the same weights."""
    device: str = "cpu"
    """Where the model is; the step function brings its batches there."""
    validate_every: int = 200
    """Steps from one look at the validation data to the next, where a run has such."""


_OTHER_RUN = "Use another --out folder, or start anew with --no-resume."


def constant(step: int) -> float:
    """A schedule that leaves the learning rate alone."""
    return 1.0


def cosine(steps: int, warmup: int = 0, floor: float = 0.01) -> Schedule:
    """Rise linearly over `warmup` steps, then fall along a cosine to `floor` at `steps`."""

    def factor(step: int) -> float:
        if step < warmup:
            return (step + 1) / warmup
        done = min(1.0, (step - warmup) / max(1, steps - warmup))
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))

    return factor


def numpy_seed(generator: torch.Generator) -> int:
    """A seed for numpy's generators, drawn from the run's own chance."""
    return int(torch.randint(2**62, (1,), generator=generator))


@dataclass
class TrainingRun:
    """One model being trained. What must survive a kill has to be in the model's parameters and buffers."""

    config: TrainingConfig
    model: torch.nn.Module
    optimiser: torch.optim.Optimizer
    step_fn: StepFunction
    schedule: Schedule = constant
    name: str = "training"
    """Shown beside the progress bar."""
    validate: ValidateFunction | None = None
    """Its losses stand in the log as `val_...`."""
    inputs: str = ""
    """Digest of what the run learns from (`inputs_digest`); another run's checkpoint is not taken up."""
    step: int = 0
    generator: torch.Generator = field(default_factory=torch.Generator)
    """On the CPU, so that a GPU sees the same chance."""
    _rates: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._device = torch.device(self.config.device)
        self._precision: Precision = resolved(self.config.precision, self._device)
        # Half floats lose small gradients unless they are scaled up; bf16 has the range of fp32.
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=self._precision == "fp16")
        self._log = LossLog(self.log_path)

    @property
    def checkpoint_path(self) -> Path:
        return self.config.out / "checkpoint.pt"

    @property
    def log_path(self) -> Path:
        return self.config.out / "losses.jsonl"

    def run(self) -> None:
        """Train to `config.steps`; returns at once if the checkpoint is already there.

        Raises:
            EmoGeneError: the loss is no longer finite, or the checkpoint belongs to another run.
        """
        if self.config.threads is not None:
            torch.set_num_threads(self.config.threads)
        self.config.out.mkdir(parents=True, exist_ok=True)
        self.model.to(self._device)
        self._rates = [group["lr"] for group in self.optimiser.param_groups]
        self.generator.manual_seed(self.config.seed)
        torch.manual_seed(self.config.seed)
        if self.config.resume and self.checkpoint_path.exists():
            self._restore()
        self._log.cut(self.step)
        with _progress(self.config.quiet) as progress:
            bar = progress.add_task(self.name, total=self.config.steps, completed=self.step, losses="")
            while self.step < self.config.steps:
                losses = self._advance()
                validate = self.validate if self._due(self.config.validate_every) else None
                if validate is not None:
                    losses |= self._validated(validate)
                if validate is not None or self._due(self.config.log_every):
                    self._log.write(self.step, losses)
                    progress.update(bar, losses=" ".join(f"{k} {v:.4g}" for k, v in losses.items()))
                if self._due(self.config.checkpoint_every):
                    self.save()
                progress.update(bar, completed=self.step)
        self.model.eval().cpu()
        plot_losses(self.log_path, self.config.out / "losses.png", self.name)

    def _due(self, every: int) -> bool:
        return self.step % every == 0 or self.step == self.config.steps

    def _validated(self, validate: ValidateFunction) -> dict[str, float]:
        self.model.eval()
        with torch.no_grad(), autocast(self._precision, self._device):
            return {f"val_{name}": float(value) for name, value in validate().items()}

    def _advance(self) -> dict[str, float]:
        factor = self.schedule(self.step)
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        self.model.train()
        with autocast(self._precision, self._device):
            losses = self.step_fn(self.step, self.generator)
        self.optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(losses["loss"]).backward()
        if self.config.clip_norm is not None:
            self._scaler.unscale_(self.optimiser)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self._scaler.step(self.optimiser)
        self._scaler.update()
        self.step += 1
        values = {name: float(value.detach()) for name, value in losses.items()}
        if not math.isfinite(values["loss"]):
            raise EmoGeneError(
                f"The loss of {self.name} is not finite at step {self.step}.",
                "Use a smaller learning rate, or look for damaged clips in the corpus.",
                code="training",
            )
        return values

    def save(self) -> None:
        """Write the checkpoint under a temporary name, then rename, so that a kill leaves the old or the new one."""
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "generator": self.generator.get_state(),
            "torch": torch.get_rng_state(),
            "scaler": self._scaler.state_dict(),
            "seed": self.config.seed,
            "inputs": self._inputs,
        }
        temporary = self.checkpoint_path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.checkpoint_path)

    def _restore(self) -> None:
        state = torch.load(self.checkpoint_path, weights_only=True, map_location="cpu")
        if other := self._why_other(state):
            raise EmoGeneError(other, _OTHER_RUN, code="training")
        try:
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
        except (RuntimeError, ValueError) as error:
            message = f"The checkpoint in {self.config.out} belongs to another model."
            raise EmoGeneError(message, _OTHER_RUN, code="training") from error
        self.step = state["step"]
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["torch"])
        if state.get("scaler"):
            self._scaler.load_state_dict(state["scaler"])

    def _why_other(self, state: dict) -> str | None:
        """Why a checkpoint is not of this run, which may be longer than it was but not shorter."""
        if state["seed"] != self.config.seed:
            return f"The run in {self.config.out} has seed {state['seed']}."
        if "inputs" not in state:
            return f"The checkpoint in {self.config.out} is of an older version and does not say what it was made from."
        if state["inputs"] != self._inputs:
            return f"The run in {self.config.out} has another corpus, model, loss or precision, or other features."
        if state["step"] > self.config.steps:
            return f"The run in {self.config.out} is at step {state['step']} already, beyond {self.config.steps}."
        return None

    @property
    def _inputs(self) -> str:
        return f"{self.inputs} {self._precision}"


def _progress(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}"),
        disable=quiet,
    )

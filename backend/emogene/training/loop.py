"""The one training loop: seeded, resumable after any kill, with a progress bar, a loss log and a loss curve.

A run lives in a folder: `checkpoint.pt` (newest state), `losses.jsonl` (one line every `log_every` steps),
`losses.png` (the curve). A run that was killed and resumed ends with exactly the weights of one that was not.
"""

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from emogene_proto.errors import EmoGeneError

StepFunction = Callable[[int, torch.Generator], dict[str, torch.Tensor]]
"""(step, generator) to named losses; "loss" is the one that is minimised, the others are logged.

All chance must come from `generator` (see `numpy_seed`), or a resumed run goes another way.
"""
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
    step: int = 0
    generator: torch.Generator = field(default_factory=torch.Generator)
    _rates: list[float] = field(default_factory=list)

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
        self._rates = [group["lr"] for group in self.optimiser.param_groups]
        self.generator.manual_seed(self.config.seed)
        torch.manual_seed(self.config.seed)
        if self.config.resume and self.checkpoint_path.exists():
            self._restore()
        self._cut_log()
        with _progress(self.config.quiet) as progress:
            bar = progress.add_task(self.name, total=self.config.steps, completed=self.step, losses="")
            while self.step < self.config.steps:
                losses = self._advance()
                if self.step % self.config.log_every == 0 or self.step == self.config.steps:
                    self._log(losses)
                    progress.update(bar, losses=" ".join(f"{k} {v:.4g}" for k, v in losses.items()))
                if self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps:
                    self.save()
                progress.update(bar, completed=self.step)
        self.model.eval()
        plot_losses(self.log_path, self.config.out / "losses.png", self.name)

    def _advance(self) -> dict[str, float]:
        factor = self.schedule(self.step)
        for group, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        self.model.train()
        losses = self.step_fn(self.step, self.generator)
        self.optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()
        if self.config.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimiser.step()
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
            "seed": self.config.seed,
        }
        temporary = self.checkpoint_path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.checkpoint_path)

    def _restore(self) -> None:
        hint = "Use another --out folder, or start anew without --resume."
        state = torch.load(self.checkpoint_path, weights_only=True)
        if state["seed"] != self.config.seed:
            raise EmoGeneError(f"The run in {self.config.out} has seed {state['seed']}.", hint, code="training")
        try:
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
        except (RuntimeError, ValueError) as error:
            message = f"The checkpoint in {self.config.out} belongs to another model."
            raise EmoGeneError(message, hint, code="training") from error
        self.step = state["step"]
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["torch"])

    def _cut_log(self) -> None:
        """Forget what was logged after the state that we go on from."""
        kept = [line for line in read_log(self.log_path) if line["step"] <= self.step] if self.step else []
        temporary = self.log_path.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(line) + "\n" for line in kept))
        temporary.replace(self.log_path)

    def _log(self, losses: dict[str, float]) -> None:
        with self.log_path.open("a") as file:
            file.write(json.dumps({"step": self.step, **losses}) + "\n")


def read_log(path: Path) -> list[dict[str, float]]:
    """The lines of a loss log; a last line that a kill cut short is left out."""
    if not path.exists():
        return []
    lines = []
    for text in path.read_text().splitlines():
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            break
    return lines


def plot_losses(log: Path, picture: Path, title: str) -> None:
    """Draw every logged loss over the steps, on a logarithmic scale."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = read_log(log)
    if not lines:
        return
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name in (n for n in lines[-1] if n != "step"):
        known = [line for line in lines if name in line]
        axes.plot([line["step"] for line in known], [line[name] for line in known], label=name, linewidth=0.8)
    axes.set(yscale="symlog" if any(v <= 0 for line in lines for v in line.values()) else "log")
    axes.set(xlabel="step", title=title)
    axes.legend()
    figure.savefig(picture, dpi=100)


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

"""The losses of a run: one JSON line every few steps, and a picture of their curves."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LossLog:
    """`losses.jsonl` of a run."""

    path: Path

    def write(self, step: int, losses: dict[str, float]) -> None:
        """Add one line."""
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, **losses}) + "\n")

    def cut(self, step: int) -> None:
        """Forget what was logged after a step, of a run that goes on from there."""
        kept = [line for line in read_log(self.path) if line["step"] <= step] if step else []
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(line) + "\n" for line in kept))
        temporary.replace(self.path)


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
    """Draw every logged loss over the steps, on a logarithmic scale; those of the validation data are thick."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = read_log(log)
    if not lines:
        return
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name in dict.fromkeys(name for line in lines for name in line if name != "step"):
        known = [line for line in lines if name in line]
        width = 1.8 if name.startswith("val_") else 0.8
        axes.plot([line["step"] for line in known], [line[name] for line in known], label=name, linewidth=width)
    axes.set(yscale="symlog" if any(v <= 0 for line in lines for v in line.values()) else "log")
    axes.set(xlabel="step", title=title)
    axes.legend(fontsize="small", ncols=2)
    figure.savefig(picture, dpi=100)

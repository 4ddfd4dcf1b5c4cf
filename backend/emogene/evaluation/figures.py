"""Figures: what was measured, what is asked for, on which computer and from which inputs; as a table and as JSON."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from emogene.service.machine import device
from emogene.whole_write import write_whole


class Figure(msgspec.Struct, frozen=True):
    """One measured number."""

    name: str
    value: float | None
    """None where this computer cannot measure it."""
    unit: str
    reach: float | None
    """The value asked for; None for figures that only inform."""
    better: Literal["higher", "lower"]

    @property
    def reached(self) -> bool | None:
        """None where nothing is asked for, or nothing was measured."""
        if self.reach is None or self.value is None:
            return None
        return self.value >= self.reach if self.better == "higher" else self.value <= self.reach


class Input(msgspec.Struct, frozen=True):
    """What some figures were measured on."""

    figures: tuple[str, ...]
    speech: str
    """Whose voices, faces or pictures, how much of them, and what of them had to be left out."""


class Evaluation(msgspec.Struct, frozen=True):
    """What `--json` writes."""

    figures: tuple[Figure, ...]
    machine: dict[str, str | int]
    inputs: tuple[Input, ...]


def this_machine() -> dict[str, str | int]:
    """What decides speeds: processor, cores, system, versions."""
    return {
        "device": device(),
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
    }


def write_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Write the JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(evaluation), indent=1))


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """The table, and under it what each letter in its last column stands for."""
    table = Table("figure", "value", "reach", "reached", "inputs", box=None, pad_edge=False)  # fits 80 columns
    for column in table.columns:
        column.no_wrap = True
    letters = [chr(ord("A") + i) for i in range(len(evaluation.inputs))]
    for figure in evaluation.figures:
        used = [letter for letter, one in zip(letters, evaluation.inputs, strict=True) if figure.name in one.figures]
        table.add_row(figure.name, _value(figure), _reach(figure), _reached(figure), " ".join(used))
    console.print(table)
    for letter, one in zip(letters, evaluation.inputs, strict=True):
        console.print(f"{letter}: {one.speech}", markup=False, highlight=False, soft_wrap=True)


def missed(figures: Sequence[Figure]) -> list[str]:
    """Names of the figures that were measured and are not as asked for."""
    return [figure.name for figure in figures if figure.reached is False]


def percent(found: np.ndarray) -> float | None:
    """Share of True; None where there is nothing to count."""
    return 100.0 * float(found.mean()) if len(found) else None


def percent_of(part: np.ndarray, whole: np.ndarray) -> float | None:
    """Mean of one as part of the mean of the other; None where either is empty, or the whole does not move."""
    if not len(part) or not len(whole) or whole.mean() <= 0.0:
        return None
    return 100.0 * float(part.mean() / whole.mean())


def _value(figure: Figure) -> str:
    return "not measured" if figure.value is None else f"{_number(figure.value)} {figure.unit}".rstrip()


def _reach(figure: Figure) -> str:
    if figure.reach is None:
        return ""
    return f"at {'least' if figure.better == 'higher' else 'most'} {figure.reach:g} {figure.unit}".rstrip()


def _reached(figure: Figure) -> str:
    return "" if figure.reached is None else ("yes" if figure.reached else "NO")


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"

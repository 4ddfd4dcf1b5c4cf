"""A suite of figures: what is asked of each, which are measured together and on what, and the way to all of them.

Generic over the material, which is whatever a suite measures on: actor, corpus, recordings.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Generic, Literal, TypeVar

from emogene.evaluation.figures import Evaluation, Figure, Input, this_machine
from emogene_proto.errors import CorpusError

Material = TypeVar("Material")
Better = Literal["higher", "lower"]
Values = dict[str, float | None]
"""Figures by their names; None where this computer cannot measure one."""
Progress = Callable[[float, str], None]
"""Is told how much is done, 0 to 1, and what is being done."""


@dataclass(frozen=True)
class Measured:
    """What is asked of a figure."""

    unit: str
    better: Better
    reach: float | None = None
    """None for figures that only inform."""


@dataclass(frozen=True)
class Group(Generic[Material]):
    """Figures that are measured together."""

    doing: str
    names: tuple[str, ...]
    measure: Callable[[Material], Values]
    used: Callable[[Material], str]
    """What they are measured on, in words."""
    requires: tuple[Callable[[Material], object], ...] = ()
    """Each raises if something is missing that the group needs; asked before any group is measured."""


def run_suite(
    figures: Mapping[str, Measured],
    groups: Sequence[Group[Material]],
    material: Material,
    only: Collection[str] = (),
    progress: Progress | None = None,
) -> Evaluation:
    """Measure all figures, or those named.

    Args:
        figures: every figure of the suite, in the table's order.
        groups: each figure is of one of them.
        only: names of figures; empty is all of them.
        progress: told before each group.

    Raises:
        CorpusError: a figure is unknown.
        EmoGeneError: what `requires` of a group raises, or its measuring.
    """
    wanted = [name for name in figures if not only or name in only]
    unknown = sorted(set(only) - set(figures))
    if unknown:
        raise CorpusError(f"There is no figure '{unknown[0]}'.", f"Name one of {', '.join(figures)}.")
    measured = [group for group in groups if set(group.names) & set(wanted)]
    for require in dict.fromkeys(require for group in measured for require in group.requires):
        require(material)
    values: Values = {}
    inputs: dict[str, tuple[str, ...]] = {}
    for number, group in enumerate(measured):
        if progress is not None:
            progress(number / len(measured), group.doing)
        values |= group.measure(material)
        names = tuple(name for name in group.names if name in wanted)
        inputs[used] = inputs.get(used := group.used(material), ()) + names
    found = tuple(
        Figure(name, values[name], figures[name].unit, figures[name].reach, figures[name].better) for name in wanted
    )
    return Evaluation(found, this_machine(), tuple(Input(names, used) for used, names in inputs.items()))


def require_aligner(_: object) -> None:
    """Tell that recordings cannot be aligned before minutes of work.

    Raises:
        CorpusError: PocketSphinx is not installed.
    """
    if find_spec("pocketsphinx") is None:
        raise CorpusError(
            "Recordings are aligned by PocketSphinx, which is not installed.",
            "In EmoGene's folder: .venv/bin/pip install -c constraints.txt -e '.[corpus]'",
        )

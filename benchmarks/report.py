"""How a benchmark ends: its figures as a file and as a table, and whether they are as asked for."""

import sys
from pathlib import Path

from rich.console import Console

from emogene.evaluation.figures import Evaluation, missed, print_evaluation, write_evaluation


def report(evaluation: Evaluation, file: Path | None) -> int:
    """Write the figures to the file, if there is one, and print them; the exit status: 1 where one misses its reach."""
    if file:
        write_evaluation(file, evaluation)
    print_evaluation(evaluation, Console())
    short = missed(evaluation.figures)
    if short:
        print(f"not as asked for: {', '.join(short)}", file=sys.stderr)
    return 1 if short else 0

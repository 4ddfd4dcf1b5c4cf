"""The gap between the lips over a recording, with its phones: a picture in which to look for plosives that fail."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from emogene.corpus.phones import BILABIALS, LABIODENTALS, SILENCE, PhoneSpan
from emogene.evaluation.material import SpokenRecording
from emogene.evaluation.mouth import FRAME_SECONDS, closed_below, closures, lip_gap, pauses

ROW_SECONDS = 6.0


def write_lips_plot(path: Path, spoken: SpokenRecording) -> None:
    """Rows of six seconds as a PNG file: p b m green where the lips close and red where not, f v blue, pauses grey."""
    recording, gap = spoken.recording, lip_gap(spoken.landmarks)
    rows = max(1, int(np.ceil(recording.seconds / ROW_SECONDS)))
    figure = Figure(figsize=(16, 2.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    for number, axes in enumerate(figure.subplots(rows, 1, sharey=True, squeeze=False)[:, 0]):
        axes.plot(np.arange(len(gap)) * FRAME_SECONDS, gap, color="#333333", linewidth=1.2, marker=".", markersize=3)
        axes.axhline(closed_below(gap), color="#c1121f", linewidth=0.7, linestyle="--")
        for start, end in pauses(recording.phones, recording.seconds):
            axes.axvspan(start, end, color="#dddddd", lw=0)
        _draw_phones(axes, recording.phones, gap)
        axes.set_xlim(number * ROW_SECONDS, (number + 1) * ROW_SECONDS)
        axes.set_ylabel("gap, mm")
    figure.suptitle(recording.name)
    figure.savefig(path, dpi=90, metadata={"Software": None})


def _draw_phones(axes: Axes, phones: tuple[PhoneSpan, ...], gap: np.ndarray) -> None:
    top = 0.96  # of the row's height
    for phone in phones:
        if phone.symbol == SILENCE:
            continue
        if phone.symbol in BILABIALS:
            axes.axvspan(
                phone.start, phone.end, color="#2a9d2a" if closures(gap, [phone]).all() else "#e63946", alpha=0.5
            )
        elif phone.symbol in LABIODENTALS:
            axes.axvspan(phone.start, phone.end, color="#4895ef", alpha=0.35)
        middle = (phone.start + phone.end) / 2
        axes.text(
            middle,
            top,
            phone.symbol,
            transform=axes.get_xaxis_transform(),
            clip_on=True,
            ha="center",
            va="top",
            fontsize=6,
        )

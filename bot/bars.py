"""A small bar chart as PNG, readable on light and dark backgrounds: it brings its own."""

import io
from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

_PAPER, _INK, _BAR = "#f7f5f0", "#2b2b2b", "#4c6fbf"


def bars(labels: Sequence[str], values: Sequence[int], title: str) -> bytes:
    """One bar a label."""
    figure = Figure(figsize=(6, 2.4), dpi=110, facecolor=_PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(facecolor=_PAPER)
    axes.bar(range(len(values)), values, color=_BAR, width=0.7)
    axes.set_xticks(range(len(labels)), labels, color=_INK, fontsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    axes.tick_params(colors=_INK, length=0, labelsize=8)
    axes.set_title(title, color=_INK, fontsize=10, loc="left")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_INK)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    return drawn.getvalue()

"""Charts as PNG, readable on dark and light backgrounds."""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

Said = tuple[str, str]
"""Words as they should stand, and in English for where no font has Chinese glyphs."""

_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "Droid Sans Fallback",
)  # fmt: skip
_PAPER = "#fbfaf7"
_INK = "#2b2b2b"
_COLOURS = ("#9cc3d5", "#4f8fb3", "#1f4e6b")
_drawing = threading.Lock()  # matplotlib's fonts and caches are not made for several threads


@dataclass(frozen=True)
class Bars:
    """A chart of stacked bars: a title, a label a bar, and for each layer its name and heights."""

    title: Said
    labels: Sequence[str]
    stacks: Sequence[tuple[Said, Sequence[int]]]


@dataclass(frozen=True)
class Counts:
    """A chart of counts: a title, and a row for each with its label, its count and whether it stands out."""

    title: Said
    rows: Sequence[tuple[Said, int, bool]]


@lru_cache(maxsize=1)
def chinese_font() -> str | None:
    """The name of an installed font with Chinese glyphs, None where there is none."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in _FONTS if name in installed), None)


def draw_bars(bars: Bars) -> bytes:
    """The chart as a PNG on its own light ground, so that it reads on any background."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with _drawing:
        figure = Figure(figsize=(7, 3), dpi=120, facecolor=_PAPER, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=_PAPER)
        below = [0] * len(bars.labels)
        for (name, heights), colour in zip(bars.stacks, _COLOURS, strict=False):
            axes.bar(range(len(heights)), heights, bottom=below, color=colour, label=_said(name), width=0.7)
            below = [a + b for a, b in zip(below, heights, strict=True)]
        axes.set_xticks(range(len(bars.labels)), bars.labels, fontsize=8)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.set_title(_said(bars.title), color=_INK, fontsize=11, loc="left", fontfamily=_family())
        axes.legend(frameon=False, labelcolor=_INK, ncols=3, loc="upper right", prop={"family": _family(), "size": 8})
        axes.tick_params(colors=_INK, length=0, labelsize=8)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.set_ylim(0, max(2, *(height * 1.3 for height in below)))
        data = io.BytesIO()
        figure.savefig(data, format="png")
    return data.getvalue()


def draw_counts(counts: Counts) -> bytes:
    """The chart as a PNG, its bars lying so that long labels find room."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with _drawing:
        figure = Figure(figsize=(7, 0.8 + 0.32 * len(counts.rows)), dpi=120, facecolor=_PAPER, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=_PAPER)
        places = range(len(counts.rows), 0, -1)
        colours = [_COLOURS[2] if marked else _COLOURS[0] for _label, _count, marked in counts.rows]
        drawn = axes.barh(places, [count for _label, count, _marked in counts.rows], color=colours, height=0.7)
        axes.bar_label(drawn, padding=4, color=_INK, fontsize=9)
        labels = [_said(label) for label, _count, _marked in counts.rows]
        axes.set_yticks(places, labels, fontfamily=_family(), parse_math=False)
        axes.tick_params(colors=_INK, length=0, labelsize=9)
        axes.set_xticks([])
        axes.set_title(_said(counts.title), color=_INK, fontsize=11, loc="left", fontfamily=_family())
        for side in axes.spines.values():
            side.set_visible(False)
        axes.set_xlim(0, max(1.0, 1.08 * max((count for _label, count, _marked in counts.rows), default=1)))
        data = io.BytesIO()
        figure.savefig(data, format="png")
    return data.getvalue()


def _family() -> str:
    return chinese_font() or "DejaVu Sans"


def _said(words: Said) -> str:
    plain = words[0].isascii() or all(ord(c) < 0x2E80 for c in words[0])
    return words[0] if plain or chinese_font() else words[1]

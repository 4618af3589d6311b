"""One look for every figure: the palette, the type, and how a figure becomes a picture on a page.

Figures are matplotlib `Figure` objects made outside pyplot and styled inside a `rc_context`, so
that importing or drawing changes no global state and the same numbers give the same bytes. A figure
is drawn twice, for a page and for a telephone: same type, other layout.
"""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import matplotlib
import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from cxlab.show.page import parts as page_parts

# Blue against vermilion stay apart in every common kind of colour blindness (Okabe & Ito 2008), and
# in grey.
INK = "#1d2733"
SOFT = "#5b6672"
RULE = "#d9dee4"
BLUE = "#0b5a8e"
LIGHT_BLUE = "#8db4d0"
VERMILION = "#c2560c"
GREY = "#aab3bc"
WHITE = "#ffffff"
SURFACE = LinearSegmentedColormap.from_list(
    "cxlab", ["#faf3e6", "#e3e8e6", "#b5cfdf", "#7fb0d0", "#4a8fbf"]
)

SIZE = 9.0  # points
WIDE, NARROW = 7.2, 3.6  # inches

# Text is measured with the font that comes with matplotlib, the same on every machine, and shown in
# the page's font, which is not wider.
_RC = {
    "font.family": ["DejaVu Sans"],
    "font.size": SIZE,
    "text.color": INK,
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "cxlab",
    "figure.facecolor": WHITE,
    "savefig.facecolor": WHITE,
    "axes.unicode_minus": True,
    "path.simplify": False,
}
# No file of a picture names its date or its program.
_METADATA = {
    "svg": dict.fromkeys(["Date", "Creator", "Format", "Type"]),
    "png": {"Software": None},
    "pdf": dict.fromkeys(["CreationDate", "Producer", "Creator"]),
}
PAGE_FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'Noto Sans', sans-serif"


class Sheet:
    """A blank figure whose coordinates are inches from its top left corner."""

    def __init__(self, figure: Figure) -> None:
        self.width, self.height = figure.get_size_inches()
        self.narrow = is_narrow(figure)
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        self.axes.axis("off")

    def write(self, x, y, words, colour=INK, size=SIZE, va="center", **more) -> None:
        self.axes.text(
            x, y, str(words), color=colour, fontsize=size, va=va, linespacing=1.15, **more
        )

    def small(self, x, y, words, ha="left", **more) -> None:
        """Words of the second rank: ticks, names of axes, n."""
        self.write(x, y, words, SOFT, SIZE - 1, ha=ha, **more)

    def line(self, xs, ys, colour=RULE, width=0.8, **more) -> None:
        """A line through points; one number for xs or ys stands for all points."""
        self.axes.plot(
            *np.broadcast_arrays(xs, ys),
            color=colour,
            linewidth=width,
            solid_capstyle="butt",
            **more,
        )

    def dot(self, x, y, colour=BLUE, size=6.5, hollow=False, zorder=4) -> None:
        self.axes.plot(
            [x],
            [y],
            marker="o",
            markersize=size,
            markerfacecolor=WHITE if hollow else colour,
            markeredgecolor=colour,
            markeredgewidth=1.5 if hollow else 0.8,
            linestyle="none",
            zorder=zorder,
        )

    def box(self, x, y, width, height, colour, **more) -> None:
        self.axes.add_patch(
            Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", **more)
        )

    def span(self, xs, ys, colour=BLUE, width=4.5, alpha=0.55, zorder=3) -> None:
        """An interval as a plain bar without whiskers; nothing where it has no ends."""
        if pd.notna(np.hstack([xs, ys])).all():
            self.line(xs, ys, colour, width, zorder=zorder, alpha=alpha)


def is_narrow(figure: Figure) -> bool:
    """Whether a figure is the one for a telephone."""
    return figure.get_figwidth() < 5


def scale(low: float, high: float, left: float, right: float) -> Callable[[float], float]:
    """A number's place in inches, for a track from `left` to `right`."""
    spread = (high - low) or 1.0
    return lambda value: left + (right - left) * (value - low) / spread


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers within low…high."""
    values = MaxNLocator(nbins=most, steps=[1, 2, 5, 10]).tick_values(low, high)
    slack = 1e-9 * max(1.0, abs(high - low))
    return [float(value) for value in values if low - slack <= value <= high + slack]


def wrap(words: str, width: int, lines: int = 3) -> str:
    """Words over at most `lines` lines of `width` characters; what does not fit ends in an
    ellipsis.
    """
    return textwrap.fill(str(words), width, max_lines=lines, placeholder=" …") or " "


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with the words that belong to it. Jupyter and the page show it at the width there
    is.

    message: what it says, as one sentence (the title of a slide). data: the result that was drawn,
    as `parts.of_table` gives it.
    """

    draw: Callable[[Figure], None]
    title: str
    alt: str
    note: str
    height: float
    narrow_height: float
    message: str = ""
    data: dict | None = None
    width: float = WIDE

    @classmethod
    def of(
        cls,
        draw: Callable[[Figure], None],
        title: str,
        said: Sequence[str],
        note: str,
        height: float,
        narrow_height: float,
        data: dict,
        described: Sequence[str] = (),
    ) -> Picture:
        """A picture that makes sentences visible: the first is its message, all of them its
        alternative text, with what describes the figure alone behind them.
        """
        alt = " ".join([*said, *described])
        return cls(draw, title, alt, note, height, narrow_height, said[0] if said else "", data)

    @property
    def figure(self) -> Figure:
        """The matplotlib Figure, 7.2 inches wide."""
        return self._figure(WIDE, self.height)

    @property
    def narrow(self) -> Figure:
        """The same for a telephone, 3.6 inches wide."""
        return self._figure(NARROW, self.narrow_height)

    def _figure(self, width: float, height: float) -> Figure:
        with matplotlib.rc_context(_RC):
            figure = Figure(figsize=(width, height))
            self.draw(figure)
        return figure

    def _write(self, file: str | Path | BinaryIO, form: str, narrow: bool, dpi="figure") -> None:
        with matplotlib.rc_context(_RC):
            figure = self.narrow if narrow else self.figure
            figure.savefig(file, format=form, dpi=dpi, metadata=_METADATA.get(form))

    def svg(self, narrow: bool = False) -> str:
        """The picture as SVG text, the same bytes for the same numbers."""
        buffer = io.BytesIO()
        self._write(buffer, "svg", narrow)
        return buffer.getvalue().decode("utf-8").replace("'DejaVu Sans'", PAGE_FONT)

    def save(self, path: str | Path, narrow: bool = False, dpi: int = 200) -> Path:
        """Write the picture as .svg, .png or .pdf by the suffix. Raises ValueError (matplotlib) for
        a suffix it does not know.
        """
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg(narrow), encoding="utf-8")
        else:
            self._write(path, path.suffix.removeprefix("."), narrow, dpi)
        return path

    def write_png(self, file: BinaryIO, narrow: bool = False, dpi: int = 200) -> None:
        """Write the picture as PNG into an open file."""
        self._write(file, "png", narrow, dpi)

    @property
    def parts(self) -> list[dict]:
        """The figure as data, for slides and workbooks."""
        return [page_parts.of_picture(self)]

    def html(self) -> str:
        """The picture for a page: wide, narrow below 600 px, title above, note below, its message
        in words for who cannot see it.
        """
        return str(
            Markup(
                '<figure><figcaption class="title">{title}</figcaption><picture><source'
                ' media="(max-width: 600px)" srcset="{narrow}"><img src="{wide}"'
                ' alt="{alt}"></picture><p class="note">{note}</p></figure>'
            ).format(
                title=self.title,
                alt=self.alt,
                note=self.note,
                wide=_uri(self.svg()),
                narrow=_uri(self.svg(narrow=True)),
            )
        )

    def _repr_html_(self) -> str:
        return f'<div class="cx">{self.html()}</div>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, list]:
        return {page_parts.MIME: self.parts}


def _uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")

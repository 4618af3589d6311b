"""One look for every figure: the palette, the type, and how a figure becomes a picture on a page.

Figures are matplotlib `Figure` objects made outside pyplot and styled inside a `rc_context`, so
that importing or drawing changes no global state and the same numbers give the same bytes. A figure
is drawn twice, for a page and for a telephone: same type, other layout.
"""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import matplotlib
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
PALE = "#eef1f4"
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

# Measured with the font that comes with matplotlib (the same everywhere), shown in the page's own,
# which is never wider.
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
PAGE_FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'Noto Sans', sans-serif"


class Sheet:
    """A blank figure whose coordinates are inches from its top left corner, so that a layout is
    written as it is seen.
    """

    def __init__(self, figure: Figure) -> None:
        self.width, self.height = figure.get_size_inches()
        self.axes = figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        self.axes.axis("off")

    def write(self, x, y, words, colour=INK, size=SIZE, ha="left", va="center", **more) -> None:
        self.axes.text(
            x, y, str(words), color=colour, fontsize=size, ha=ha, va=va, linespacing=1.15, **more
        )

    def line(self, xs, ys, colour=RULE, width=0.8, **more) -> None:
        self.axes.plot(
            xs,
            ys,
            color=colour,
            linewidth=width,
            solid_capstyle=more.pop("solid_capstyle", "butt"),
            **more,
        )

    def dot(self, x, y, colour=BLUE, size=6.5, hollow=False, **more) -> None:
        face = WHITE if hollow else colour
        self.axes.plot(
            [x],
            [y],
            marker=more.pop("marker", "o"),
            markersize=size,
            markerfacecolor=face,
            markeredgecolor=colour,
            markeredgewidth=1.5 if hollow else 0.8,
            linestyle="none",
            zorder=more.pop("zorder", 4),
            **more,
        )

    def box(self, x, y, width, height, colour, **more) -> None:
        self.axes.add_patch(
            Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", **more)
        )

    def span(self, low, high, y, colour=BLUE, width=2.2) -> None:
        """An interval as a plain bar without whiskers."""
        if low == low and high == high:
            self.line([low, high], [y, y], colour, width, zorder=3, alpha=0.55)


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
    return (
        "\n".join(
            textwrap.wrap(
                str(words), width, max_lines=lines, placeholder=" …", break_long_words=True
            )
        )
        or " "
    )


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

    def svg(self, narrow: bool = False) -> str:
        """The picture as SVG text, without date or program name, the same bytes for the same
        numbers.
        """
        buffer = io.BytesIO()
        with matplotlib.rc_context(_RC):
            figure = self.narrow if narrow else self.figure
            figure.savefig(
                buffer,
                format="svg",
                metadata={"Date": None, "Creator": None, "Format": None, "Type": None},
            )
        return buffer.getvalue().decode("utf-8").replace("'DejaVu Sans'", PAGE_FONT)

    def save(self, path: str | Path, narrow: bool = False, dpi: int = 200) -> Path:
        """Write the picture as .svg, .png or .pdf by the suffix. Raises ValueError (matplotlib) for
        a suffix it does not know.
        """
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg(narrow), encoding="utf-8")
            return path
        if path.suffix == ".png":
            with path.open("wb") as file:
                self.write_png(file, narrow, dpi)
            return path
        clean = {".pdf": {"CreationDate": None, "Producer": None, "Creator": None}}
        with matplotlib.rc_context(_RC):
            figure = self.narrow if narrow else self.figure
            figure.savefig(path, dpi=dpi, metadata=clean.get(path.suffix))
        return path

    def write_png(self, file: BinaryIO, narrow: bool = False, dpi: int = 200) -> None:
        """Write the picture as PNG, without date or program name."""
        with matplotlib.rc_context(_RC):
            figure = self.narrow if narrow else self.figure
            figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})

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


@dataclass(frozen=True)
class Row:
    """One row of a row chart. `mark(sheet, place, y)` draws on its track; a row without a mark is a
    heading.
    """

    label: str
    value: str = ""
    mark: Callable | None = None


def row_chart(
    figure: Figure,
    rows: list[Row],
    limits: tuple[float, float],
    tick_words: Callable[[float], str],
    axis: str,
    lines: list[tuple[float, str]] = (),
    key: Callable | None = None,
    at: list[float] | None = None,
    dense: bool = False,
) -> None:
    """Labels to the left, marks on one shared track, values to the right; on a telephone label and
    value stand above the track.

    lines: reference values with their words. key: draws words beside the marks of the first row
    (instead of a legend). at: where the ticks stand, unless round numbers will do. dense: rows
    closer together (not on a telephone).
    """
    sheet = Sheet(figure)
    narrow = sheet.width < 5
    left, right = (0.1, sheet.width - 0.1) if narrow else (2.62, 5.55)
    place = scale(*limits, left, right)
    top = 0.34 if (lines or key) else 0.1
    bottom = sheet.height - 0.5
    for value in ticks(*limits, most=4 if narrow else 5) if at is None else at:
        sheet.line([place(value)] * 2, [top, bottom], RULE, 0.7, zorder=0)
        sheet.write(place(value), bottom + 0.13, tick_words(value), SOFT, SIZE - 1, ha="center")
    sheet.write(
        left if narrow else (left + right) / 2,
        bottom + 0.35,
        axis,
        SOFT,
        SIZE - 1,
        ha="left" if narrow else "center",
    )
    for value, words in lines:
        sheet.line([place(value)] * 2, [top, bottom], SOFT, 0.9, zorder=1, dashes=(3, 2))
        side = "left" if place(value) < (left + right) / 2 else "right"
        sheet.write(
            place(value) + (0.04 if side == "left" else -0.04),
            top - 0.14,
            words,
            SOFT,
            SIZE - 1,
            ha=side,
        )
    y, first = top, True
    for row in rows:
        step = row_height(row, narrow, dense)
        if row.mark is None:
            sheet.write(0, y + step - 0.13, row.label, SOFT, SIZE - 0.5, weight="bold")
            sheet.line([0, sheet.width], [y + step - 0.01] * 2, RULE, 0.7, zorder=1)
            y += step
            continue
        middle = y + step - 0.14 if narrow else y + step / 2
        if narrow:
            label = wrap(row.label, 30, 2)
            across = 0.066 * max(map(len, label.split("\n")))
            # so that no reference line runs through the words
            sheet.box(0, y + 0.03, across, step - 0.27, WHITE, zorder=2)
            if row.value:
                wide = 0.066 * len(row.value)
                sheet.box(sheet.width - wide, y + 0.03, wide, step - 0.27, WHITE, zorder=2)
            sheet.write(0, y + (step - 0.22) / 2 + 0.01, label)
            sheet.write(sheet.width, y + (step - 0.22) / 2 + 0.01, row.value, SOFT, ha="right")
        else:
            sheet.write(0, middle, wrap(row.label, 36, 2))
            sheet.write(sheet.width, middle, row.value, SOFT, ha="right")
        row.mark(sheet, place, middle)
        if first and key is not None:
            key(sheet, place, middle)
            first = False
        y += step


def row_height(row: Row, narrow: bool, dense: bool = False) -> float:
    """Height of a row in inches; a label over two lines needs more."""
    if row.mark is None:
        return 0.32
    folded = "\n" in wrap(row.label, 30 if narrow else 36, 2)
    return (
        (0.64 if folded else 0.48)
        if narrow
        else (0.34 if folded else 0.21)
        if dense
        else (0.4 if folded else 0.31)
    )


def rows_height(rows: list[Row], narrow: bool, head: bool, dense: bool = False) -> float:
    """Height of a whole row chart in inches."""
    return sum(row_height(row, narrow, dense) for row in rows) + (0.34 if head else 0.1) + 0.5

"""One look for every figure: the palette, the type, and the sheet that all of them are drawn on.

Figures are matplotlib `Figure` objects made outside pyplot and styled inside `styled()`, so that
importing or drawing changes no global state and the same numbers give the same bytes.
"""

import json
import os
import textwrap
from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, Transform

from cxlab.show.page.parts import COLOURS

# Our own look, and the names by which figures ask for a colour, which a brand gives another. Blue
# against vermilion stay apart in every common kind of colour blindness (Okabe & Ito 2008), and in
# grey.
INK = "#1d2733"
SOFT = "#5b6672"
RULE = "#d9dee4"
BLUE = "#0b5a8e"
LIGHT_BLUE = "#6a9aba"
PALE_BLUE = "#e7eef4"
VERMILION = "#c2560c"
PALE_VERMILION = "#faf1ec"
GREY = "#8b949d"
WHITE = "#ffffff"
SURFACE = ["#f3f7f9", "#d2e1ea", "#adc8d9", "#88aec8", "#6a9aba"]
ROLES = {
    INK: "ink",
    SOFT: "soft",
    GREY: "grey",
    BLUE: "main",
    LIGHT_BLUE: "light",
    PALE_BLUE: "pale",
    VERMILION: "accent",
    PALE_VERMILION: "pale_accent",
}

SIZE = 9.0  # points
WIDE, NARROW = 7.2, 3.6  # inches
LETTER = 0.066  # inches, the usual width of a letter of this size

_LOOK = Path(__file__).with_name("cxlab.mplstyle")
styled = partial(
    matplotlib.rc_context,
    matplotlib.rc_params_from_file(_LOOK, fail_on_error=True, use_default_template=False),
)


@cache
def _read(told: str) -> Mapping[str, Any]:
    return json.loads(told)


def in_brand(colour: str) -> str:
    """A colour as the brand of the report that is being made has it."""
    told = _read(os.environ.get(COLOURS, "{}"))
    return told.get(ROLES.get(colour, ""), colour)


def surface_shades() -> LinearSegmentedColormap:
    """The shades of a surface, from low to high."""
    told = _read(os.environ.get(COLOURS, "{}"))
    return LinearSegmentedColormap.from_list("cxlab", told.get("surface", SURFACE))


class Sheet:
    """What a picture is drawn on: a whole figure, or axes in somebody else's figure. Coordinates
    are inches from the top left corner.
    """

    def __init__(self, host: Figure | Axes) -> None:
        self.host = host
        on_axes = isinstance(host, Axes)
        size = host.bbox.size / host.figure.dpi if on_axes else host.get_size_inches()
        # Axes with a scale of their own on a part of the sheet: left, bottom, width and height as
        # shares of it.
        self.inset = host.inset_axes if on_axes else host.add_axes
        self.narrow = size[0] < 5
        # In a smaller place all is laid out as in one of the usual width, and shrunk.
        self.width = max(size[0], NARROW if self.narrow else WIDE)
        self.shrunk = size[0] / self.width
        self.height = size[1] / self.shrunk

    def fit(self, height: float) -> None:
        """Lay out over so many inches, which then fill the sheet, whatever its height."""
        self.shrunk *= min(1.0, self.height / height)
        self.height = height

    def shrink(self) -> None:
        """Make all type as much smaller as the sheet is."""
        if self.shrunk < 1:
            for text in self.host.findobj(Text):
                text.set_fontsize(text.get_fontsize() * self.shrunk)

    @cached_property
    def whole(self) -> Transform:
        """Shares of the sheet, from its bottom left corner."""
        host = self.host
        return host.transAxes if isinstance(host, Axes) else host.transSubfigure

    @cached_property
    def inches(self) -> Transform:
        """Inches from the top left corner."""
        return Affine2D().scale(1 / self.width, -1 / self.height).translate(0, 1) + self.whole

    def _put(self, artist: Artist) -> None:
        """Add a mark. The sheet's scale is fixed: no limits are searched for, as plot() does, and
        nothing is cut off.
        """
        artist.set_transform(self.inches)
        self.host.add_artist(artist)
        artist.set_clip_on(False)

    def caption(self, x: float, y: float, words: str, **more) -> None:
        """Words beside an inset, in inches from the bottom left corner."""
        x, y = x / self.width, y / self.height
        self.host.text(x, y, words, fontsize=SIZE, transform=self.whole, **more)

    def write(self, x, y, words, colour=INK, size=SIZE, **more) -> None:
        more |= {"color": in_brand(colour), "fontsize": size, "va": "center", "linespacing": 1.15}
        self.host.text(x, y, str(words), transform=self.inches, **more)

    def small(self, x, y, words, ha="left", **more) -> None:
        """Words of the second rank: ticks, names of axes, n."""
        self.write(x, y, words, SOFT, SIZE - 1, ha=ha, **more)

    def head(self, x, words, colour, ha="left", y=0.13) -> None:
        """Words above the marks that they name, in place of a legend."""
        self.write(x, y, words, colour, ha=ha, weight="bold")

    def on_dot(self, x, y, words, size) -> None:
        """A number within a dot."""
        self.write(x, y, words, WHITE, size, ha="center", zorder=6, weight="bold")

    def line(self, xs, ys, colour=RULE, width=0.8, **more) -> None:
        """A line through points; one number for xs or ys stands for all points."""
        look = {"color": in_brand(colour), "linewidth": width, "solid_capstyle": "butt"}
        self._put(Line2D(*np.broadcast_arrays(xs, ys), **look, **more))

    def dot(self, x, y, colour=BLUE, size=6.5, hollow=False, zorder=4, shape="o") -> None:
        colour = in_brand(colour)
        self._put(
            Line2D(
                [x],
                [y],
                marker=shape,
                markersize=size,
                markerfacecolor=WHITE if hollow else colour,
                markeredgecolor=colour,
                markeredgewidth=1.5 if hollow else 0.8,
                linestyle="none",
                zorder=zorder,
            )
        )

    def box(self, x, y, width, height, colour, **more) -> None:
        colour = in_brand(colour)
        self._put(Rectangle((x, y), width, height, facecolor=colour, edgecolor="none", **more))

    def ribbon(self, xs, tops, width, colour, **more) -> None:
        """A band so wide that flows from one height to another."""
        (x, end), (top, last), middle = xs, tops, sum(xs) / 2
        edge = [(x, top), (middle, top), (middle, last), (end, last)]
        back = [(one, y + width) for one, y in reversed(edge)]
        codes = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3]
        look = {"facecolor": in_brand(colour), "edgecolor": "none"}
        self._put(PathPatch(Outline([*edge, *back], codes), **look, **more))

    def span(self, xs, ys, colour=BLUE, width=4.5, alpha=0.55, zorder=3) -> None:
        """An interval as a plain bar without whiskers; nothing where it has no ends."""
        if pd.notna(np.hstack([xs, ys])).all():
            self.line(xs, ys, colour, width, zorder=zorder, alpha=alpha)


def scale(low: float, high: float, left: float, right: float) -> Callable[[Any], Any]:
    """The place in inches of a number or of several, for a track from `left` to `right`."""
    spread = (high - low) or 1.0
    return lambda value: left + (right - left) * (np.asarray(value) - low) / spread


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers within low…high."""
    values = MaxNLocator(nbins=most, steps=[1, 2, 5, 10]).tick_values(low, high)
    slack = 1e-9 * max(1.0, abs(high - low))
    return [float(value) for value in values if low - slack <= value <= high + slack]


def wrap(words: str, width: int, lines: int = 3) -> str:
    """Words over at most `lines` lines of `width` characters; what does not fit ends in an
    ellipsis.
    """
    folded = textwrap.fill(str(words), width, max_lines=lines, placeholder=" …") or " "
    # A first word that is longer than the line would be left out whole.
    return folded if folded.strip() != "…" else f"{str(words).strip()[: width - 1]}…"

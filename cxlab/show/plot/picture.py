"""A figure with the words that belong to it.

It is drawn twice, for a page and for a telephone: same type, other layout. It remembers the call
that made it, and is pickled as that call and what was drawn since.
"""

import base64
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial, wraps
from pathlib import Path
from typing import Any, Self

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.textpath import text_to_path

from cxlab.show.page import parts
from cxlab.show.page.html import MARKUP
from cxlab.show.page.parts import of_table
from cxlab.show.plot.style import LETTER, NARROW, SIZE, SOFT, WIDE, Sheet, styled, wrap
from cxlab.show.words.catalogue import PICTURES
from cxlab.show.words.wording import LEVEL, Wording, Words

# No file of a picture names its date or its program.
_METADATA = {
    "svg": dict.fromkeys(["Date", "Creator", "Format", "Type"]),
    "png": {"Software": None},
    "pdf": dict.fromkeys(["CreationDate", "Producer", "Creator"]),
}
_PAGE_FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'Noto Sans', sans-serif"
# matplotlib's SVG, said more shortly: pattern and what stands in its place.
_PLAINLY = (
    (r"<defs>\s*<style.*?</style>\s*</defs>\s*", ""),
    ("<svg ", f'<svg stroke-linejoin="round" stroke-linecap="butt" font-family="{_PAGE_FONT}" '),
    (r"font-family: 'DejaVu Sans'; ", ""),
    (r' transform="rotate\(-?0 [^)]*\)"', ""),
    (r'style="([^"]+)"', lambda look: re.sub(r"([\w-]+): ([^;]+)(?:; |$)", r'\1="\2" ', look[1])),
)


class _Renderer(RendererSVG):
    """As matplotlib's, but words that several pictures share are measured once: more than half are
    in the wide and the narrow one, and to measure takes a quarter of the time of drawing.
    """

    _measured = staticmethod(lru_cache(4096)(text_to_path.get_text_width_height_descent))

    def get_text_width_height_descent(self, *words: Any) -> tuple[float, float, float]:
        return self._measured(*words)


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A figure with its words. Jupyter and the page show it at the width there is.

    Attributes
    ----------
    title, note, alt : str
        Above it, below it, and in its place for a reader who cannot see it.
    message : str
        What it says, as one sentence (the title of a slide).
    data : dict, optional
        The result that was drawn, as `parts.of_table` gives it.
    chart : dict, optional
        The same as a chart that slides draw anew (`cxlab.show.plot.chart`).
    panels : tuple of Picture
        The same in pieces of a slide's shape, where it is as high as a page.
    figure, narrow : matplotlib.figure.Figure
        The figure, 7.2 inches wide unless resized, and the same for a telephone. Each is drawn
        once: what is changed in it is shown and saved.
    """

    draw: Callable[[Sheet], None]
    title: str
    alt: str
    note: str
    height: float
    narrow_height: float
    message: str = ""
    data: dict[str, Any] | None = None
    width: float = WIDE
    in_axes: bool = False
    call: Callable[[], "Picture"] | None = None
    panels: tuple["Picture", ...] = ()
    chart: dict[str, Any] | None = None

    @cached_property
    def figure(self) -> Figure:
        return self._drawn(self.width, self.height)

    @cached_property
    def narrow(self) -> Figure:
        return self._drawn(NARROW, self.narrow_height)

    def _drawn(self, width: float, height: float) -> Figure:
        with styled():
            figure = Figure(figsize=(width, height))
            self._draw_on(figure)
        return figure

    def _draw_on(self, host: Figure | Axes) -> None:
        sheet = Sheet(host)
        self.draw(sheet)
        sheet.shrink()

    def titled(self, title: str) -> Self:
        """The same picture under another title."""
        return replace(self, title=title, data=self.data and self.data | {"title": title})

    def resized(self, figsize: tuple[float, float]) -> Self:
        """The same picture drawn anew, so many inches wide and high."""
        width, height = figsize
        return replace(self, width=width, height=height, in_axes=False)

    def into(self, axes: Axes) -> Self:
        """The same picture drawn into axes, which it fills, its title above and its note below
        where there is room. Its `.figure` is the one of the axes, which shows itself.
        """
        placed, figure = replace(self, in_axes=True), axes.get_figure(root=True)
        vars(placed)["figure"] = figure
        with styled():
            axes.axis("off")
            self._draw_on(axes)
            others = [one.get_window_extent() for one in figure.axes if one is not axes]
            width = axes.bbox.width / figure.dpi
            for words, letter, y, va, more in (
                (self.title, 1.25 * LETTER, 1.02, "bottom", {"weight": "bold"}),
                (self.note, LETTER, -0.02, "top", {"color": SOFT, "fontsize": SIZE - 1}),
            ):
                place = {"va": va, "transform": axes.transAxes}
                text = axes.text(0, y, wrap(words, int(width / letter)), **place, **more)
                box = text.get_window_extent()
                inside = figure.bbox.containsy(box.y0) and figure.bbox.containsy(box.y1)
                if box.count_overlaps(others) or not inside:
                    text.remove()
        return placed

    def _written(self, form: str, narrow: bool = False, dpi: float | str = "figure") -> bytes:
        buffer, figure = io.BytesIO(), self.narrow if narrow else self.figure
        with styled():
            figure.savefig(buffer, format=form, dpi=dpi, metadata=_METADATA.get(form))
        return buffer.getvalue()

    def _own_svg(self, narrow: bool) -> str:
        """What matplotlib writes of a figure of our own."""
        buffer, figure = io.StringIO(), self.narrow if narrow else self.figure
        dpi = figure.dpi
        with styled():
            figure.set_dpi(72)  # SVG's own
            size = figure.bbox.size
            renderer = _Renderer(*size, buffer, image_dpi=dpi, metadata=_METADATA["svg"])
            figure.draw(renderer)
            renderer.finalize()
            figure.set_dpi(dpi)
        return buffer.getvalue()

    def svg(self, narrow: bool = False) -> str:
        """The picture as SVG text, the same bytes for the same numbers. Coordinates have two
        decimals. What all marks share is said once, and a mark's look by attributes: half the size,
        and nothing to be parsed as CSS.
        """
        written = self._written("svg", narrow).decode() if self.in_axes else self._own_svg(narrow)
        # What is written between tags stays: n = 2.746 in Portuguese.
        drawn = re.sub(r"(>[^<]*<)|(?<=\d\.\d\d)\d+", r"\1", written)
        for said, meant in _PLAINLY:
            drawn = re.sub(said, meant, drawn)
        return drawn

    def save(self, path: str | Path, narrow: bool = False, dpi: int = 200) -> Path:
        """Write the picture as .svg, .png or .pdf by the suffix. Raises ValueError (matplotlib) for
        a suffix it does not know.
        """
        path = Path(path)
        form = path.suffix.removeprefix(".")
        svg = form == "svg"
        path.write_bytes(self.svg(narrow).encode() if svg else self._written(form, narrow, dpi))
        return path

    def png(self) -> bytes:
        """The picture in pixels."""
        return self._written("png", dpi=200)

    def html(self) -> str:
        """The picture for a page: wide, narrow below 600 px, title above, note below, its message
        in words for who cannot see it.
        """
        drawn = (base64.b64encode(self.svg(narrow).encode()).decode() for narrow in (False, True))
        return str(MARKUP.figure(self, *drawn))

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"draw": None, "panels": ()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        again = state["call"]()
        vars(self).update(state, draw=again.draw, panels=again.panels)

    def __repr__(self) -> str:
        return f"Picture({self.title!r})"

    def _repr_html_(self) -> str | None:
        return None if self.in_axes else f'<div class="cx">{self.html()}</div>'

    def _repr_mimebundle_(self, **_choice: object) -> dict[str, list]:
        return {} if self.in_axes else parts.told([parts.of_picture(self)])


def drawn(plot: Callable[..., Picture | None]) -> Callable[..., Picture | None]:
    """Make a plot function give pictures that remember its call, or None where there is nothing to
    see.
    """

    @wraps(plot)
    def draw(*args: Any, **options: Any) -> Picture:
        picture = plot(*args, **options)
        return picture and replace(picture, call=partial(draw, *args, **options))

    return draw


def nothing(_: Wording, row: Mapping) -> Words:
    """Why a row has no figure: few answered (its n is blank too), or another group could be
    computed.
    """
    return _("too few") if pd.isna(row.get("n")) else _("hidden")


def note_of(_: Wording, frame: pd.DataFrame, *sentences: str) -> str:
    """Sentences, blank ones left out, and the n of the frame, if any: one number, or its range."""
    n = ""
    if "n" in frame:
        known = frame.loc[frame["n"] > 0, "n"]
        low, high = known.min(), known.max()
        same = low == high or known.empty
        n = (_("n = {n}", n=low) if same else _("n = {low} to {high}", low=low, high=high)) + "."
    return " ".join(filter(None, (*sentences, n)))


def words_of(_: Wording, name: str, frame: pd.DataFrame, **places: Any) -> dict[str, Any]:
    """The words of a picture of a result, as pictures.yml names them."""
    places["level"] = LEVEL
    of = "outcome" if "outcome" in frame else "touchpoint"
    places["outcome"] = frame[of].iloc[0] if of in frame else ""
    return {
        key: _(words, **places) if isinstance(words, str) else [_(one, **places) for one in words]
        for key, words in PICTURES[name].items()
    }


def picture_of(
    _: Wording,
    name: str,
    frame: pd.DataFrame,
    draw: Callable[[Sheet], None],
    said: Sequence[str],
    *heights: float,
    notes: Sequence[str] = (),
    n_of: pd.DataFrame | None = None,
    chart: dict[str, Any] | None = None,
    **words: Any,
) -> Picture:
    """A result drawn, with the picture's words. The first sentence said is its message, all of them
    its alternative text. heights: in inches, wide and narrow. notes: sentences below its own,
    before the n (that of `n_of`, where not all is drawn). chart: of the picture. words: a title in
    place of its own, or what fills the places.
    """
    own = words_of(_, name, frame, **words) | words
    note = note_of(_, frame if n_of is None else n_of, *own["notes"], *notes)
    title, message = own["title"], said[0] if said else ""
    alt, data = " ".join(said), of_table(_, frame, title)
    return Picture(draw, title, alt, note, *heights, message, data, chart=chart)

"""Row charts: labels to the left, marks on one shared track, numbers to the right.

Most results have one row a touchpoint or a group. Their plots say what is marked in a row and what
is written beside it; where things stand on a page and on a telephone is decided here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any

import pandas as pd

from cxlab.show.plot.chart import Mark, chart, of_marks
from cxlab.show.plot.picture import Picture, picture_of, words_of
from cxlab.show.plot.style import (
    BLUE,
    LETTER,
    RULE,
    SIZE,
    SOFT,
    WHITE,
    WIDE,
    Sheet,
    scale,
    ticks,
    wrap,
)
from cxlab.show.words.wording import VALUE, Wording

# Where the track begins and ends, on a sheet of the usual width.
TRACK = 2.62, 5.55
# Height of a row in inches: its label on one line, or on two.
_NARROW, _DENSE, _WIDE, _HEADING = (0.48, 0.64), (0.21, 0.34), (0.31, 0.4), 0.32

Place = Callable[[Any], Any]


@dataclass(frozen=True)
class Row:
    """One row: each mark is called with the sheet, the track's scale and the row's height on the
    sheet. A heading has its label only.
    """

    label: str
    value: str = ""
    marks: Sequence[Mark] = ()
    heading: bool = False

    def folded(self, narrow: bool) -> str:
        """Its label, on two lines at most."""
        return wrap(self.label, 30 if narrow else 36, 2)

    def height(self, narrow: bool, dense: bool) -> float:
        if self.heading:
            return _HEADING
        return (_NARROW if narrow else _DENSE if dense else _WIDE)["\n" in self.folded(narrow)]

    def as_data(self, series: int, times: int) -> dict[str, Any]:
        """The row of a chart with so many series."""
        each = ([one for one in self.marks if one.series == i] for i in range(series))
        points = [of_marks(marks, times) for marks in each]
        named = {"label": self.label, "value": self.value, "heading": self.heading}
        return {**named, "points": points}


def put(
    stroke: Callable,
    at: float | Sequence[float],
    *how: Any,
    down: float = 0.0,
    series: int = 0,
    **more: Any,
) -> Mark:
    """A mark: a stroke of the sheet at these values of the track, so far below the row's middle."""
    return Mark(stroke, at, how, down, series, more)


def estimate(
    row: Mapping,
    columns: tuple[str, str, str] = VALUE,
    colour: str = BLUE,
    hollow: bool = False,
    down: float = 0.0,
    width: float = 4.5,
    size: float = 6.5,
    series: int = 0,
) -> list[Mark]:
    """Marks: an estimate with its interval, by the columns that hold them; none where it is
    missing.
    """
    value, *ends = (row[one] for one in columns)
    if pd.isna(value):
        return []
    return [
        put(Sheet.span, ends, colour, width, down=down, series=series),
        put(Sheet.dot, value, colour, size, hollow, down=down, series=series),
    ]


# One of two estimates in one row, which stand above and below its middle.
paired = partial(estimate, width=3.2, size=5.5)


def spread(frame: pd.DataFrame, columns: Sequence[str], pad: float = 0.06) -> tuple[float, float]:
    """Ends of a track that holds all these columns, with a little room."""
    held = frame[list(columns)]
    low, high = held.min().min(), held.max().max()
    if not (isfinite(low) and isfinite(high)):
        return 0.0, 1.0  # every row is suppressed: an empty track
    room = pad * ((high - low) or 1.0)
    return float(low - room), float(high + room)


def row_picture(
    _: Wording,
    name: str,
    frame: pd.DataFrame,
    rows: Sequence[Row],
    limits: tuple[float, float],
    tick: Callable[[float], str],
    said: Sequence[str],
    *notes: str,
    axis: str = "",
    lines: Sequence[tuple[float, str]] = (),
    key: Callable[[Sheet, Place], None] | None = None,
    at: Sequence[float] | None = None,
    dense: bool = False,
    differences: bool = False,
    kind: str = "dots",
    series: Sequence[str] = (),
    reach: Sequence[str] = (),
    times: int = 1,
    **more: Any,
) -> Picture:
    """A result as a row chart. On a telephone label and number stand above the track.

    name: in pictures.yml; frame: the result drawn; said: the sentences that the figure makes
    visible, the first its message; notes: sentences below it, before its n. tick, axis: how the
    track's numbers are written, and what they are in place of the picture's own words. line: a
    reference value with its words. key: writes words above the marks of the first row, instead of
    a legend. at: where the ticks stand, unless at round numbers. dense: rows closer together (not
    on a telephone). differences: zero lies on the track, as a line. kind: of the chart on
    a slide, "dots" or "bars"; series: the names of the estimates of a row, where there are several;
    reach: of what reaches from them, where that is no interval of theirs;
    times: what the numbers of the axis are multiplied by. more: as in `picture_of`.
    """
    axis = axis or words_of(_, name, frame)["axis"]
    if differences:
        limits = min(limits[0], -1e-9), max(limits[1], 1e-9)
    names = series or (axis,)
    native = chart(
        kind,
        [row.as_data(len(names), times) for row in rows],
        limits,
        tick,
        names=names,
        reach=reach,
        axis=axis,
        lines=lines,
        at=at,
        times=times,
    )
    top = 0.16 + 0.18 * len(lines) if lines else 0.34 if key else 0.1
    high, tall = (
        sum(row.height(narrow, dense) for row in rows) + top + 0.5 for narrow in (False, True)
    )

    def draw(sheet: Sheet) -> None:
        narrow = sheet.narrow
        sheet.fit(tall if narrow else high)
        left, right = (0.1, sheet.width - 0.18) if narrow else TRACK
        if not narrow:  # the numbers at the right need their room
            wide = LETTER * max((len(row.value) for row in rows), default=0)
            right = sheet.width - max(WIDE - right, wide + 0.12)
        place, middle = scale(*limits, left, right), (left + right) / 2
        bottom = sheet.height - 0.5
        wide = LETTER * max(len(tick(end)) for end in limits) + 0.1
        most = max(2, min(4 if narrow else 5, int((right - left) / wide)))
        for value in ticks(*limits, most) if at is None else at:
            sheet.line(place(value), [top, bottom], RULE, 0.7, zorder=0)
            sheet.small(place(value), bottom + 0.13, tick(value), "center")
        x, side = (left, "left") if narrow else (middle, "center")
        sheet.small(x, bottom + 0.35, axis, side)
        if differences:
            sheet.line(place(0), [0.26, bottom], SOFT, 0.9, zorder=1)
        for number, (value, words) in enumerate(lines):
            x, y = place(value), top - 0.14 - 0.18 * number
            sheet.line(x, [y - 0.06 if number else top, bottom], SOFT, 0.9, zorder=1, dashes=(3, 2))
            side, by = ("left", 0.04) if x < middle else ("right", -0.04)
            if len(lines) > 1:  # no other line runs through the words
                wide = LETTER * len(words)
                sheet.box(x + by - wide * (by < 0), y - 0.08, wide, 0.16, WHITE, zorder=2)
            sheet.small(x + by, y, words, side)
        y, legend = top, key
        for row in rows:
            step = row.height(narrow, dense)
            if row.heading:
                sheet.write(0, y + step - 0.13, row.label, SOFT, SIZE - 0.5, weight="bold")
                sheet.line([0, sheet.width], y + step - 0.01, zorder=1, width=0.7)
            else:
                track = _labels(sheet, row, y, step)
                for mark in row.marks:
                    mark(sheet, place, track)
                if legend:
                    legend = legend(sheet, place)
            y += step

    more |= {"notes": notes, "chart": native}
    return picture_of(_, name, frame, draw, said, high, tall, **more)


def _labels(sheet: Sheet, row: Row, y: float, step: float) -> float:
    """Write a row's label and number; gives the height of its marks."""
    label = row.folded(sheet.narrow)
    track = words = y + step / 2
    if sheet.narrow:
        track, words = y + step - 0.14, y + (step - 0.22) / 2 + 0.01
        # White boxes, so that no reference line runs through the words.
        for text, side in ((label, 0), (row.value, 1)):
            if text:
                wide = LETTER * max(map(len, text.split("\n")))
                x = side * (sheet.width - wide)
                sheet.box(x, y + 0.03, wide, step - 0.27, WHITE, zorder=2)
    sheet.write(0, words, label)
    sheet.write(sheet.width, words, row.value, SOFT, ha="right")
    return track

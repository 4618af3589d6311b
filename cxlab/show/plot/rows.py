"""Row charts: labels to the left, marks on one shared track, numbers to the right.

Most results have one row a touchpoint or a group. Their plots say what is marked in a row and what
is written beside it; where things stand on a page and on a telephone is decided here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import pandas as pd

from cxlab.show.plot.style import (
    BLUE,
    RULE,
    SIZE,
    SOFT,
    WHITE,
    Picture,
    Sheet,
    scale,
    ticks,
    wrap,
)
from cxlab.show.plot.wording import FigureWording
from cxlab.show.words.wording import VALUE

# Two estimates in one row, one above and one below its middle.
PAIRED = {"width": 3.2, "size": 5.5}
# Height of a row in inches: its label on one line, or on two.
_NARROW, _DENSE, _WIDE, _HEADING = (0.48, 0.64), (0.21, 0.34), (0.31, 0.4), 0.32

Place = Callable[[float], float]
Mark = Callable[[Sheet, Place, float], None]


@dataclass(frozen=True)
class Row:
    """One row: each mark is called with the sheet, the track's scale and the row's height on the
    sheet. A heading has its label only.
    """

    label: str
    value: str = ""
    marks: Sequence[Mark] = ()
    heading: bool = False


def dot(
    row,
    columns: tuple[str, str, str] = VALUE,
    colour: str = BLUE,
    hollow: bool = False,
    down: float = 0.0,
    width: float = 4.5,
    size: float = 6.5,
) -> Mark:
    """An estimate with its interval, by the columns that hold them; nothing where it is missing."""
    value, low, high = (row[one] for one in columns)

    def mark(sheet: Sheet, place: Place, y: float) -> None:
        if pd.notna(value):
            sheet.span([place(low), place(high)], y + down, colour, width)
            sheet.dot(place(value), y + down, colour, size, hollow)

    return mark


def zero(sheet: Sheet, place: Place) -> None:
    """The line at zero of a track of differences."""
    sheet.line(place(0), [0.26, sheet.height - 0.5], SOFT, 0.9, zorder=1)


def spread(frame: pd.DataFrame, columns: Sequence[str], pad: float = 0.06) -> tuple[float, float]:
    """Ends of a track that holds all these columns, with a little room."""
    held = frame[list(columns)]
    low, high = held.min().min(), held.max().max()
    if not (isfinite(low) and isfinite(high)):
        return 0.0, 1.0  # every row is suppressed: an empty track
    room = pad * ((high - low) or 1.0)
    return float(low - room), float(high + room)


def around_zero(limits: tuple[float, float]) -> tuple[float, float]:
    """The ends of a track moved so far that zero lies within."""
    return min(limits[0], -1e-9), max(limits[1], 1e-9)


def row_picture(
    _: FigureWording,
    frame: pd.DataFrame,
    rows: Sequence[Row],
    limits: tuple[float, float],
    tick: Callable[[float], str],
    axis: str,
    title: str,
    said: Sequence[str],
    notes: Sequence[str],
    line: tuple[float, str] | None = None,
    key: Callable[[Sheet, Place], None] | None = None,
    at: Sequence[float] | None = None,
    dense: bool = False,
    n_of: pd.DataFrame | None = None,
) -> Picture:
    """A result as a row chart. On a telephone label and number stand above the track.

    frame: the result drawn; said: the sentences that the figure makes visible, the first its
    message; notes: sentences below it, before its n (that of `n_of`, where only a part is drawn).
    tick, axis: how the track's numbers are written, and what they are. line: a reference
    value with its words. key: writes words above the marks of the first row, instead of a legend.
    at: where the ticks stand, unless at round numbers. dense: rows closer together (not on a
    telephone).
    """
    top = 0.34 if line or key else 0.1

    def draw(figure) -> None:
        sheet = Sheet(figure)
        left, right = (0.1, sheet.width - 0.1) if sheet.narrow else (2.62, 5.55)
        place, middle = scale(*limits, left, right), (left + right) / 2
        bottom = sheet.height - 0.5
        for value in ticks(*limits, most=4 if sheet.narrow else 5) if at is None else at:
            sheet.line(place(value), [top, bottom], RULE, 0.7, zorder=0)
            sheet.small(place(value), bottom + 0.13, tick(value), "center")
        if sheet.narrow:
            sheet.small(left, bottom + 0.35, axis)
        else:
            sheet.small(middle, bottom + 0.35, axis, "center")
        if line:
            x = place(line[0])
            sheet.line(x, [top, bottom], SOFT, 0.9, zorder=1, dashes=(3, 2))
            side, by = ("left", 0.04) if x < middle else ("right", -0.04)
            sheet.small(x + by, top - 0.14, line[1], side)
        y, legend = top, key
        for row in rows:
            step = _height(row, sheet.narrow, dense)
            if row.heading:
                sheet.write(0, y + step - 0.13, row.label, SOFT, SIZE - 0.5, weight="bold")
                sheet.line([0, sheet.width], y + step - 0.01, zorder=1, width=0.7)
            else:
                track = _labels(sheet, row, y, step)
                for mark in row.marks:
                    mark(sheet, place, track)
                if legend:
                    legend(sheet, place)
                legend = None
            y += step

    def height(narrow: bool) -> float:
        return sum(_height(row, narrow, dense) for row in rows) + top + 0.5

    note = _.note(*notes, frame=frame if n_of is None else n_of)
    data = _.table(frame, title)
    return Picture.of(draw, title, said, note, height(False), height(True), data)


def _height(row: Row, narrow: bool, dense: bool) -> float:
    if row.heading:
        return _HEADING
    folded = "\n" in _label(row, narrow)
    return (_NARROW if narrow else _DENSE if dense else _WIDE)[folded]


def _label(row: Row, narrow: bool) -> str:
    return wrap(row.label, 30 if narrow else 36, 2)


def _labels(sheet: Sheet, row: Row, y: float, step: float) -> float:
    """Write a row's label and number; gives the height of its marks."""
    label = _label(row, sheet.narrow)
    track = words = y + step / 2
    if sheet.narrow:
        track, words = y + step - 0.14, y + (step - 0.22) / 2 + 0.01
        # White boxes, so that no reference line runs through the words.
        wide = 0.066 * max(map(len, label.split("\n")))
        sheet.box(0, y + 0.03, wide, step - 0.27, WHITE, zorder=2)
        if row.value:
            wide = 0.066 * len(row.value)
            sheet.box(sheet.width - wide, y + 0.03, wide, step - 0.27, WHITE, zorder=2)
    sheet.write(0, words, label)
    sheet.write(sheet.width, words, row.value, SOFT, ha="right")
    return track

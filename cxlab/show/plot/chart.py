"""What of a picture a slide draws as a chart of its own, which can be edited there: rows with
points and the ends of their intervals, in the digits that are printed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import ceil, floor
from typing import Any

import pandas as pd

from cxlab.show.plot.style import INK, LIGHT_BLUE, ROLES, Sheet, ticks
from cxlab.show.words.text import MINUS

# Three digits at the end are thousands.
_DECIMALS = re.compile(r"\d[.,](\d{1,2})\D*$")
_PERCENT = re.compile(r"(\s?)%")
SLACK = 1e-6  # of a step: a limit that is nearly on it


@dataclass(frozen=True)
class Mark:
    """A stroke of the sheet at these values of a row's track, so far below the row's middle; of
    several estimates in a row, of which one.
    """

    stroke: Callable
    at: Any
    how: Sequence[Any]
    down: float
    series: int
    more: Mapping[str, Any]

    def __call__(self, sheet: Sheet, place: Callable, y: float) -> None:
        self.stroke(sheet, place(self.at), y + self.down, *self.how, **self.more)

    def look(self) -> Mapping[str, Any]:
        """Colour, shape … by name."""
        bound = signature(self.stroke).bind(None, self.at, 0.0, *self.how, **self.more)
        bound.apply_defaults()
        return bound.arguments


def point(
    at: float,
    ends: Sequence[float] = (),
    colour: str = INK,
    reach: str = "interval",
    hollow: bool = False,
    shape: str = "",
    times: int = 1,
) -> dict[str, Any] | None:
    """A point and the ends of what reaches from it; nothing where it is missing."""
    if pd.isna(at):
        return None
    digits = 2 if times == 1 else 1
    value, *held = (
        None if pd.isna(one) else round(times * float(one), digits) for one in (at, *ends)
    )
    low, high = sorted(held) if held and None not in held else (None, None)
    look = {"colour": ROLES.get(colour, "ink"), "reach": reach, "hollow": hollow, "shape": shape}
    return {"at": value, "low": low, "high": high, **look}


def of_marks(marks: Sequence[Mark], times: int) -> dict[str, Any] | None:
    """The point that one estimate's dot and stroke make; a stroke alone reaches from its start."""
    dot = next((one for one in marks if one.stroke is Sheet.dot), None)
    reach = next((one for one in marks if one.stroke is not Sheet.dot), None)
    if not marks:
        return None
    ends = [] if reach is None else [*reach.at]
    look = (dot or reach).look()
    return point(
        dot.at if dot else ends[0],
        ends,
        look.get("colour", LIGHT_BLUE),
        reach.stroke.__name__ if reach else "",
        bool(look.get("hollow")),
        look["shape"] if dot else "",
        times,
    )


def chart(
    kind: str,
    rows: Sequence[Mapping[str, Any]],
    limits: tuple[float, float],
    tick: Callable[[float], str],
    *,
    names: Sequence[str] = (),
    reach: Sequence[str] = (),
    axis: str = "",
    lines: Sequence[tuple[float, str]] = (),
    at: Sequence[float] | None = None,
    times: int = 1,
) -> dict[str, Any]:
    """A chart as data: `kind` dots, bars, lines or columns; `rows` with label, value (as printed),
    points (one a series) and whether they are headings; names of the series, and of what reaches
    from their points where that is no interval of theirs; `lines` of reference. Its axis begins and
    ends on a round number.
    """
    places = [float(one) for one in (ticks(*limits) if at is None else at)]
    step = places[1] - places[0] if len(places) > 1 else limits[1] - limits[0]
    low = floor(limits[0] / step + SLACK) * step if at is None else min(limits[0], places[0])
    high = ceil(limits[1] / step - SLACK) * step if at is None else max(limits[1], places[-1])
    written = [str(tick(one)) for one in places]
    decimals = max((len(found[1]) for found in map(_DECIMALS.search, written) if found), default=0)
    sign = next((f'"{found[1]}"%' for found in map(_PERCENT.search, written) if found), "")
    body = "#,##0" + "." * (decimals > 0) + "0" * decimals + sign.removeprefix('""')
    plus = "+" * any(one.startswith("+") for one in written)
    return {
        "kind": kind,
        "names": [str(one) for one in names],
        "reach": [str(one) for one in reach or [""] * len(names)],
        "rows": [*rows],
        "limits": [round(times * one, 4) for one in (low, high)],
        "step": round(times * step, 4),
        "format": f'{plus}{body};"{MINUS}"{body};{body}',
        "axis": str(axis),
        "lines": [[round(times * float(one), 2), str(words)] for one, words in lines],
    }

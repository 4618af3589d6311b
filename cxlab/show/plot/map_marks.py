"""How a contact is drawn wherever a rating of it stands: what was expected, lived and felt, who met
it, what it is to the journey; and the legend of these marks.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from math import sqrt
from typing import Any

import pandas as pd

from cxlab.show.plot.journey import SHAPES
from cxlab.show.plot.picture import nothing
from cxlab.show.plot.style import BLUE, INK, LETTER, SOFT, VERMILION, Sheet
from cxlab.show.words.wording import Wording

# Points of the mark of a touchpoint that all met, and the least share that is drawn.
LARGEST, SMALLEST = 8.5, 0.08
SHAPE_OF = {"direct": "o", "indirect": "s"}
Mark = Callable[[Sheet, float, float], None]
# What a touchpoint is marked with, by shape, so that it is seen without colour.
SIGNS: dict[str, Mark] = {
    moment: partial(Sheet.dot, colour=colour, size=7, hollow=moment == "open", shape=shape)
    for moment, (shape, colour) in SHAPES.items()
    if moment
} | {"drop": partial(Sheet.dot, colour=INK, size=6.5, shape="X")}
# The place of a rating of one touchpoint; it may be moved beside it.
Place = Callable[..., tuple[Any, Any]]
# A row of a legend: where each mark stands, and its words.
Legend = list[list[tuple[float, Mark, str]]]


def in_percent(frame: pd.DataFrame) -> pd.DataFrame:
    """Ratings on different scales as per cent of the way from the least to the most."""
    low, high = frame["scale"].str.split("–", expand=True).astype(float).to_numpy().T
    ends = ["conf_low", "conf_high"]
    for role in ("experience", "expectation", "emotion"):
        ends += [role, f"{role}_low", f"{role}_high"]
    held = frame[frame.columns.intersection(ends)]
    moved = held.sub(low, axis=0).div(high - low, axis=0) * 100
    return frame.assign(**moved)


def upright(x: float, rated: Callable, value: Any, beside: tuple = (0, 0)) -> tuple[Any, Any]:
    """Ratings that rise on the sheet, at a touchpoint that stands at x."""
    y = rated(value) + beside[1]
    return x + beside[0] + 0 * y, y


def lying(y: float, rated: Callable, value: Any, beside: tuple = (0, 0)) -> tuple[Any, Any]:
    """Ratings that run to the right."""
    x = rated(value) + beside[0]
    return x, y + beside[1] + 0 * x


def sign_of(row: Mapping) -> str:
    """What it is to the journey: a moment of truth, or a candidate to drop; "" where nothing."""
    return "drop" if row.get("droppable") == 1 else row.get("moment") or ""


def draw_sign(sheet: Sheet, x: float, y: float, row: Mapping) -> bool:
    """What a touchpoint is to the journey, if anything; whether it is."""
    if sign := sign_of(row):
        SIGNS[sign](sheet, x, y)
    return bool(sign)


def draw_contact(
    sheet: Sheet, _: Wording, row: Mapping, place: Place, beside: tuple[float, float], middle: float
) -> None:
    """Expectation and experience with their intervals; why there are none at the track's middle.
    The expectation stands beside the experience, so that neither hides the other.
    """
    if pd.isna(row["experience"]):
        sheet.small(*place(middle), nothing(_, row), "center")
        return
    if pd.notna(row.get("expectation")):
        ends = place([row["expectation_low"], row["expectation_high"]], beside)
        sheet.span(*ends, VERMILION, 3)
        sheet.dot(*place(row["expectation"], beside), VERMILION, 5, hollow=True)
    sheet.span(*place([row["conf_low"], row["conf_high"]]), BLUE, 4)
    # The area of the mark is the share who met the touchpoint.
    used = row.get("used", 1.0)
    size = LARGEST * sqrt(max(SMALLEST, used if pd.notna(used) else 1.0))
    sheet.dot(*place(row["experience"]), BLUE, size, shape=SHAPE_OF[row["contact"]])


def draw_emotion(sheet: Sheet, rows: list[dict], places: list[Place]) -> None:
    """The emotion from one touchpoint to the next, broken where it is not told."""
    points = [
        place(row["emotion"]) if pd.notna(row.get("emotion")) else None
        for row, place in zip(rows, places, strict=True)
    ]
    for one, other in pairwise(points):
        if one and other:
            sheet.line(*zip(one, other, strict=True), SOFT, 1.2, dashes=(3, 2), zorder=2)
    for one in filter(None, points):
        sheet.dot(*one, SOFT, 3)


def legend(frame: pd.DataFrame, words: Mapping[str, str], width: float) -> Legend:
    """What the marks of a frame mean, as many side by side as there is room for."""
    rows, x = [[]], 0.0
    for mark, name in _meanings(frame, words):
        wide = 0.42 + LETTER * len(name)
        if rows[-1] and x + wide > width:
            rows, x = [*rows, []], 0.0
        rows[-1].append((x, mark, name))
        x += wide
    return rows


def _meanings(frame: pd.DataFrame, words: Mapping[str, str]) -> Iterator[tuple[Mark, str]]:
    contacts = sorted({*frame["contact"]})
    for contact in contacts:
        name = words["experience"] if len(contacts) == 1 else words[contact]
        yield partial(Sheet.dot, colour=BLUE, shape=SHAPE_OF[contact]), name
    if "expectation" in frame and frame["expectation"].notna().any():
        yield partial(Sheet.dot, colour=VERMILION, size=5, hollow=True), words["expectation"]
    if "emotion" in frame and frame["emotion"].notna().any():
        yield partial(Sheet.dot, colour=SOFT, size=3), words["emotion"]
    there = {sign_of(row) for row in frame.to_dict("records")}
    for name, sign in SIGNS.items():
        if name in there:
            yield sign, words[name]

"""Figures along the journey: the experience of every touchpoint, and its gap from expectation."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.plot.rows import Place, Row, dot, row_picture, spread
from cxlab.show.plot.style import BLUE, GREY, VERMILION, Picture, Sheet
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import experience
from cxlab.show.words import text, wording

# Touchpoints up to which the dumbbell of a whole journey keeps its stage headings.
WITH_HEADINGS = 15


def journey_rows(
    frame: pd.DataFrame,
    _: FigureWording,
    column: str,
    make: Callable[[Mapping], tuple],
    headings: bool = True,
) -> list[Row]:
    """Rows in journey order, with a heading where a new stage begins.

    make: gives the number and the marks of a row; a row without a value in `column` is one of too
    few answers.
    """
    rows, stage = [], None
    headings = headings and "stage" in frame and frame["stage"].nunique() > 1
    for row in frame.to_dict("records"):
        if headings and isinstance(row["stage"], str) and row["stage"] not in ("", stage):
            rows.append(Row(text.name_of(row["stage"], _.stages, _.language), heading=True))
        stage = row.get("stage")
        blank = pd.isna(row[column])
        rows.append(Row(_.name(row["touchpoint"]), *((_("too few"),) if blank else make(row))))
    return rows


@refusable
@figure
def plot_experience(_: FigureWording, frame: pd.DataFrame) -> Picture:
    """Mean experience of each touchpoint with its interval, in journey order.

    frame: `experience_scores(study)`; stages: the study's stage labels.
    """
    columns, digits = ("experience", "conf_low", "conf_high"), wording.digits_of(frame)

    def make(row: Mapping) -> tuple:
        return _.ranged(row, columns, text.number, digits), [dot(row, columns)]

    return row_picture(
        _,
        frame,
        journey_rows(frame, _, "experience", make),
        spread(frame, ["conf_low", "conf_high"]),
        _.number,
        _("Experience, scale points"),
        _("Experience at each touchpoint"),
        experience.say_experience(frame, **_.arguments),
        [_.bars],
    )


@refusable
@figure
def plot_gaps(_: FigureWording, frame: pd.DataFrame) -> Picture:
    """Expectation and experience of each touchpoint in journey order, joined by the gap, which is
    written beside it with its interval.

    frame: `gap_scores(study)`. The bar under the experience is the interval of the gap, seen from
    the expectation. Stages have their headings while there are at most 15 touchpoints; with more,
    rows stand closer and without headings, so that the figure and what it means fit one page in
    type that can be read.
    """
    digits = wording.digits_of(frame)
    drawn = with_ends(frame.dropna(subset=["estimate"]), "expectation", "conf_low", "conf_high")

    def make(row: Mapping) -> tuple:
        return _.ranged(row, digits=digits), [partial(_gap, row)]

    def key(sheet: Sheet, place: Place) -> None:
        if drawn.empty:
            return
        want, met = (place(drawn[one].iloc[0]) for one in ("expectation", "experience"))
        if abs(want - met) < 0.9:
            # Too close for both words to stand over their dots: they are pushed apart.
            middle, apart = (want + met) / 2, 0.48 if want >= met else -0.48
            want, met = middle + apart, middle - apart
        for x, name, colour in ((want, _("Expectation"), VERMILION), (met, _("Experience"), BLUE)):
            x = min(max(x, 0.42 if sheet.narrow else 0), sheet.width - 0.42)
            sheet.write(x, 0.13, name, colour, ha="center", weight="bold")

    note = _(
        "Numbers at the right: the gap, experience minus expectation, with its {level} confidence"
        " interval (blue bar).",
        level=_.level_percent,
    )
    dense = len(frame) > WITH_HEADINGS
    return row_picture(
        _,
        frame,
        journey_rows(frame, _, "estimate", make, headings=not dense),
        spread(drawn, ["low", "high", "expectation", "experience"]),
        _.number,
        _("Mean rating, scale points"),
        _("Expectation and experience at each touchpoint"),
        experience.say_gaps(frame, conf_level=_.conf_level, **_.arguments),
        [note],
        key=key,
        dense=dense,
    )


def with_ends(frame: pd.DataFrame, start: str, low: str, high: str) -> pd.DataFrame:
    """The ends of a difference's interval as places on the scale, seen from the rating `start`."""
    return frame.assign(low=frame[start] + frame[low], high=frame[start] + frame[high])


def _gap(row: Mapping, sheet: Sheet, place: Place, y: float) -> None:
    want, met = place(row["expectation"]), place(row["experience"])
    sheet.line([want, met], y, GREY, 1.2, zorder=2)
    sheet.span([place(row["expectation"] + row[end]) for end in ("conf_low", "conf_high")], y)
    sheet.dot(want, y, VERMILION, hollow=True)
    sheet.dot(met, y)

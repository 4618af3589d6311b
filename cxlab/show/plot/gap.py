"""Figures along the journey, of the experience, its gap from expectation and the zone of tolerance;
and of the gap models: the forms compared, penalties and rewards.
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from cxlab.show.plot.chart import Mark
from cxlab.show.plot.picture import Picture, drawn, nothing
from cxlab.show.plot.rows import Place, Row, estimate, paired, put, row_picture, spread
from cxlab.show.plot.style import BLUE, GREY, LIGHT_BLUE, SOFT, VERMILION, Sheet
from cxlab.show.say.gap_models import say_gap_forms
from cxlab.show.say.touchpoints import say_experience, say_gaps, say_penalty_reward, say_tolerance
from cxlab.show.words.wording import (
    VALUE,
    Wording,
    digits_for,
    digits_of,
    number,
    on_scale_of,
    percent,
    signed,
)

# Touchpoints up to which the dumbbell of a whole journey keeps its stage headings.
WITH_HEADINGS = 15


def journey_rows(
    _: Wording,
    frame: pd.DataFrame,
    column: str,
    make: Callable[[Mapping], tuple[str, list[Mark]]],
    headings: bool = True,
) -> list[Row]:
    """Rows in journey order, with a heading where a new stage begins.

    make: gives the number and the marks of a row; a row without a value in `column` is one of too
    few answers.
    """
    rows, stage = [], None
    headings = headings and frame["stage"].nunique() > 1
    for row in frame.to_dict("records"):
        if headings and isinstance(row["stage"], str) and row["stage"] not in ("", stage):
            rows.append(Row(_.stage(row["stage"]), heading=True))
        stage = row["stage"]
        shown = (nothing(_, row),) if pd.isna(row[column]) else make(row)
        rows.append(Row(_.name(row["touchpoint"]), *shown))
    return rows


@drawn
def plot_experience(_: Wording, frame: pd.DataFrame) -> Picture:
    """Mean experience of each touchpoint with its interval, in journey order.

    frame: `experience_scores(study)`.
    """
    columns, digits = ("experience", "conf_low", "conf_high"), digits_of(frame)

    def make(row: Mapping) -> tuple[str, list[Mark]]:
        return _.ranged(row, columns, number, digits), estimate(row, columns)

    rows = journey_rows(_, frame, "experience", make)
    limits = spread(frame, columns[1:])
    return row_picture(_, "experience", frame, rows, limits, _.number, _.say(say_experience(frame)))


@drawn
def plot_gaps(_: Wording, frame: pd.DataFrame) -> Picture:
    """Expectation and experience of each touchpoint in journey order, joined by the gap, which is
    written beside it with its interval.

    frame: `gap_scores(study)`. The bar under the experience is the interval of the gap, seen from
    the expectation. Stages have their headings while there are at most 15 touchpoints; with more,
    rows stand closer and without headings, so that the figure and what it means fit one page in
    type that can be read.
    """
    digits, dense = digits_of(frame), len(frame) > WITH_HEADINGS
    placed = with_ends(frame, "expectation", *VALUE[1:])
    known = placed.dropna(subset=["estimate"])

    def make(row: Mapping) -> tuple[str, list[Mark]]:
        want, met = row["expectation"], row["experience"]
        return _.ranged(row, VALUE, signed, digits), [
            put(Sheet.line, [want, met], GREY, 1.2, zorder=2),
            put(Sheet.span, [row["low"], row["high"]], series=1),
            put(Sheet.dot, want, VERMILION, hollow=True),
            put(Sheet.dot, met, series=1),
        ]

    def key(sheet: Sheet, place: Place) -> None:
        for ends in known[["expectation", "experience"]].head(1).to_numpy():
            want, met = place(ends)
            if abs(want - met) < 0.9:
                # Too close for both words to stand over their dots: they are pushed apart.
                middle, apart = (want + met) / 2, 0.48 if want >= met else -0.48
                want, met = middle + apart, middle - apart
            least = 0.42 if sheet.narrow else 0
            for x, name, colour in (
                (want, _("Expectation"), VERMILION),
                (met, _("Experience"), BLUE),
            ):
                sheet.head(min(max(x, least), sheet.width - 0.42), name, colour, "center")

    return row_picture(
        _,
        "gaps",
        frame,
        journey_rows(_, placed, "estimate", make, headings=not dense),
        spread(known, ["low", "high", "expectation", "experience"]),
        _.number,
        _.say(say_gaps(frame)),
        key=key,
        dense=dense,
        series=(_("Expectation"), _("Experience")),
        reach=("", _("Expectation plus the interval of the gap")),
    )


def with_ends(frame: pd.DataFrame, start: str, low: str, high: str) -> pd.DataFrame:
    """The ends of a difference's interval as places on the scale, seen from the rating `start`."""
    return frame.assign(low=frame[start] + frame[low], high=frame[start] + frame[high])


# Forms drawn at most; the plain gap and the chosen form are always among them.
MOST_FORMS = 7
_CLASSES = ("basic", "performance", "excitement", "indifferent")
# Colour of each side of a touchpoint, and how far below the row's middle it stands.
_SIDES = {"penalty": (VERMILION, -0.05), "reward": (BLUE, 0.05)}


@drawn
def plot_gap_forms(_: Wording, frame: pd.DataFrame) -> Picture:
    """How much of the outcome the best forms of gap model explain, in these data (filled) and in
    new data (hollow), best first.

    frame: `compare_gap_forms(study, …)`. The few forms that predict new answers best are drawn, the
    plain gap and the chosen form always; the note says how many were left out. The chosen form is
    in colour.
    """
    order = "r_squared_cv" if frame["r_squared_cv"].notna().any() else "r_squared"
    known = frame[frame["r_squared"].notna() & (frame["form"] != "intercept")].sort_values(
        order, ascending=False, kind="stable"
    )
    must = known["chosen"].astype(bool) | (known["form"] == "difference")
    kept = known[must | ((~must).cumsum() <= MOST_FORMS - must.sum())]

    rows = []
    for row in kept.to_dict("records"):
        name, colour = _.word(row["form"]), SOFT
        if row["chosen"]:
            name, colour = name + "  ✓", BLUE
        explained, predicted = row["r_squared"], row["r_squared_cv"]
        marks = [put(Sheet.line, [0, explained], colour, 1.2, zorder=2)]
        if pd.notna(predicted):
            marks.append(put(Sheet.dot, max(predicted, 0.0), colour, hollow=True, series=1))
        marks.append(put(Sheet.dot, explained, colour))
        rows.append(Row(name, _.percent(explained, 1), marks))
    rest = _(
        "The best {kept} of {total} models, including the plain gap.",
        kept=len(kept),
        total=len(frame),
    )
    return row_picture(
        _,
        "forms",
        frame,
        rows,
        (0.0, float(max(kept["r_squared"].max(), 0.05) * 1.08)),
        _.percent,
        _.say(say_gap_forms(frame)),
        rest if len(kept) < len(frame) - 1 else "",
    )


@drawn
def plot_tolerance(_: Wording, frame: pd.DataFrame) -> Picture:
    """The zone of tolerance of each touchpoint as a band from adequate to desired, the experience
    as a dot, in journey order.

    frame: `tolerance(study)`. The bar under the dot is the interval of experience minus adequate,
    seen from the adequate level; at the right the share of customers inside their own zone. Orange:
    below adequate beyond chance.
    """
    placed = with_ends(frame, "adequate", "msa_low", "msa_high")
    known = placed.dropna(subset=["experience"])

    zone = ["adequate", "expectation"]

    def make(row: Mapping) -> tuple[str, list[Mark]]:
        colour, share = VERMILION if row["msa_high"] < 0 else BLUE, row["inside"]
        inside = _("{share} inside", share=percent(share))
        return _("too few") if pd.isna(share) else inside, [
            put(_band, sorted(row[end] for end in zone)),
            put(Sheet.span, [row["low"], row["high"]], colour, series=1),
            put(Sheet.dot, row["experience"], colour, series=1),
        ]

    def key(sheet: Sheet, place: Place) -> None:
        for ends in known[zone].head(1).to_numpy():
            low, high = sorted(place(ends))
            sheet.head(low, _("adequate"), SOFT)
            sheet.head(high, _("desired"), SOFT, "right")

    return row_picture(
        _,
        "tolerance",
        frame,
        journey_rows(_, placed, "experience", make),
        spread(known, ["low", "high", "adequate", "expectation", "experience"]),
        _.number,
        _.say(say_tolerance(frame)),
        key=key,
        series=(f"{_('adequate')}–{_('desired')}", _("Experience")),
        reach=("", _("Adequate plus the interval of experience minus adequate")),
    )


def _band(sheet: Sheet, ends: Sequence[float], y: float) -> None:
    """A zone with its two ends."""
    low, high = ends
    sheet.box(low, y - 0.075, high - low, 0.15, LIGHT_BLUE, alpha=0.45, zorder=1)
    for end in ends:
        sheet.line(end, [y - 0.075, y + 0.075], SOFT, 1.0, zorder=2)


@drawn
def plot_penalty_reward(_: Wording, frame: pd.DataFrame, *, every: bool = True) -> Picture:
    """What low ratings (left of zero) and high ratings (right) of each touchpoint go with, by
    class, largest first.

    frame: `penalty_reward(study, …)`. At the right the class and in how many new samples the
    touchpoint gets it. every=False leaves out those of class indifferent, while there are others,
    and says how many.
    """
    indifferent = frame["class"] == "indifferent"
    kept = frame if every or indifferent.all() else frame[~indifferent]
    kept = kept.assign(
        order=kept["class"].map(_CLASSES.index), size=kept["reward"].abs() + kept["penalty"].abs()
    ).sort_values(["order", "size"], ascending=[True, False])
    limits = spread(kept, ["penalty_low", "penalty_high", "reward_low", "reward_high"])
    rows, style = [], on_scale_of(frame["outcome"].iloc[0])
    for row in kept.to_dict("records"):
        value, marks = _("too few"), []
        if pd.notna(row["penalty"]):
            value, same = _.word(row["class"]), row.get(f"p_{row['class']}")
            value += "" if pd.isna(same) else f" ({_.percent(same)})"
            for at, (side, (colour, down)) in enumerate(_SIDES.items()):
                columns = side, f"{side}_low", f"{side}_high"
                hollow = row[columns[1]] <= 0 <= row[columns[2]]
                marks += paired(row, columns, colour, hollow, down, series=at)
        rows.append(Row(_.name(row["touchpoint"]), value, marks))

    def key(sheet: Sheet, place: Place) -> None:
        sheet.head(place(0) - 0.1, "← " + _("low rating"), VERMILION, "right")
        sheet.head(place(0) + 0.1, _("high rating") + " →", BLUE)

    left_out = len(frame) - len(kept)
    rest = _(
        "Not drawn: {count} touchpoints with no statistically significant association.",
        count=left_out,
    )
    return row_picture(
        _,
        "penalty_reward",
        frame,
        rows,
        limits,
        lambda x: _.fill(style(x, min(digits_for(*limits), 1))),
        _.say(say_penalty_reward(frame)),
        rest if left_out else "",
        key=key,
        differences=True,
        series=(_("low rating"), _("high rating")),
    )

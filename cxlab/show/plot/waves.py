"""Waves in pictures: how much each touchpoint changed, and what the change of the outcome goes
with.
"""

from math import ceil

import pandas as pd

from cxlab.show.plot.metrics import axis_of
from cxlab.show.plot.picture import Picture, nothing, picture_of, words_of
from cxlab.show.plot.rows import Row, estimate, put, row_picture, spread
from cxlab.show.plot.style import (
    BLUE,
    LETTER,
    LIGHT_BLUE,
    RULE,
    SOFT,
    VERMILION,
    Sheet,
    scale,
    ticks,
)
from cxlab.show.say.waves import (
    ALL,
    difference,
    part_style,
    say_before_after,
    say_control,
    say_mix,
    say_parts,
    say_touchpoint_changes,
)
from cxlab.show.words import text
from cxlab.show.words.wording import (
    VALUE,
    Wording,
    is_clear,
    metric_value,
    sentence,
    side_of,
    signed,
)

# A change that holds is told by its shape, so that it is seen without colour.
SHAPES = {1: ("^", BLUE), -1: ("v", VERMILION), 0: ("o", SOFT)}
KIND = "touchpoint_changes"
# So many rows fit a page.
ON_A_PAGE = 24
SIGNS = {1: "▲ ", -1: "▼ ", 0: ""}


def side(row: dict, clear: bool) -> int:
    """1 or −1 of a change that holds, by its direction; else 0."""
    return (1 if row["estimate"] > 0 else -1) if clear else 0


def change_row(_: Wording, label: str, row: dict, clear: bool, value: str) -> Row:
    """A change with its interval: a triangle where it holds, else a hollow dot."""
    if pd.isna(row["estimate"]):
        said = _.word(row["note"]) if row.get("note") else nothing(_, row)
        return Row(label, said)
    way = side(row, clear)
    shape, colour = SHAPES[way]
    marks = [
        put(Sheet.span, [row["conf_low"], row["conf_high"]], colour),
        put(Sheet.dot, row["estimate"], colour, hollow=not way, shape=shape),
    ]
    return Row(label, SIGNS[way] + value, marks)


def plot_touchpoint_changes(_: Wording, frame: pd.DataFrame) -> Picture:
    """The change of each touchpoint with its interval, in journey order (a step under another);
    those that hold when all are counted by their shape. Of more than a page holds, the touchpoints
    that changed in some step.

    frame: `touchpoint_changes(study)`.
    """
    rows, clear = [], is_clear(frame)
    several = frame["level"].nunique() > 1
    moved = frame["touchpoint"].isin(frame.loc[clear, "touchpoint"])
    some = len(frame) > ON_A_PAGE and moved.any()
    drawn = frame[moved] if some else frame
    rest = frame["touchpoint"].nunique() - drawn["touchpoint"].nunique()
    left_out = (
        _("Not drawn: {count} touchpoints without a statistically significant change.", count=rest)
        if rest
        else ""
    )
    for step, part in drawn.groupby("level", sort=False):
        if several:
            rows.append(Row(text.visible(step), heading=True))
        for at, row in zip(part.index, part.to_dict("records"), strict=True):
            value = _.fill(signed(row["estimate"], 2)) if pd.notna(row["estimate"]) else ""
            rows.append(change_row(_, _.name(row["touchpoint"]), row, clear[at], value))
    title = f"{words_of(_, KIND, frame)['title']}: {_.word(frame['role'].iloc[0])}"
    return row_picture(
        _,
        KIND,
        frame,
        rows,
        spread(drawn, VALUE),
        lambda x: _.fill(signed(x, 2)),
        _.say(say_touchpoint_changes(frame)),
        left_out,
        dense=len(drawn) > ON_A_PAGE,
        differences=True,
        title=title if several else f"{title} ({text.visible(frame['level'].iloc[0])})",
    )


def plot_before_after(_: Wording, frame: pd.DataFrame) -> Picture:
    """The change of each wave where an action was taken less that elsewhere, with its interval.

    frame: `before_after(study, …)`.
    """
    rows, clear = [], is_clear(frame)
    for when, waves in frame.groupby("when", sort=False):
        rows.append(Row(_.word(when), heading=True))
        for i, row in waves.iterrows():
            value = _.fill(difference(row.to_dict()))
            rows.append(Row(text.visible(row["step"]), value, estimate(row, hollow=not clear[i])))
    return row_picture(
        _,
        "before_after",
        frame,
        rows,
        spread(frame, VALUE),
        lambda x: _.fill(signed(x, 1)),
        _.say(say_before_after(frame)),
        differences=True,
    )


def plot_parts(_: Wording, frame: pd.DataFrame, *, reference: str = "") -> Picture:
    """The parts of a change with their intervals: those of the touchpoints' ratings, or of groups'
    shares and answers.

    frame: `decompose_change(…)`, with its reference slopes, or `decompose_mix(…)`.
    """
    style, mixed = part_style(frame), "level" in frame
    said = _.say((say_mix if mixed else say_parts)(frame))
    # Beside the parts of weights, many times as uncertain, those of ratings could not be seen.
    shown = frame[frame["part"].isin(("mix", "within") if mixed else ("experience",))]
    rows = []
    for part, mine in shown.groupby("part", sort=False):
        rows.append(Row(_.word(part), heading=True))
        for row, clear in zip(mine.to_dict("records"), is_clear(mine), strict=True):
            sums = row["level" if mixed else "touchpoint"] in ("all", ALL)
            named = _.level(row) if mixed else _.name(row["touchpoint"])
            label = _.word("all") if mixed and sums else named
            value = "" if pd.isna(row["estimate"]) else _.fill(style(row["estimate"]))
            rows.append(change_row(_, label, row, bool(side_of(row)) if sums else clear, value))
    return row_picture(
        _,
        "parts",
        shown,
        rows,
        spread(shown, VALUE),
        lambda x: _.fill(style(x)),
        said,
        *([_.fill(sentence("reference_slopes", reference))] if reference else []),
        differences=True,
    )


def plot_control(_: Wording, frame: pd.DataFrame, *, chart: str = "shewhart") -> Picture:
    """A metric over the waves with the band of its limits; waves outside by their shape.

    frame: `control_chart(…)`.
    """
    tick = axis_of(_, frame.iloc[0].to_dict())
    limits = spread(frame, ["smoothed", "limit_low", "limit_high"], 0.1)
    rows = frame.to_dict("records")

    def draw(sheet: Sheet) -> None:
        base, top, left = sheet.height - 0.5, 0.15, 0.2 + LETTER * max(map(len, map(tick, limits)))
        down, step = scale(*limits, base - 0.08, top), (sheet.width - left) / len(rows)
        for value in ticks(*limits, 4):
            sheet.line([left, sheet.width], down(value), RULE, 0.7, zorder=0)
            sheet.small(left - 0.08, down(value), tick(value), "right")
        places = [left + step * (i + 0.5) for i in range(len(rows))]
        values = [float(down(row["smoothed"])) for row in rows]
        sheet.line(places, values, LIGHT_BLUE, 1.4, zorder=2)
        # Where their words would overlap, every second or third wave is named.
        below = [(_.level(row), _("n = {n}", n=row["n"])) for row in rows]
        skip = ceil(LETTER * (2 + max(len(one) for pair in below for one in pair)) / step)
        for i, (x, y, row) in enumerate(zip(places, values, rows, strict=True)):
            high, low = down(row["limit_high"]), down(row["limit_low"])
            sheet.box(x - step / 2, high, step, low - high, RULE, alpha=0.55, zorder=0.5)
            way = {"high": 1, "low": -1}.get(row["signal"], 0)
            shape, colour = SHAPES[way] if way else ("o", BLUE)
            sheet.dot(x, y, colour, shape=shape)
            if way:
                words = _.fill(metric_value(row, "smoothed"))
                sheet.head(x, words, colour, "center", y - 0.16 * way)
            if i % skip == 0:
                sheet.write(x, base + 0.13, below[i][0], ha="center")
                sheet.small(x, base + 0.33, below[i][1], "center")
        centre = down(rows[0]["centre"])
        sheet.line([left, sheet.width], centre, SOFT, 0.9, zorder=1, dashes=(3, 2))

    said, each_has_its_n = _.say(say_control(frame, chart=chart)), frame[[]]
    return picture_of(_, "control", frame, draw, said, 2.6, 2.4, n_of=each_has_its_n)

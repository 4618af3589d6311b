"""Figures of the metrics: for every group, over the waves, and by the levels of segments; and how
often each answer to one question was given.

A plot takes a result and draws it; as in all of this folder it computes no statistic.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import pandas as pd

from cxlab.show.page.parts import of_table
from cxlab.show.plot.picture import Picture, drawn, nothing, picture_of, words_of
from cxlab.show.plot.rows import Row, estimate, row_picture, spread
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    LETTER,
    LIGHT_BLUE,
    RULE,
    SIZE,
    SOFT,
    VERMILION,
    Sheet,
    scale,
    ticks,
)
from cxlab.show.say.metrics import (
    first_metric,
    say_differences,
    say_metrics,
    say_segments,
    say_waves,
    unit_of,
)
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.text import answers_name
from cxlab.show.words.wording import VALUE, Wording, Words, number, on_scale_of, percent


def axis_of(_: Wording, row: Mapping) -> Callable[[float], str]:
    """How the numbers of the axis of a row's metric are written."""
    style = on_scale_of(row["outcome"], number)
    written = {"points": _.fill, "share": _.percent, "mean": lambda x: _.fill(style(x, 1))}
    return written[unit_of(row["metric"])[0]]


def _estimate(_: Wording, row: Mapping) -> str:
    """A metric with its interval, or why there is none."""
    if pd.isna(row["estimate"]):
        return _("not asked") if row["n"] == 0 else nothing(_, row)
    value = _.value(row)
    return value if pd.isna(row["conf_low"]) else f"{value}  ({_.interval(row)})"


@drawn
def plot_metrics(_: Wording, frame: pd.DataFrame) -> Picture:
    """One metric for each group (or each outcome) as a dot with its interval.

    frame: rows of `nps`, `csat`, `ces` or `score` (outcome metric group level estimate conf_low
    conf_high n). Where it holds metrics of several units, the unit of the first row is drawn. Blank
    rows (suppressed) keep their line and say so.
    """
    metric = frame["metric"].iloc[0]
    unit, name = unit_of(metric)[0], _.word(metric)
    frame = frame[frame["metric"].map(unit_of).str[0] == unit]
    several = frame["outcome"].nunique() > 1
    rows = []
    for row in frame.to_dict("records"):
        everyone = row["level"] == "all"
        names = [_.name(row["outcome"])] * (several or everyone) + [_.level(row)] * (not everyone)
        rows.append(Row(", ".join(names), _estimate(_, row), estimate(row)))
    limits = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}.get(unit)
    return row_picture(
        _,
        "metrics",
        frame,
        rows,
        limits or spread(frame, VALUE[1:]),
        axis_of(_, frame.iloc[0]),
        _.say(say_metrics(frame)),
        axis=name,
        title=name if several else f"{_.outcome(frame)}: {name}",
    )


@drawn
def plot_waves(_: Wording, frame: pd.DataFrame) -> Picture | None:
    """One metric over the waves: a dot with its interval for each, in the frame's order. A wave
    without the question leaves a gap. Of one wave alone there is nothing to see.

    frame: rows of one metric by="wave".
    """
    frame = first_metric(frame)
    if frame["estimate"].notna().sum() < 2:
        return None
    metric = frame["metric"].iloc[0]
    limits = spread(frame.dropna(subset=["estimate"]), VALUE[1:], 0.22)
    tick = axis_of(_, frame.iloc[0])

    def draw(sheet: Sheet) -> None:
        base, top, left = sheet.height - 0.5, 0.1, 0.16 + LETTER * len(tick(limits[1]))
        down = scale(*limits, base - 0.08, top)
        step = (sheet.width - left) / len(frame)
        for value in ticks(*limits, 4):
            y = down(value)
            sheet.line([left, sheet.width], y, RULE, 0.7, zorder=0)
            sheet.small(left - 0.08, y, tick(value), "right")
        before = None
        for i, row in enumerate(frame.to_dict("records")):
            x, (y, *ends) = left + step * (i + 0.5), down([row[one] for one in VALUE])
            sheet.write(x, base + 0.13, _.level(row), ha="center")
            sheet.small(x, base + 0.33, _("n = {n}", n=row["n"]), "center")
            if pd.isna(y):
                sheet.write(x, (base + top) / 2, _estimate(_, row), SOFT, ha="center")
                before = None
                continue
            if before:
                sheet.line([before[0], x], [before[1], y], LIGHT_BLUE, 1.4, zorder=1)
            sheet.span(x, ends)
            sheet.dot(x, y)
            sheet.head(x, _.value(row), BLUE, "center", ends[1] - 0.12)
            before = x, y

    said, each_has_its_n = _.say(say_waves(frame)), frame[[]]
    return picture_of(
        _, "waves", frame, draw, said, 2.5, 2.4, n_of=each_has_its_n, metric=_.word(metric)
    )


@drawn
def plot_segments(
    _: Wording,
    frames: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    pairs: Sequence[pd.DataFrame] = (),
    total: pd.DataFrame | None = None,
) -> Picture | None:
    """The first metric of an outcome for the levels of each segment, a heading over each, as dots
    with intervals; not of a segment of which fewer than two levels are shown.

    frames: the rows of a metric by a segment, or those of several; pairs: the `differences` of some
    of them, for the message; total: the metric of all, drawn as a line.
    """
    frames = [frames] if isinstance(frames, pd.DataFrame) else frames
    frames = [one for one in frames if first_metric(one)["estimate"].notna().sum() > 1]
    if not frames:
        return None
    said, rows = [], []
    compared = {one["group"].iloc[0]: one for one in pairs}
    for frame in frames:
        group = frame["group"].iloc[0]
        said += _.say(say_segments(frame))
        if group in compared:
            said += _.say(say_differences(compared[group], frame=frame))
        rows.append(Row(_.name(group), heading=True))
        rows += [
            Row(_.level(row), _estimate(_, row), estimate(row))
            for row in first_metric(frame).to_dict("records")
        ]
    whole = pd.concat(map(first_metric, frames), ignore_index=True)
    metric, line = whole["metric"].iloc[0], None
    if total is not None and pd.notna(value := total["estimate"].iloc[0]):
        line = float(value), _.word("all")
    name = _.word(metric)
    return row_picture(
        _,
        "segments",
        whole,
        rows,
        spread(whole, VALUE[1:]),
        axis_of(_, whole.iloc[0]),
        said,
        axis=name,
        metric=name,
        line=line,
    )


# The classes of an NPS question: the column of their share, colour, words, and where these stand
# above its answers.
_CLASSES = (
    ("detractors", VERMILION, N_("{share} detractors"), "left"),
    ("passives", GREY, N_("{share} passives"), "center"),
    ("promoters", BLUE, N_("{share} promoters"), "right"),
)


@drawn
def plot_distribution(
    _: Wording, frame: pd.DataFrame, *, metric: pd.DataFrame | None = None
) -> Picture | None:
    """The share of each answer as columns, each with its share written on it.

    frame: `distribution(study, outcome)` or what `merge_small` made of it; of one class alone
    nothing is drawn. Of an NPS question detractors, passives and promoters have colours of their
    own, and their shares are written from `metric`, the row of `nps`. That it is one stands in
    `metric`, or in the frame's settings as `outcome_kind`.
    """
    about = metric
    if metric is not None and not (metric["metric"] == "nps").all():
        metric = None
    settings = getattr(frame, "settings", {})
    is_nps = metric is not None or settings.get("outcome_kind") == "nps"
    frame = frame.sort_values("value").reset_index(drop=True)
    if len(frame) < 2:
        return None
    classed = "level" in frame
    levels = list(frame["level"] if classed else frame["value"].map("{:g}".format))
    answers, edges = (
        [answers_name(one, _.language) for one in names] for names in (levels, _edges(levels))
    )
    shares = list(map(_.percent, frame["share"]))
    colours = [_CLASSES[(x >= 7) + (x >= 9)][1] if is_nps else BLUE for x in frame["value"]]
    known = {} if metric is None else metric.iloc[0]
    told = all(pd.notna(known.get(one[0])) for one in _CLASSES)

    def draw(sheet: Sheet) -> None:
        base, top = sheet.height - 0.45, 0.62 if told else 0.28
        step = sheet.width / len(answers)
        middles, wide = step * (frame.index + 0.5), step * 0.78
        heights = (base - top) * (frame["share"] / (frame["share"].max() or 1.0)).fillna(0.0)
        for i, (middle, tall) in enumerate(zip(middles, heights, strict=True)):
            sheet.box(middle - wide / 2, base - tall, wide, tall, colours[i])
            words = "<1%" if 0 < frame.at[i, "share"] < 0.005 else shares[i]
            sheet.write(middle, base - tall - 0.09, words, INK, SIZE - 1, ha="center")
            if not edges:
                sheet.small(middle, base + 0.13, answers[i], "center")
        sides = {0: "left", len(answers): "right"}
        for i, edge in enumerate(edges):
            sheet.small(step * i, base + 0.13, edge, sides.get(i, "center"))
        sheet.line([0, sheet.width], base, SOFT)
        sheet.small(0, base + 0.34, _("Answer"))
        for column, colour, template, side in _CLASSES if told else ():
            places = middles[[one == colour for one in colours]]
            if len(places):
                first, last = places[0] - step * 0.39, places[-1] + step * 0.39
                sheet.line([first, last], 0.36, colour, 2)
                x = {"left": first, "right": last, "center": (first + last) / 2}[side]
                label = _(template, share=percent(known[column]))
                label = label.replace(" ", "\n", 1) if sheet.narrow else label
                sheet.head(x, label, SOFT if colour == GREY else colour, side, 0.15)

    each = Words(", ".join(map(": ".join, zip(answers, shares, strict=True))))
    words = words_of(_, "distribution", frame, shares=each, n=frame["n"].sum())
    wave = settings.get("wave")
    title = words["title"] + (f" ({text.visible(wave)})" if wave else "")
    merged = classed and any("–" in level for level in levels)
    note = " ".join([*words["notes"], *([words["merged"]] if merged else [])])
    message = title
    if about is not None and len(about):
        message = _.say(say_metrics(about))[0]
    data = of_table(_, frame.assign(level=answers) if classed else frame, title)
    return Picture(draw, title, words["alt"], note, 2.35, 2.2, message, data)


def _edges(levels: list[str]) -> list[str]:
    """The edges of classes that follow each other, or none. As classes, "10–20, 20–30" would put an
    answer of 20 into two of them.
    """
    ends = [level.replace("<", "").split("–") for level in levels]
    follow = (
        any("–<" in level for level in levels)
        and all(len(end) == 2 for end in ends)
        and all(one[1] == two[0] for one, two in pairwise(ends))
    )
    return [*(end[0] for end in ends), ends[-1][1]] if follow else []

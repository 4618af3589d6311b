"""Figures of the metrics: for every group, over the waves, and by the levels of segments.

A plot takes a result and draws it; as in all of this folder it computes no statistic.
"""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from cxlab.show.plot.chart import chart, point
from cxlab.show.plot.picture import Picture, drawn, nothing, picture_of
from cxlab.show.plot.references import across, references, room
from cxlab.show.plot.rows import Row, estimate, row_picture, spread
from cxlab.show.plot.style import (
    BLUE,
    LETTER,
    LIGHT_BLUE,
    RULE,
    SOFT,
    Sheet,
    scale,
    ticks,
)
from cxlab.show.say.metrics import (
    first_metric,
    say_differences,
    say_metrics,
    say_moves,
    say_segments,
    say_waves,
    unit_of,
)
from cxlab.show.words.wording import (
    VALUE,
    Wording,
    number,
    on_scale_of,
)


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
def plot_metrics(
    _: Wording,
    frame: pd.DataFrame,
    *,
    targets: pd.DataFrame | None = None,
    benchmark: pd.DataFrame | None = None,
) -> Picture:
    """One metric for each group (or each outcome) as a dot with its interval.

    frame: rows of `nps`, `csat`, `ces` or `score` (outcome metric group level estimate conf_low
    conf_high n). Where it holds metrics of several units, the unit of the first row is drawn. Blank
    rows (suppressed) keep their line and say so. targets, benchmark: what a figure of one
    outcome is set beside, as lines.
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
    lines, notes = [], []
    if not several:
        lines, notes = references(_, frame.iloc[0], targets, benchmark)
    return row_picture(
        _,
        "metrics",
        frame,
        rows,
        limits or spread(frame, VALUE[1:]),
        axis_of(_, frame.iloc[0]),
        _.say(say_metrics(frame)),
        *notes,
        axis=name,
        lines=lines,
        title=name if several else f"{_.outcome(frame)}: {name}",
    )


@drawn
def plot_waves(
    _: Wording,
    frame: pd.DataFrame,
    *,
    targets: pd.DataFrame | None = None,
    benchmark: pd.DataFrame | None = None,
    changes: Sequence[pd.DataFrame] = (),
) -> Picture | None:
    """One metric over the waves: a dot with its interval for each, in the frame's order. A wave
    without the question leaves a gap. Of one wave alone there is nothing to see.

    frame: rows of one metric by="wave"; targets, benchmark: what it is set beside, as lines;
    changes: the `changes` of outcomes, of which its own is the message.
    """
    frame = first_metric(frame)
    if frame["estimate"].notna().sum() < 2:
        return None
    about, known = frame[["outcome", "metric"]].iloc[0], frame.dropna(subset=["estimate"])
    metric = about["metric"]
    beside, notes = references(_, frame.iloc[0], targets, benchmark)
    aims = [value for value, _words in beside]
    limits = spread(known, VALUE[1:], 0.22)
    limits = min([limits[0], *aims]), max([limits[1], *aims])
    tick = axis_of(_, frame.iloc[0])

    def draw(sheet: Sheet) -> None:
        base, top, left = sheet.height - 0.5, 0.1, 0.16 + LETTER * len(tick(limits[1]))
        down = scale(*limits, base - 0.08, top)
        right = sheet.width - room(beside)
        step = (right - left) / len(frame)
        for value in ticks(*limits, 4):
            y = down(value)
            sheet.line([left, right], y, RULE, 0.7, zorder=0)
            sheet.small(left - 0.08, y, tick(value), "right")
        across(sheet, beside, left, right, down)
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

    mine = [one for one in changes if one["outcome"].iloc[0] == about["outcome"]]
    said = _.say([*say_moves(changes=mine), *say_waves(frame)])
    each_has_its_n = frame[[]]
    rows = [
        {
            "label": f"{_.level(row)}\n{_('n = {n}', n=row['n'])}",
            "value": _.value(row) if pd.notna(row["estimate"]) else _estimate(_, row),
            "points": [point(row["estimate"], [row[end] for end in VALUE[1:]], BLUE)],
        }
        for row in frame.to_dict("records")
    ]
    name = _.word(metric)
    more = {"chart": chart("lines", rows, limits, tick, names=[name], lines=beside), "metric": name}
    return picture_of(
        _, "waves", frame, draw, said, 2.5, 2.4, notes=notes, n_of=each_has_its_n, **more
    )


@drawn
def plot_segments(
    _: Wording,
    frames: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    pairs: Sequence[pd.DataFrame] = (),
    total: pd.DataFrame | None = None,
    targets: pd.DataFrame | None = None,
    benchmark: pd.DataFrame | None = None,
) -> Picture | None:
    """The first metric of an outcome for the levels of each segment, a heading over each, as dots
    with intervals; not of a segment of which fewer than two levels are shown.

    frames: the rows of a metric by a segment, or those of several; pairs: the `differences` of some
    of them, for the message; total, targets, benchmark: drawn as lines, the metric of all first.
    """
    frames = [frames] if isinstance(frames, pd.DataFrame) else frames
    frames = [one for one in frames if first_metric(one)["estimate"].notna().sum() > 1]
    if not frames:
        return None
    found, said, rows = [], [], []
    compared = {one["group"].iloc[0]: one for one in pairs}
    for frame in frames:
        group = frame["group"].iloc[0]
        if group in compared:
            found += _.say(say_differences(compared[group], frame=frame))
        said += _.say(say_segments(frame))
        rows.append(Row(_.name(group), heading=True))
        rows += [
            Row(_.level(row), _estimate(_, row), estimate(row))
            for row in first_metric(frame).to_dict("records")
        ]
    whole = pd.concat(map(first_metric, frames), ignore_index=True)
    name = _.word(whole["metric"].iloc[0])
    lines, notes = references(_, whole.iloc[0], targets, benchmark)
    if total is not None and pd.notna(value := total["estimate"].iloc[0]):
        lines.insert(0, (float(value), _.word("all")))
    track = pd.concat([whole, pd.DataFrame({"conf_low": [value for value, _words in lines]})])
    return row_picture(
        _,
        "segments",
        whole,
        rows,
        spread(track, VALUE[1:]),
        axis_of(_, whole.iloc[0]),
        found + said,
        *notes,
        axis=name,
        metric=name,
        lines=lines,
    )


# The classes of an NPS question: the column of their share, colour, words, and where these stand
# above its answers.

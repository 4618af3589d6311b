"""Figures of the metrics: for every group, over the waves, and by the levels of segments.

A plot takes a result and draws it; as in all of this folder it computes no statistic.
"""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.plot import style
from cxlab.show.plot.rows import Row, dot, row_picture, spread
from cxlab.show.plot.style import BLUE, LIGHT_BLUE, RULE, SOFT, Picture, Sheet
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import groups, metrics
from cxlab.show.say.waves import say_waves, unit_of


def _tick(metric: str, _: FigureWording):
    """How the numbers of a metric's axis are written."""
    return {"points": _.count, "share": _.percent}.get(unit_of(metric)[0], _.number)


def _estimate(_: FigureWording, row: Mapping) -> str:
    """A metric with its interval, or why there is none."""
    if pd.isna(row["estimate"]):
        return _("not asked") if row["n"] == 0 else _("too few")
    value = _.value(row)
    return value if pd.isna(row["conf_low"]) else f"{value}  ({_.interval(row)})"


def _one_metric(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame's first metric."""
    return frame[frame["metric"] == frame["metric"].iloc[0]]


@refusable
@figure
def plot_metrics(_: FigureWording, frame: pd.DataFrame) -> Picture:
    """One metric for each group (or each outcome) as a dot with its interval.

    frame: rows of `nps`, `csat`, `ces` or `score` (outcome metric group level estimate conf_low
    conf_high n). Where it holds metrics of several units, the unit of the first row is drawn. Blank
    rows (suppressed) keep their line and say so.
    """
    metric = frame["metric"].iloc[0]
    unit = unit_of(metric)[0]
    frame = frame[frame["metric"].map(unit_of).str[0] == unit]
    several = frame["outcome"].nunique() > 1
    rows = []
    for row in frame.to_dict("records"):
        everyone = row["level"] == "all"
        names = [_.name(row["outcome"])] if several or everyone else []
        names += [] if everyone else [_.level(row)]
        rows.append(Row(", ".join(names), _estimate(_, row), [dot(row)]))
    limits = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}.get(unit)
    name = _.word(metric)
    return row_picture(
        _,
        frame,
        rows,
        limits or spread(frame, ["conf_low", "conf_high"]),
        _tick(metric, _),
        name,
        name if several else f"{_.outcome(frame)}: {name}",
        metrics.say_metrics(frame, conf_level=_.conf_level, **_.arguments),
        [_.bars],
    )


@refusable
@figure
def plot_waves(_: FigureWording, frame: pd.DataFrame) -> Picture:
    """One metric over the waves: a dot with its interval for each, in the frame's order. A wave
    without the question leaves a gap.

    frame: rows of one metric by="wave".
    """
    frame = _one_metric(frame).reset_index(drop=True)
    metric = frame["metric"].iloc[0]
    limits = spread(frame.dropna(subset=["estimate"]), ["conf_low", "conf_high"], 0.22)

    def draw(figure) -> None:
        sheet = Sheet(figure)
        base, top, left = sheet.height - 0.5, 0.1, 0.5
        down = style.scale(*limits, base - 0.08, top)
        step = (sheet.width - left) / len(frame)
        for value in style.ticks(*limits, 4):
            y = down(value)
            sheet.line([left, sheet.width], y, RULE, 0.7, zorder=0)
            tick = _.value({"metric": metric, "estimate": value})
            sheet.small(left - 0.08, y, tick, "right")
        before = None
        for i, row in enumerate(frame.to_dict("records")):
            x, y = left + step * (i + 0.5), down(row["estimate"])
            sheet.write(x, base + 0.13, _.level(row), ha="center")
            sheet.small(x, base + 0.33, _.n(row["n"]), "center")
            if pd.isna(row["estimate"]):
                sheet.write(x, (base + top) / 2, _estimate(_, row), SOFT, ha="center")
                before = None
                continue
            if before is not None:
                sheet.line([before[0], x], [before[1], y], LIGHT_BLUE, 1.4, zorder=1)
            ends = [down(row["conf_low"]), down(row["conf_high"])]
            sheet.span(x, ends)
            sheet.dot(x, y)
            value = _.value(row)
            sheet.write(x, ends[1] - 0.12, value, BLUE, ha="center", weight="bold")
            before = x, y

    title = _("{outcome}: {metric} by wave", outcome=_.outcome(frame), metric=_.word(metric))
    said = say_waves(frame, conf_level=_.conf_level, **_.arguments)
    return Picture.of(draw, title, said, _.bars, 2.5, 2.4, _.table(frame, title))


@figure
def plot_segments(
    _: FigureWording, frames: list, pairs: list, total: pd.DataFrame | None = None
) -> Picture | None:
    """The first metric of an outcome for the levels of each segment, a heading over each, as dots
    with intervals.

    frames: for each segment the rows of a metric by it; pairs: the `differences` of each, for the
    message; total: the metric of all, drawn as a line. Refusals are left out; None where nothing is
    left to draw.
    """
    said = []
    for frame, each in zip(frames, pairs, strict=True):
        said += groups.say_segments(frame, **_.arguments)
        said += groups.say_differences(each, frame, **_.arguments)
    frames = [_one_metric(frame) for frame in frames if isinstance(frame, pd.DataFrame)]
    if not frames:
        return None
    rows = []
    for frame in frames:
        rows.append(Row(_.name(frame["group"].iloc[0]), heading=True))
        rows += [
            Row(_.level(row), _estimate(_, row), [dot(row)]) for row in frame.to_dict("records")
        ]
    whole = pd.concat(frames, ignore_index=True)
    metric = whole["metric"].iloc[0]
    name = _.word(metric)
    line = None
    if isinstance(total, pd.DataFrame) and pd.notna(total["estimate"].iloc[0]):
        line = float(total["estimate"].iloc[0]), _.word("all")
    return row_picture(
        _,
        whole,
        rows,
        spread(whole, ["conf_low", "conf_high"]),
        _tick(metric, _),
        name,
        _("{outcome}: {metric} by group of customers", outcome=_.outcome(whole), metric=name),
        said,
        [_.bars],
        line,
    )

"""The headline figures in sentences: a score, a share or a mean with its interval; groups of
respondents beside each other; what moved from wave to wave.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from cxlab.show.say.behind import shown_pairs
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    as_is,
    joined,
    level,
    message,
    metric_interval,
    metric_value,
    number,
    percent,
    ranged,
    side_of,
    signed,
)

_CLASSES = ("promoters", "passives", "detractors")


def say_row(row: Mapping, conf_level: float = 0.95) -> Phrase:
    """One row of metrics in the unit of its metric, or why its figure is not shown."""
    metric, whole = row["metric"], row["level"] == "all"
    shares = {one: row.get(one) for one in _CLASSES}
    if pd.isna(row["estimate"]):
        template = MESSAGES["no_figure"][row["n"] == 0]
    elif metric == "nps":
        template = MESSAGES["nps"][whole][all(map(pd.notna, shares.values()))]
    else:
        mean = MESSAGES["mean"][whole][pd.notna(row["conf_low"])]
        template = MESSAGES["shares"][whole].get(metric, mean)
    return message(
        template,
        outcome=row["outcome"],
        group=level(row),
        value=metric_value(row),
        interval=metric_interval(row),
        level=percent(conf_level),
        n=row["n"],
        **{one: percent(share) for one, share in shares.items()},
    )


def say_metrics(frame: pd.DataFrame, *, conf_level: float = 0.95) -> Phrases:
    """One sentence for each row of `nps`, `csat`, `ces` or `score`, in the unit of its metric."""
    for row in frame.to_dict("records"):
        yield say_row(row, conf_level)


def first_metric(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of each outcome's first metric (the share before the mean)."""
    return frame[frame["metric"] == frame.groupby("outcome")["metric"].transform("first")]


ALPHA = 0.05
# How many differences are named.
MOST = 3


def say_segments(frame: pd.DataFrame) -> Phrases:
    """Which group is highest and which lowest, and which are hidden.

    frame: the metrics of an outcome by a segment, as they are shown; its first metric is told.
    """
    frame = first_metric(frame)
    segment = frame["group"].iloc[0]
    shown = frame.dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    if len(shown) > 1:
        low, *_between, high = shown.to_dict("records")
        yield message(
            "{segment}: highest among {high} ({high_value}), lowest among {low} ({low_value}).",
            segment=segment,
            high=level(high),
            high_value=_value(high),
            low=level(low),
            low_value=_value(low),
        )
    blank, few = frame["estimate"].isna(), frame["n"].isna()
    for is_few, template in MESSAGES["not_shown"].items():
        rows = frame[blank & (few == is_few)]
        if len(rows):
            names = list(map(level, rows.to_dict("records")))
            yield message(template, segment=segment, levels=names)


def _value(row: Mapping) -> Phrase:
    value = metric_value(row)
    return value if pd.isna(row["conf_low"]) else joined(value, metric_interval(row))


def say_differences(pairs: pd.DataFrame, *, frame: pd.DataFrame | None = None) -> Phrases:
    """Which groups differ beyond chance when all pairs are counted, the largest differences named.

    frame: the metrics by the segment, as they are shown. Of a hidden group no difference is said.
    """
    pairs = first_metric(pairs if frame is None else shown_pairs(pairs, frame))
    if pairs.empty:
        return
    tested = pairs.dropna(subset=["p_holm"])
    clear = tested[tested["p_holm"] < ALPHA].sort_values("estimate", ascending=False, kind="stable")
    named = clear.head(MOST).to_dict("records")
    found = "many" if len(clear) > MOST else "some" if named else "none"
    tests = "untested" if tested.empty else "one" if len(tested) == 1 else "several"
    yield message(
        MESSAGES["differences"][tests][found],
        segment=pairs["group"].iloc[0],
        n=len(tested),
        k=len(clear),
        differences=[
            message(
                "{high} stands {value} above {low}",
                high=level(row, "higher"),
                low=level(row, "lower"),
                value=_by(row),
            )
            for row in named
        ],
    )


def _by(row: Mapping) -> Phrase:
    """A difference in its unit; of a mean the bare number."""
    unit, times, digits = unit_of(row["metric"])
    value = number(times * row["estimate"], digits)
    return value if unit == "mean" else message(MESSAGES["units"][unit], value=value)


_OF_A_WAVE = {"": metric_value, "_interval": metric_interval, "_wave": level}


def say_waves(frame: pd.DataFrame, *, waves: Iterable = ()) -> Phrases:
    """First and last wave of each outcome's first metric; whether they differ beyond chance is for
    `say_changes` to tell.

    waves: every wave of the study; one that is not among the frame's levels did not ask, and is
    named.
    """
    for outcome, rows in first_metric(frame).groupby("outcome", sort=False):
        seen = rows.dropna(subset=["estimate"]).to_dict("records")
        if len(seen) >= 2:
            ends = {"first": seen[0], "last": seen[-1]}
            yield message(
                "{outcome}: {first} ({first_interval}) in {first_wave}, {last} ({last_interval})"
                " in {last_wave}.",
                outcome=outcome,
                **{
                    end + part: style(row)
                    for end, row in ends.items()
                    for part, style in _OF_A_WAVE.items()
                },
            )
        yield from map(say_row, rows[rows["estimate"].isna()].to_dict("records"))
        gone = sorted({*map(str, waves)} - {*map(str, rows["level"])})
        if gone:
            yield message(
                "{outcome} was not asked in {waves}.", outcome=outcome, waves=[*map(as_is, gone)]
            )


def unit_of(metric: str) -> tuple[str, int, int]:
    """What differences of a metric are counted in, how many of it make one of the metric's own
    unit, and their decimals.
    """
    if metric == "nps":
        return "points", 1, 0
    return ("share", 100, 0) if metric.endswith(("_top2", "_share")) else ("mean", 1, 2)


def say_changes(frame: pd.DataFrame) -> Phrases:
    """The change of an outcome's first metric from the first level to the last, and whether it is
    larger than chance.

    The last row of a metric goes from the first level to the last.
    """
    row = first_metric(frame).iloc[-1]
    if pd.isna(row["conf_low"]):
        return
    unit, times, digits = unit_of(row["metric"])
    value = ranged(row, style=lambda x, digits: signed(times * x, digits), digits=digits)
    yield message(
        MESSAGES["change"][bool(side_of(row))],
        outcome=row["outcome"],
        level=as_is(row["level"]),
        value=message(MESSAGES["units"][unit], value=value),
    )

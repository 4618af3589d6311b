"""The headline figures in sentences: a score, a share or a mean with its interval; groups of
respondents beside each other; what moved from wave to wave.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from cxlab.show.say.behind import shown_pairs
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    LEVEL,
    VALUE,
    Phrase,
    Phrases,
    Style,
    as_is,
    in_brackets,
    level,
    message,
    metric_interval,
    metric_value,
    number,
    on_scale_of,
    percent,
    ranged,
    sentence,
    side_of,
    signed,
)

_CLASSES = ("promoters", "passives", "detractors")


def say_row(row: Mapping) -> Phrase:
    """One row of metrics in the unit of its metric, or why its figure is not shown."""
    metric, whole = row["metric"], row.get("group", "all") == "all"
    shares = {one: row.get(one) for one in _CLASSES}
    if pd.isna(row["estimate"]):
        few = pd.isna(row["n"])
        why = "few" if few else row.get("note") or ("hidden" if row["n"] > 0 else "nobody")
        template = MESSAGES["no_figure"][why]
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
        level=LEVEL,
        n=row["n"],
        **{one: percent(share) for one, share in shares.items()},
    )


def say_metrics(frame: pd.DataFrame) -> Phrases:
    """One sentence for each row of `nps`, `csat`, `ces` or `score`, in the unit of its metric."""
    yield from map(say_row, frame.to_dict("records"))


def first_metric(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of each outcome's first metric (the share before the mean)."""
    return frame[frame["metric"] == frame.groupby("outcome")["metric"].transform("first")]


ALPHA = 0.05
# How many differences are named.
MOST = 3


def say_segments(frame: pd.DataFrame) -> Phrases:
    """The figure of each group, in the order of the groups, and which are hidden. Which of them
    differ, `say_differences` tells.

    frame: the metrics of an outcome by a segment, as they are shown; its first metric is told.
    """
    frame = first_metric(frame)
    shown = frame.dropna(subset=["estimate"]).to_dict("records")
    if shown:
        items = [in_brackets(level(row), metric_value(row)) for row in shown]
        yield message("{segment}: {items}.", segment=frame["group"].iloc[0], items=items)
    yield from _hidden(frame)


def _hidden(frame: pd.DataFrame) -> Phrases:
    """The groups without a figure, by the reason."""
    names = defaultdict(list)
    for row in frame[frame["estimate"].isna()].to_dict("records"):
        # Whether too few answered; else why their answers cannot carry a figure.
        names[pd.isna(row["n"]) or row.get("note") or False].append(level(row))
    for reason, template in MESSAGES["not_shown"].items():
        if names[reason]:
            yield message(template, segment=frame["group"].iloc[0], levels=names[reason])


def say_differences(pairs: pd.DataFrame, *, frame: pd.DataFrame | None = None) -> Phrases:
    """Which groups differ beyond chance when all pairs are counted, the largest differences named.

    frame: the metrics by the segment, as they are shown. Of a hidden group no difference is said,
    but that it is hidden.
    """
    told = first_metric(pairs if frame is None else shown_pairs(pairs, frame))
    if len(told):
        yield _differences(told)
    if frame is not None:
        yield from _hidden(first_metric(frame))


def _differences(pairs: pd.DataFrame) -> Phrase:
    """How many differences are beyond chance, and the largest of them."""
    tested = pairs.dropna(subset=["p_holm"])
    clear = tested[tested["p_holm"] < ALPHA].sort_values("estimate", ascending=False, kind="stable")
    named = clear.head(MOST).to_dict("records")
    found = ["none", "one", "some", "some", "many"][min(len(clear), MOST + 1)]
    tests = "untested" if tested.empty else "one" if len(tested) == 1 else "several"
    return sentence(
        "differences",
        tests,
        found,
        segment=pairs["group"].iloc[0],
        n=len(tested),
        k=len(clear),
        differences=[
            message(
                "{high} above {low} ({value})",
                high=level(row, "higher"),
                low=level(row, "lower"),
                value=in_unit(row),
            )
            for row in named
        ],
    )


def in_unit(row: Mapping) -> Phrase:
    """A difference in its unit, without its interval."""
    return changed_by(row, number, ends=False)


def say_waves(frame: pd.DataFrame, *, waves: Iterable = ()) -> Phrases:
    """First and last wave of each outcome's first metric; whether they differ beyond chance is for
    `say_changes` to tell.

    waves: every wave of the study; one that is not among the frame's levels did not ask, and is
    named.
    """
    for outcome, rows in first_metric(frame).groupby("outcome", sort=False):
        seen = rows.dropna(subset=["estimate"]).to_dict("records")
        if len(seen) >= 2:
            first, last = seen[0], seen[-1]
            yield message(
                "{outcome}: {first} in {first_wave}, {last} in {last_wave}.",
                outcome=outcome,
                first=metric_value(first),
                first_wave=level(first),
                last=metric_value(last),
                last_wave=level(last),
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


def last_step(changes: pd.DataFrame, row: Mapping) -> list[dict]:
    """The change to a row's wave from the one before it, where it is known; else nothing."""
    mine = changes[(changes["metric"] == row["metric"]) & (changes["outcome"] == row["outcome"])]
    to = mine["level"].astype(str).str.endswith(f"→ {row['level']}")
    return mine[to & mine["conf_low"].notna()].head(1).to_dict("records")


def say_changes(frame: pd.DataFrame) -> Phrases:
    """The change of an outcome's first metric to the last level from the one before it, and from
    the first, and whether it is larger than chance.

    The last row of a metric goes from the first level to the last.
    """
    last = frame["level"].iloc[-1].rpartition("→")[2]
    for row in first_metric(frame).tail(2).to_dict("records"):
        if pd.notna(row["conf_low"]) and row["level"].endswith("→" + last):
            yield say_change(row, as_is(row["level"]))


def say_moves(*, changes: Iterable[pd.DataFrame]) -> Phrases:
    """Of several outcomes what changed beyond chance; the others, if any, in one sentence."""
    still: list[str] = []
    for frame in changes:
        last = frame["level"].iloc[-1].rpartition("→")[2]
        rows = first_metric(frame).tail(2).to_dict("records")
        known = [one for one in rows if pd.notna(one["conf_low"]) and one["level"].endswith(last)]
        moved = [one for one in known if side_of(one)]
        for row in moved:
            yield say_change(row, as_is(row["level"]))
        still += [frame["outcome"].iloc[0]] * bool(known and not moved)
    if still:
        yield message("No statistically significant change: {outcomes}.", outcomes=still)


def changed_by(row: Mapping, style: Style = signed, ends: bool = True) -> Phrase:
    """A change with its interval (`ends`), in the unit of its metric."""
    unit, times, digits = unit_of(row["metric"])
    style = on_scale_of(row["outcome"], style) if unit == "mean" else style.of(times)
    return ranged(row, style=style, digits=digits, unit=unit, ends=ends)


def say_change(row: Mapping, step: Phrase, figure: Callable[..., Phrase] = changed_by) -> Phrase:
    """A rise or a fall by its size; a change that is neither with its sign."""
    side, style = side_of(row), signed
    if side:
        low, size, high = sorted(abs(row[one]) for one in VALUE)
        row, style = {**row, "estimate": size, "conf_low": low, "conf_high": high}, number
    return sentence("change", side, outcome=row["outcome"], level=step, value=figure(row, style))


def say_benchmark(frame: pd.DataFrame) -> Phrases:
    """Where the figures of half of the clients lie; cards tell their mean."""
    for row in frame.dropna(subset=["quartile_low"]).to_dict("records"):
        yield message(
            "{outcome}: half of the clients in the benchmark lie between {low} and {high}.",
            outcome=row["outcome"],
            low=metric_value(row, "quartile_low"),
            high=metric_value(row, "quartile_high"),
        )


def on(other: pd.DataFrame | None, row: Mapping) -> list[dict]:
    """The rows of another result (targets, a benchmark) that are on the figure of a row."""
    rows = [] if other is None else other.to_dict("records")
    return [one for one in rows if all(one[key] == row[key] for key in ("outcome", "metric"))]


def benchmark_of(row: Mapping) -> Phrase:
    """What a benchmark is of: how many clients, fixed when."""
    day = Phrase(lambda _: text.day(row["date"], _.language))
    return message("mean of {clients} clients, {date}", clients=row["clients"], date=day)

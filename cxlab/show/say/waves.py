"""What moved from wave to wave, in sentences."""

from collections.abc import Iterable

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.say.metrics import say_row
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import VALUE, Wording, side_of


@worded
def say_waves(_: Wording, frame: pd.DataFrame, waves: Iterable = ()) -> list[str]:
    """First and last wave of each metric in the frame; whether they differ beyond chance is for
    `say_changes` to tell.

    waves: every wave of the study; one that is not among the frame's levels did not ask, and is
    named.
    """
    result = []
    for _key, rows in frame.groupby(["outcome", "metric"], sort=False):
        seen = rows.dropna(subset=["estimate"]).to_dict("records")
        outcome = _.outcome(rows)
        if len(seen) >= 2:
            first, last = seen[0], seen[-1]
            result.append(
                _(
                    "{outcome}: {first} ({first_interval}) in {first_wave}, {last}"
                    " ({last_interval}) in {last_wave}.",
                    outcome=outcome,
                    first=_.value(first),
                    first_interval=_.interval(first),
                    first_wave=_.level(first),
                    last=_.value(last),
                    last_interval=_.interval(last),
                    last_wave=_.level(last),
                )
            )
        result += [say_row(_, row) for row in rows[rows["estimate"].isna()].to_dict("records")]
        gone = sorted({*map(str, waves)} - {*map(str, rows["level"])})
        if gone:
            result.append(
                _("{outcome} was not asked in {waves}.", outcome=outcome, waves=_.listing(gone))
            )
    return result


def unit_of(metric: str) -> tuple[str, int, int]:
    """What differences of a metric are counted in, how many of it make one of the metric's own
    unit, and their decimals.
    """
    if metric == "nps":
        return "points", 1, 0
    return ("share", 100, 0) if metric.endswith(("_top2", "_share")) else ("mean", 1, 2)


@worded
def say_changes(_: Wording, frame: pd.DataFrame) -> list[str]:
    """The change of an outcome's first metric from the first level to the last, and whether it is
    larger than chance.

    frame: `changes(study, outcome)`, whose last row of a metric goes from the first level to the
    last.
    """
    row = frame[frame["metric"] == frame["metric"].iloc[0]].iloc[-1].to_dict()
    if pd.isna(row["conf_low"]):
        return []
    unit, times, digits = unit_of(row["metric"])
    value = _.ranged({column: times * row[column] for column in VALUE}, VALUE, text.signed, digits)
    message = (
        N_("{outcome}, {level}: a change of {value}, more than chance would explain.")
        if side_of(row)
        else N_("{outcome}, {level}: a change of {value}, no more than chance could explain.")
    )
    return [
        _(
            message,
            outcome=_.name(row["outcome"]),
            level=row["level"],
            value=_(MESSAGES["units"][unit], value=value),
        )
    ]

"""The headline figures in sentences: a score, a share or a mean with its interval."""

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import Wording

_CLASSES = ("promoters", "passives", "detractors")


def say_row(_: Wording, row: Mapping) -> str:
    """One row of metrics in the unit of its metric, or why its figure is not shown."""
    places = dict(outcome=_.name(row["outcome"]), group=_.level(row))
    if pd.isna(row["estimate"]):
        if row["n"] == 0:
            return _("{outcome} was not asked or not answered by anyone ({group}).", **places)
        return _("{outcome}: too few answers to show ({group}).", **places)
    whole, shares = row["level"] == "all", [row.get(one) for one in _CLASSES]
    if row["metric"] == "nps":
        message = MESSAGES["nps"][whole][not pd.isna(shares).any()]
    else:
        mean = MESSAGES["mean"][whole][pd.notna(row["conf_low"])]
        message = MESSAGES["shares"][whole].get(row["metric"], mean)
    return _(
        message,
        **places,
        value=_.value(row),
        interval=_.interval(row),
        level=_.percent(_.conf_level),
        n=row["n"],
        **dict(zip(_CLASSES, map(_.percent, shares), strict=True)),
    )


@worded
def say_nps(_: Wording, frame: pd.DataFrame) -> list[str]:
    """The score, its interval and the three shares, one sentence a group."""
    return [say_row(_, row) for row in frame[frame["metric"] == "nps"].to_dict("records")]


@worded
def say_metrics(_: Wording, frame: pd.DataFrame) -> list[str]:
    """One sentence for each row of `nps`, `csat`, `ces` or `score`, in the unit of its metric."""
    return [say_row(_, row) for row in frame.to_dict("records")]

"""The headline figures in sentences: a score, a share or a mean with its interval."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show.say.behind import worded
from cxlab.show.say.wording import Wording
from cxlab.show.words.catalogue import N_

_CLASSES = ("promoters", "passives", "detractors")
# By whether the row is of all respondents and whether its three shares are known: a class of a few
# respondents is not told, and so none of the three.
_NPS = {
    (True, True): N_(
        "The Net Promoter Score is {value} ({level} interval {interval}): {promoters}"
        " promoters, {passives} passives and {detractors} detractors among {n} answers."
    ),
    (True, False): N_("The Net Promoter Score is {value} ({level} interval {interval}, n = {n})."),
    (False, True): N_(
        "{group}: the Net Promoter Score is {value} ({level} interval {interval}), with"
        " {promoters} promoters, {passives} passives and {detractors} detractors among {n}"
        " answers."
    ),
    (False, False): N_(
        "{group}: the Net Promoter Score is {value} ({level} interval {interval}, n = {n})."
    ),
}
# By whether the row is of all respondents.
_SHARES = {
    True: {
        "csat_top2": N_(
            "{outcome}: {value} give one of the top two answers ({level} interval {interval}, n ="
            " {n})."
        ),
        "ces_share": N_("{outcome}: {value} found it easy ({level} interval {interval}, n = {n})."),
        "binary_share": N_("{outcome}: {value} said yes ({level} interval {interval}, n = {n})."),
    },
    False: {
        "csat_top2": N_(
            "{outcome}, {group}: {value} give one of the top two answers ({level} interval"
            " {interval}, n = {n})."
        ),
        "ces_share": N_(
            "{outcome}, {group}: {value} found it easy ({level} interval {interval}, n = {n})."
        ),
        "binary_share": N_(
            "{outcome}, {group}: {value} said yes ({level} interval {interval}, n = {n})."
        ),
    },
}
# By whether the row is of all respondents and has an interval: beside a share that few stand
# behind, an interval would tell how the answers lie.
_MEAN = {
    (True, True): N_("{outcome}: the mean is {value} ({level} interval {interval}, n = {n})."),
    (True, False): N_("{outcome}: the mean is {value} (n = {n})."),
    (False, True): N_(
        "{outcome}, {group}: the mean is {value} ({level} interval {interval}, n = {n})."
    ),
    (False, False): N_("{outcome}, {group}: the mean is {value} (n = {n})."),
}


def say_row(_: Wording, row: Mapping) -> str:
    """One row of metrics in the unit of its metric, or why its figure is not shown."""
    places = dict(outcome=_.name(row["outcome"]), group=_.level(row))
    if pd.isna(row["estimate"]):
        if row["n"] == 0:
            return _("{outcome} was not asked or not answered by anyone ({group}).", **places)
        return _("{outcome}: too few answers to show ({group}).", **places)
    whole, shares = row["level"] == "all", [row.get(one) for one in _CLASSES]
    if row["metric"] == "nps":
        message = _NPS[whole, not pd.isna(shares).any()]
    else:
        mean = _MEAN[whole, pd.notna(row["conf_low"])]
        message = _SHARES[whole].get(row["metric"], mean)
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
